"""Proof that a server's history was not rewritten: each line's hash, and the words it promises."""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Subquery
from django.db.models.functions import Coalesce

from moderation.models import Case, CaseEvent, CaseText, Docket
from moderation.models.cases import NO_HASH
from moderation.services.docket import commitment_to, hash_of

AT_ONCE = 2_000
NO_END = 2**62


COLUMNS = (
    "pk", "seq", "verb", "actor_id", "staff_id", "facts", "commitment", "at", "previous", "hash",
    "case__number",
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """An event of a history with its words, read by the ten thousand."""

    guild_id: int
    texts: tuple[tuple[str, str], ...]
    seq: int
    verb: str
    actor_id: int | None
    staff_id: int | None
    facts: dict[str, Any]
    commitment: str
    at: datetime
    previous: str
    hash: str
    number: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a server's history and the hash it had, kept outside the database."""

    guild_id: int
    seq: int
    hash: str


def breaches_of_history(
    *,
    guild_id: int,
    anchors: Iterable[Anchor] = (),
    since: Anchor | None = None,
    until: int = NO_END,
) -> Iterator[str]:
    """Yield a plain sentence for each line of a server's history that is not as it was written.

    A part of it follows on from `since`; only who looks up to its end sees what is cut off there.
    """
    begin = since or Anchor(guild_id, 0, NO_HASH)
    expected, previous = begin.seq + 1, begin.hash
    # Meanwhile the history goes on: it is read up to where its docket stood when we began.
    docket = Docket.objects.filter(guild_id=guild_id).first()
    here = (each for each in anchors if each.guild_id == guild_id)
    known = {each.seq: each.hash for each in here if begin.seq < each.seq <= until}
    for event in _events(guild_id, begin.seq, min(docket.last_event if docket else NO_END, until)):
        if event.seq != expected:
            yield f"Event {expected} of server {guild_id} is missing."
        yield from _faults(event, previous, known.pop(event.seq, None))
        expected, previous = event.seq + 1, event.hash
    for seq in known:
        yield f"Event {seq} of server {guild_id} was anchored and is gone."
    if docket is None or docket.last_event <= until:
        yield from _docket_faults(guild_id, docket, expected - 1, previous)


def _events(guild_id: int, since: int, until: int) -> Iterator[Line]:
    events = CaseEvent.objects.of(guild_id).in_order().filter(seq__lte=until)
    last = since
    while page := list(events.filter(seq__gt=last).values_list(*COLUMNS)[:AT_ONCE]):
        words = _words(guild_id, last, page[-1][1])
        for key, *told in page:
            yield Line(guild_id, tuple(words.get(key, ())), *told)
        last = page[-1][1]


def _words(guild_id: int, since: int, until: int) -> dict[int, list[tuple[str, str]]]:
    """Return the words that stand beside some events, each with its salt."""
    found: dict[int, list[tuple[str, str]]] = {}
    texts = CaseText.objects.of(guild_id).exclude(words="")
    within = texts.filter(event__seq__gt=since, event__seq__lte=until)
    for event_id, words, salt in within.values_list("event_id", "words", "salt"):
        found.setdefault(event_id, []).append((words, salt))
    return found


def _faults(event: Line, previous: str, anchored: str | None) -> Iterator[str]:
    where = f"Event {event.seq} of server {event.guild_id} (case #{event.number})"
    if event.previous != previous:
        yield f"{where} does not follow the one before it."
    if event.hash != hash_of(event, number=event.number):
        yield f"{where} is not as it was written."
    if anchored is not None and anchored != event.hash:
        yield f"{where} is not the one that was anchored."
    for words, salt in event.texts:
        if not hmac.compare_digest(event.commitment, commitment_to(words, salt=salt)):
            yield f"The words of {where[0].lower()}{where[1:]} are not those that were said."


def _docket_faults(guild_id: int, docket: Any, last: int, head: str) -> Iterator[str]:
    if docket is None:
        if last:
            yield f"Server {guild_id} has a history and no docket."
        return
    now = _counted_now(guild_id)
    if (docket.last_event, docket.head) != (last, head) or now.events > now.last_event:
        yield f"The history of server {guild_id} ends elsewhere than its docket says."
    if now.cases != now.last_case or now.numbers != now.last_case:
        yield f"The case numbers of server {guild_id} have a gap."


def _counted_now(guild_id: int) -> Any:
    """Return a docket with what it counts, seen in one and the same moment."""
    cases = Case.objects.of(guild_id).order_by().values("guild_id")
    events = CaseEvent.objects.of(guild_id).order_by().values("guild_id")
    return Docket.objects.annotate(
        cases=_one(cases.annotate(it=Count("pk"))),
        numbers=_one(cases.annotate(it=Max("number"))),
        events=_one(events.annotate(it=Max("seq"))),
    ).get(guild_id=guild_id)


def _one(counted: Any) -> Any:
    return Coalesce(Subquery(counted.values("it")), 0)
