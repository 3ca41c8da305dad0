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
from moderation.services.archived import Anchor, archived_cases, archived_head
from moderation.services.docket import commitment_to, hash_of

AT_ONCE = 2_000
GIVES_REASON = (CaseEvent.Verb.OPENED, CaseEvent.Verb.REASON_CHANGED)
NO_END = 2**62


COLUMNS = (
    "pk", "seq", "verb", "actor_id", "staff_id", "facts", "commitment", "at", "previous", "hash",
    "case__number", "case__kind", "case__user_id", "case__moderator_id", "case__reason",
    "case__comment",
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
    # And its case, as its row is today.
    number: int
    kind: str
    user_id: int | None
    moderator_id: int | None
    reason: str
    comment: str
    is_last_word: bool = False  # about the reason

    @property
    def words(self) -> str:
        """What was said; nothing after it was erased."""
        return self.texts[0][0] if self.texts else ""


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
    begin = since or archived_head(guild_id=guild_id) or Anchor(guild_id, 0, NO_HASH)
    expected, previous = begin.seq + 1, begin.hash
    # Meanwhile the history goes on: it is read up to where its docket stood when we began.
    docket = Docket.objects.filter(guild_id=guild_id).first()
    here = (each for each in anchors if each.guild_id == guild_id)
    known = _by_place(each for each in here if begin.seq < each.seq <= until)
    for event in _events(guild_id, begin.seq, min(docket.last_event if docket else NO_END, until)):
        if event.seq != expected:
            yield f"Event {expected} of server {guild_id} is missing."
        yield from _faults(event, previous, known.pop(event.seq, set()))
        expected, previous = event.seq + 1, event.hash
    for seq in known:
        yield f"Event {seq} of server {guild_id} was anchored and is gone."
    if docket is None or docket.last_event <= until:
        yield from _docket_faults(guild_id, docket, expected - 1, previous)


def _by_place(anchors: Iterable[Anchor]) -> dict[int, set[str]]:
    known: dict[int, set[str]] = {}
    for each in anchors:
        known.setdefault(each.seq, set()).add(each.hash)
    return known


def _events(guild_id: int, since: int, until: int) -> Iterator[Line]:
    events = CaseEvent.objects.of(guild_id).in_order().filter(seq__lte=until)
    last = since
    while page := list(events.filter(seq__gt=last).values_list(*COLUMNS)[:AT_ONCE]):
        words = _words(guild_id, last, page[-1][1])
        lines = [Line(guild_id, tuple(words.get(key, ())), *told) for key, *told in page]
        _mark_last_words(guild_id, lines)
        yield from lines
        last = lines[-1].seq


def _mark_last_words(guild_id: int, lines: list[Line]) -> None:
    """Mark the lines that say a case's reason as its row must say it now."""
    said = {line.number: line for line in lines if line.verb in GIVES_REASON}
    changed = CaseEvent.objects.of(guild_id).filter(verb=CaseEvent.Verb.REASON_CHANGED)
    later = changed.filter(seq__gt=lines[-1].seq, case__number__in=said)
    for number in said.keys() - set(later.values_list("case__number", flat=True)):
        said[number].is_last_word = True


def _words(guild_id: int, since: int, until: int) -> dict[int, list[tuple[str, str]]]:
    """Return the words that stand beside some events, each with its salt."""
    found: dict[int, list[tuple[str, str]]] = {}
    texts = CaseText.objects.of(guild_id).exclude(words="")
    within = texts.filter(event__seq__gt=since, event__seq__lte=until)
    for event_id, words, salt in within.values_list("event_id", "words", "salt"):
        found.setdefault(event_id, []).append((words, salt))
    return found


def _faults(event: Line, previous: str, anchored: set[str]) -> Iterator[str]:
    where = f"Event {event.seq} of server {event.guild_id} (case #{event.number})"
    if event.previous != previous:
        yield f"{where} does not follow the one before it."
    if event.hash != hash_of(event, number=event.number):
        yield f"{where} is not as it was written."
    if anchored - {event.hash}:
        yield f"{where} is not the one that was anchored."
    yield from _row_faults(event)
    for words, salt in event.texts:
        if not hmac.compare_digest(event.commitment, commitment_to(words, salt=salt)):
            yield f"The words of {where[0].lower()}{where[1:]} are not those that were said."


def _row_faults(event: Line) -> Iterator[str]:
    """Yield where a case's row says something else than its history."""
    row = f"The row of case #{event.number} in server {event.guild_id}"
    is_first = event.verb == CaseEvent.Verb.OPENED
    if is_first:
        yield from (f"{row} {fault}" for fault in _rewritten(event))
    if event.is_last_word:
        said = [event.reason, event.comment] if is_first else [event.reason]
        if "\n".join(filter(None, said)) != event.words:
            yield f"{row} says other words than were said."


def _rewritten(event: Line) -> Iterator[str]:
    if event.kind != event.facts.get("kind"):
        yield "says that something else was done."
    if str(event.user_id or "") != event.facts.get("person", ""):
        yield "is about somebody else."
    # Who acted by hand may become known later.
    if event.actor_id is not None and event.moderator_id != event.actor_id:
        yield "says that somebody else decided."


def _docket_faults(guild_id: int, docket: Any, last: int, head: str) -> Iterator[str]:
    if docket is None:
        if last:
            yield f"Server {guild_id} has a history and no docket."
        return
    now = _counted_now(guild_id)
    if (docket.last_event, docket.head) != (last, head) or now.events > now.last_event:
        yield f"The history of server {guild_id} ends elsewhere than its docket says."
    away = archived_cases(guild_id=guild_id) + now.lost_cases
    if now.cases + away != now.last_case or (not away and now.numbers != now.last_case):
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
