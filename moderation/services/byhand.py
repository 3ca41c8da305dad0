"""What people do with Discord's own buttons: each deed a case, once, under who did it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from community.models import Channel, GuildSettings, User
from community.services.bots import bot_user_id
from community.services.orders import drop_order
from community.services.people import has_joined
from moderation.models import Case, CaseEvent, Punishment
from moderation.models.cases import LONGEST_REASON
from moderation.services.docket import Decision, Deed, note_event, open_case
from moderation.services.first_look import found_at_first
from moderation.services.punishments import (
    CASE_IN_MARK,
    SETTLING_IN,
    end_punishment,
    order_of,
    punishment_of,
    take_turn,
    wish_of,
)
from moderation.services.regaining import is_lost, regain_deed
from moderation.services.telling import show_case
from moderation.words import marked_reason

KICKED, BANNED, UNBANNED, CHANGED, ROLES_CHANGED, PURGED = 20, 22, 23, 24, 25, 73
TIMEOUT, GIVEN, TAKEN = "communication_disabled_until", "$add", "$remove"
KINDS = {
    KICKED: Case.Kind.KICK,
    BANNED: Case.Kind.BAN,
    UNBANNED: Case.Kind.UNBAN,
    PURGED: Case.Kind.PURGE,
}
# Discord tells the end of a timeout to the millisecond, or to the second.
ROUNDED = timedelta(seconds=1)
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
    if (deed := _deed_of(entry)) is None:
        return None
    is_echo = _is_echo(entry)
    if is_echo and not is_lost(reason=entry.reason, at=entry.at):
        return None
    decision = Decision(
        guild_id=entry.guild_id,
        moderator_id=entry.actor_id,
        source=Case.Source.DISCORD,
        source_id=str(entry.entry_id),
        at=entry.at,
    )
    return _regain(decision, deed, entry.reason) if is_echo else _write(decision, deed)


def _regain(decision: Decision, deed: Deed, reason: str) -> Case | None:
    """Write down again what we did after the moment that a restored backup shows."""
    case = regain_deed(decision=decision, deed=deed, reason=reason)
    if case is not None and (kind := ENDS.get(Case.Kind(case.kind))) is not None:
        _end_what_holds(case, kind, deed.facts.get("role"), decision)
    return case


def _deed_of(entry: DiscordEntry) -> Deed | None:
    reason, whom = _fit(entry.reason), entry.target_id
    if entry.action == PURGED:
        facts = {"channel": str(whom)}
        channel = Channel.objects.filter(guild_id=entry.guild_id, pk=whom or 0).first()
        return Deed(kind=Case.Kind.PURGE, channel=channel, reason=reason, facts=facts)
    if whom is None:
        return None
    if entry.action == CHANGED and TIMEOUT in entry.changes:
        return _timeout(entry, whom, reason)
    if entry.action == ROLES_CHANGED:
        return _role(entry, whom, reason)
    kind = KINDS.get(entry.action)
    return Deed(kind=kind, user_id=whom, reason=reason) if kind else None


def _timeout(entry: DiscordEntry, whom: int, reason: str) -> Deed:
    until = entry.changes[TIMEOUT]
    span = until - entry.at if until else timedelta(0)
    if span <= timedelta(0):
        return Deed(kind=Case.Kind.UNMUTE, user_id=whom, reason=reason)
    return Deed(kind=Case.Kind.MUTE, user_id=whom, reason=reason, duration=span)


def _role(entry: DiscordEntry, whom: int, reason: str) -> Deed | None:
    """Read what it means that a role which silences was given or taken; of others, nothing."""
    silencing = _roles_that_silence(entry.guild_id, whom)
    taken = silencing & entry.changes.get(TAKEN, frozenset())
    given = silencing & entry.changes.get(GIVEN, frozenset())
    # What greets newcomers sets their roles; it takes ours with it, and means nothing by that.
    if not taken | given or (taken and _is_greeting(entry, whom)):
        return None
    kind = Case.Kind.UNMUTE if taken else Case.Kind.MUTE
    return Deed(kind=kind, user_id=whom, reason=reason, facts={"role": str(min(taken or given))})


def _roles_that_silence(guild_id: int, user_id: int) -> set[int]:
    settings = GuildSettings.objects.filter(guild_id=guild_id).first()
    theirs = Punishment.objects.of(guild_id).filter(user_id=user_id, role__isnull=False)
    roles = set(theirs.values_list("role_id", flat=True))
    return roles | ({settings.mute_role_id} if settings and settings.mute_role_id else set())


def _is_greeting(entry: DiscordEntry, whom: int) -> bool:
    is_bot = User.objects.filter(pk=entry.actor_id or 0, is_bot=True).exists()
    return is_bot and has_joined(
        guild_id=entry.guild_id, user_id=whom, since=entry.at - SETTLING_IN
    )


def _is_echo(entry: DiscordEntry) -> bool:
    """Tell whether we did it; anybody can write our mark, but nobody else has our id."""
    me = bot_user_id()
    if entry.actor_id is not None and me is not None:
        return entry.actor_id == me
    return CASE_IN_MARK.match(entry.reason) is not None


def _write(decision: Decision, deed: Deed) -> Case:
    if (told := take_turn(decision, deed.user_id or 0)) is not None:
        return told
    if (found := _found_before(decision, deed)) is not None:
        return found
    case = open_case(decision=decision, deed=deed)
    if (kind := ENDS.get(Case.Kind(case.kind))) is not None:
        _end_what_holds(case, kind, deed.facts.get("role"), decision)
    show_case(case)
    return case


def _found_before(decision: Decision, deed: Deed) -> Case | None:
    """Return the case under which it was found when we came; now it is known who did it.

    It was found once, so one deed is that case; whoever did the like before has a case of theirs.
    """
    found = found_at_first(guild_id=decision.guild_id, kind=deed.kind, user_id=deed.user_id)
    case: Case | None = found.filter(created_at__gte=decision.at).first()
    if case is None or not _is_the_same(case, decision, deed):
        return None
    told = CaseEvent.objects.of(case.guild_id).filter(case=case, verb=CaseEvent.Verb.NOTED)
    if told.filter(facts__source_id=decision.source_id).exists():
        return case
    if case.moderator_id is not None:
        return None
    case.moderator_id = decision.moderator_id
    case.save(update_fields=["moderator_id"])
    facts = {"source_id": decision.source_id}
    verb, words = CaseEvent.Verb.NOTED, "Discord's audit log tells who did it."
    note_event(case=case, verb=verb, decision=decision, facts=facts, words=words)
    return case


def _is_the_same(case: Case, decision: Decision, deed: Deed) -> bool:
    """Tell whether what was found can be this deed: of two timeouts, the one with that end."""
    if deed.kind != Case.Kind.MUTE:
        return True
    if deed.duration is None or case.duration is None:
        return False
    apart = (decision.at + deed.duration) - (case.created_at + case.duration)
    return abs(apart) <= ROUNDED


def _end_what_holds(case: Case, kind: str, role: str | None, decision: Decision) -> None:
    """End the punishment that somebody lifted by hand, or name them where a look ended it before.

    A role that silences and Discord's own timeout say nothing about each other.
    """
    about: dict[str, Any] = {"guild_id": case.guild_id, "user_id": case.user_id or 0}
    standing = punishment_of(**about, kind=kind)
    if standing is None:
        _name_who_ended(case, kind, role)
        return
    if str(standing.role_id or "") != (role or "") or not _was_ours(case, standing):
        return
    revoked, external = Punishment.State.REVOKED, Punishment.Ender.EXTERNAL
    end_punishment(punishment=standing, decision=decision, state=revoked, ender=external)
    dropped = drop_order(
        **about,
        kind=order_of(standing),
        subject=standing.role_id or 0,
        reason=marked_reason(case, None),
    )
    if dropped is not None:  # the log is read late: what was decided after it counts more
        dropped.wanted_at = decision.at
        dropped.save(update_fields=["wanted_at"])


def _was_ours(case: Case, standing: Punishment) -> bool:
    """Tell whether what was lifted by hand can have been ours: the log is read late.

    What Discord has not confirmed yet, or has shown since, was somebody else's until then.
    """
    if (wish := wish_of(standing)) is None:
        return True
    shown_at = wish.confirmed_at or wish.wanted_at
    return wish.is_settled and max(shown_at, wish.wanted_at) <= case.created_at


def _name_who_ended(case: Case, kind: str, role: str | None) -> None:
    ended = Punishment.objects.of(case.guild_id).filter(user_id=case.user_id or 0, kind=kind)
    nobodys = ended.filter(ended_by=Punishment.Ender.EXTERNAL, ended_by_id=None)
    since = case.created_at - SETTLING_IN
    lately = nobodys.filter(ended_at__gte=since).order_by("ended_at")
    alike = lately.filter(role_id=int(role)) if role else lately.filter(role=None)
    if (punishment := alike.first()) is not None:
        punishment.ended_by_id = case.moderator_id
        punishment.save(update_fields=["ended_by_id"])


def _fit(reason: str) -> str:
    return reason[:LONGEST_REASON]
