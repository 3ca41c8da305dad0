"""What people do with Discord's own buttons: each deed a case, once, under who did it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from community.services.bots import bot_user_id
from community.services.orders import drop_order
from moderation.models import Case, Punishment
from moderation.models.cases import LONGEST_REASON
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.punishments import (
    CASE_IN_MARK,
    end_punishment,
    order_of,
    punishment_of,
    take_turn,
)
from moderation.services.telling import show_case
from moderation.words import marked_reason

KICKED, BANNED, UNBANNED, CHANGED, PURGED = 20, 22, 23, 24, 73
TIMEOUT = "communication_disabled_until"
KINDS = {
    KICKED: Case.Kind.KICK,
    BANNED: Case.Kind.BAN,
    UNBANNED: Case.Kind.UNBAN,
    PURGED: Case.Kind.PURGE,
}
ENDS = {Case.Kind.UNBAN: Punishment.Kind.BAN, Case.Kind.UNMUTE: Punishment.Kind.MUTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordEntry:
    """A line of Discord's audit log: what it numbers, who did what to whom, and why."""

    guild_id: int
    entry_id: int
    action: int
    actor_id: int | None
    target_id: int | None
    at: datetime
    reason: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def note_discord_entry(*, entry: DiscordEntry) -> Case | None:
    """Write a case for what somebody did by hand; None for all else, and for our own echoes."""
    if (deed := _deed_of(entry)) is None or _is_echo(entry):
        return None
    decision = Decision(
        guild_id=entry.guild_id,
        moderator_id=entry.actor_id,
        source=Case.Source.DISCORD,
        source_id=str(entry.entry_id),
        at=entry.at,
    )
    return _write(decision, deed)


@transaction.atomic
def import_what_holds(
    *, guild_id: int, bans: Mapping[int, str], timeouts: Mapping[int, datetime], at: datetime
) -> int:
    """Write a case for each ban and timeout found at first sight; nobody is told."""
    with_marks = {user_id for user_id, reason in bans.items() if CASE_IN_MARK.match(reason)}
    deeds = [
        *(Deed(kind="ban", user_id=each, reason=_fit(bans[each])) for each in bans),
        *(
            Deed(kind="mute", user_id=each, duration=timeouts[each] - at)
            for each in timeouts
            if timeouts[each] > at
        ),
    ]
    foreign = [deed for deed in deeds if deed.kind != "ban" or deed.user_id not in with_marks]
    for deed in foreign:
        source_id = f"found:{deed.kind}:{deed.user_id}"
        found = Decision(guild_id=guild_id, source="discord", source_id=source_id, at=at)
        _write(found, deed)
    return len(foreign)


def _deed_of(entry: DiscordEntry) -> Deed | None:
    reason = _fit(entry.reason)
    if entry.action == CHANGED and TIMEOUT in entry.changes and entry.target_id:
        return _timeout(entry, reason)
    if entry.action == PURGED:
        facts = {"channel": str(entry.target_id)}
        return Deed(kind=Case.Kind.PURGE, reason=reason, facts=facts)
    kind = KINDS.get(entry.action)
    return Deed(kind=kind, user_id=entry.target_id, reason=reason) if kind else None


def _timeout(entry: DiscordEntry, reason: str) -> Deed:
    until = entry.changes[TIMEOUT]
    span = datetime.fromisoformat(until) - entry.at if until else timedelta(0)
    if span <= timedelta(0):
        return Deed(kind=Case.Kind.UNMUTE, user_id=entry.target_id, reason=reason)
    return Deed(kind=Case.Kind.MUTE, user_id=entry.target_id, reason=reason, duration=span)


def _is_echo(entry: DiscordEntry) -> bool:
    """Tell whether we did it; anybody can write our mark, but nobody else has our id."""
    me = bot_user_id()
    if entry.actor_id is not None and me is not None:
        return entry.actor_id == me
    return CASE_IN_MARK.match(entry.reason) is not None


def _write(decision: Decision, deed: Deed) -> Case:
    if (told := take_turn(decision, deed.user_id or 0)) is not None:
        return told
    case = open_case(decision=decision, deed=deed)
    for punishment in _ended_by(case):
        revoked, external = Punishment.State.REVOKED, Punishment.Ender.EXTERNAL
        end_punishment(punishment=punishment, decision=decision, state=revoked, ender=external)
        drop_order(
            guild_id=case.guild_id,
            user_id=punishment.user_id,
            kind=order_of(punishment),
            subject=punishment.role_id or 0,
            reason=marked_reason(case, None),
        )
    show_case(case)
    return case


def _ended_by(case: Case) -> Iterator[Punishment]:
    kind = ENDS.get(Case.Kind(case.kind))
    about = {"guild_id": case.guild_id, "user_id": case.user_id or 0}
    standing = punishment_of(**about, kind=kind) if kind else None
    # Taking Discord's timeout away says nothing about a role that silences.
    if standing is not None and not (kind == Punishment.Kind.MUTE and standing.role_id):
        yield standing


def _fit(reason: str) -> str:
    return reason[:LONGEST_REASON]
