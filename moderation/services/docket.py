"""A server's history of cases: numbered without gaps, chained, and never rewritten."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from community.models import Channel, Staff
from moderation.models import Case, CaseEvent, CaseText, Docket

VERSION = 1


class Written(Protocol):
    """An event as far as its hash promises it."""

    guild_id: int
    seq: int
    verb: str
    actor_id: int | None
    staff_id: int | None
    facts: dict[str, Any]
    commitment: str
    at: datetime
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided something, where and when; `source_id` makes it count once."""

    guild_id: int
    moderator_id: int | None = None
    staff: Staff | None = None
    on_behalf_of_id: int | None = None
    source: str = Case.Source.COMMAND
    source_id: str = ""
    # What Discord says they may do where they said it; None when it was not said on Discord.
    permissions: int | None = None
    is_sure: bool = False
    at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was decided: what, about whom or which channel, why and for how long."""

    kind: str
    user_id: int | None = None
    channel: Channel | None = None
    reason: str = ""
    comment: str = ""
    duration: timedelta | None = None
    erases: timedelta | None = None
    points: int = 0
    cause: Case | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def lock_docket(guild_id: int) -> Docket:
    """Take the server's docket: deeds of one server happen one after the other."""
    there = Docket.objects.select_for_update(no_key=True).filter(guild_id=guild_id)
    docket: Docket | None = there.first()
    if docket is None:
        Docket.objects.bulk_create([Docket(guild_id=guild_id)], ignore_conflicts=True)
        docket = there.get()
    return docket


def case_of(decision: Decision) -> Case | None:
    """Return the case that this very decision made before, if it was told twice."""
    if not decision.source_id:
        return None
    told = Case.objects.of(decision.guild_id).filter(
        source=decision.source, source_id=decision.source_id
    )
    return told.first()


# Nobody goes on after one of these has failed: a savepoint would be two more ways for nothing.
@transaction.atomic(savepoint=False)
def open_case(*, decision: Decision, deed: Deed, number: int | None = None) -> Case:
    """Open a case under the server's next number, with the first line of its history.

    A number is named only for a case that was lost, and was given it before.
    """
    case: Case = Case.objects.create(
        guild_id=decision.guild_id,
        number=_next_number(decision.guild_id) if number is None else _found(decision, number),
        kind=deed.kind,
        user_id=deed.user_id,
        channel=deed.channel,
        moderator_id=decision.moderator_id,
        staff=decision.staff,
        on_behalf_of_id=decision.on_behalf_of_id,
        reason=deed.reason,
        comment=deed.comment,
        duration=deed.duration,
        points=deed.points,
        source=decision.source,
        source_id=decision.source_id,
        cause=deed.cause,
        created_at=decision.at,
    )
    told = {"kind": deed.kind, "person": str(deed.user_id or "")}
    facts = {**told, **_span(deed.duration), **deed.facts}
    words = "\n".join(filter(None, [deed.reason, deed.comment]))
    note_event(case=case, verb=CaseEvent.Verb.OPENED, decision=decision, facts=facts, words=words)
    return case


@transaction.atomic(savepoint=False)
def note_event(
    *,
    case: Case,
    verb: str,
    decision: Decision,
    facts: Mapping[str, Any] | None = None,
    words: str = "",
) -> CaseEvent:
    """Add a line to a case's history, chained to the server's last one.

    Its words stand in a row of their own that may be emptied; the line keeps a proof of them.
    """
    docket = lock_docket(case.guild_id)
    salt = secrets.token_hex(32) if words else ""
    event = CaseEvent(
        guild_id=case.guild_id,
        case=case,
        seq=docket.last_event + 1,
        verb=verb,
        actor_id=decision.moderator_id,
        staff=decision.staff,
        facts=dict(facts or {}),
        commitment=commitment_to(words, salt=salt),
        at=decision.at,
        previous=docket.head,
    )
    event.hash = hash_of(event, number=case.number)
    event.save(force_insert=True)
    if words:
        CaseText.objects.create(guild_id=case.guild_id, event=event, words=words, salt=salt)
    docket.last_event, docket.head = event.seq, event.hash
    docket.save(update_fields=["last_event", "head"])
    return event


def commitment_to(words: str, *, salt: str) -> str:
    """Return a proof of some words that tells nothing about them without the salt."""
    if not words:
        return ""
    return hmac.new(bytes.fromhex(salt), words.encode(), hashlib.sha256).hexdigest()


def hash_of(event: Written, *, number: int) -> str:
    """Return the hash of an event and, through the one before it, of all before."""
    told = {
        "v": VERSION,
        "guild": str(event.guild_id),
        "seq": event.seq,
        "case": number,
        "verb": event.verb,
        "actor": str(event.actor_id or ""),
        "staff": str(event.staff_id or ""),
        "facts": event.facts,
        "commitment": event.commitment,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous": event.previous,
    }
    line = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def _next_number(guild_id: int) -> int:
    docket = lock_docket(guild_id)
    docket.last_case += 1
    docket.save(update_fields=["last_case"])
    return docket.last_case


def _found(decision: Decision, number: int) -> int:
    docket = lock_docket(decision.guild_id)
    docket.lost_cases -= 1
    docket.save(update_fields=["lost_cases"])
    return number


def _span(duration: timedelta | None) -> dict[str, int]:
    return {} if duration is None else {"seconds": round(duration.total_seconds())}
