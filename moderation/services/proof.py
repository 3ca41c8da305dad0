"""Proof that a server's history was not rewritten: each line's hash, and the words it promises."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from moderation.models import Case, CaseEvent, CaseText, Docket
from moderation.models.cases import NO_HASH
from moderation.services.docket import commitment_to, hash_of

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a server's history and the hash it had, kept outside the database."""

    guild_id: int
    seq: int
    hash: str


def breaches_of_history(*, guild_id: int, anchors: tuple[Anchor, ...] = ()) -> Iterator[str]:
    """Yield a plain sentence for each line of a server's history that is not as it was written."""
    known = {anchor.seq: anchor.hash for anchor in anchors if anchor.guild_id == guild_id}
    expected, previous = 1, NO_HASH
    for event in _events(guild_id):
        if event.seq != expected:
            yield f"Event {expected} of server {guild_id} is missing."
        yield from _faults(event, previous, known.pop(event.seq, None))
        expected, previous = event.seq + 1, event.hash
    for seq in known:
        yield f"Event {seq} of server {guild_id} was anchored and is gone."
    yield from _docket_faults(guild_id, expected - 1, previous)


def _events(guild_id: int) -> Iterator[Any]:
    events = CaseEvent.objects.of(guild_id).select_related("case").in_order()
    last = 0
    while page := list(events.filter(seq__gt=last).prefetch_related("texts")[:AT_ONCE]):
        yield from page
        last = page[-1].seq


def _faults(event: Any, previous: str, anchored: str | None) -> Iterator[str]:
    where = f"Event {event.seq} of server {event.guild_id} (case #{event.case.number})"
    if event.previous != previous:
        yield f"{where} does not follow the one before it."
    if event.hash != hash_of(event, number=event.case.number):
        yield f"{where} is not as it was written."
    if anchored is not None and anchored != event.hash:
        yield f"{where} is not the one that was anchored."
    for text in event.texts.all():
        if text.words and not _is_kept(event, text):
            yield f"The words of {where[0].lower()}{where[1:]} are not those that were said."


def _is_kept(event: CaseEvent, text: CaseText) -> bool:
    return hmac.compare_digest(event.commitment, commitment_to(text.words, salt=text.salt))


def _docket_faults(guild_id: int, last: int, head: str) -> Iterator[str]:
    docket = Docket.objects.filter(guild_id=guild_id).first()
    if docket is None:
        if last:
            yield f"Server {guild_id} has a history and no docket."
        return
    if (docket.last_event, docket.head) != (last, head):
        yield f"The history of server {guild_id} ends elsewhere than its docket says."
    highest = Case.objects.of(guild_id).aggregate(highest=Max("number"))["highest"] or 0
    if highest != docket.last_case or Case.objects.of(guild_id).count() != highest:
        yield f"The case numbers of server {guild_id} have a gap."
