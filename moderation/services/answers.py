"""Deeds as moderators say them: done within their server, with what came of it in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from community.durations import read_duration, read_end
from community.errors import HouseError
from community.models import Channel, Guild
from community.scope import guild_scope
from community.words import plain
from moderation.models import Case, LadderFire, MemberWarning, Punishment, ReasonPreset
from moderation.services import deeds
from moderation.services.bulk import Bulk
from moderation.services.channels import Filter, purge_channel, slow_channel
from moderation.services.docket import Decision, Deed
from moderation.services.lookups import preset_named
from moderation.services.punishments import amend_duration
from moderation.services.records import case_numbered
from moderation.services.telling import end_of, what_it_holds
from moderation.services.warnings import amend_warning, warn_member
from moderation.words import say_done, say_rung, say_undone

# Does what was decided, and returns what its moderator is told.
Act = Callable[[Decision], str]


def carry_out(*, decision: Decision, act: Act) -> str:
    """Do what was decided, within its server; return what its moderator is told."""
    with guild_scope(decision.guild_id):
        return act(decision)


def rehearse(*, decision: Decision, act: Act) -> str:
    """Find out what stands against it, and leave nothing behind."""
    with guild_scope(decision.guild_id), transaction.atomic():
        try:
            return act(decision)
        finally:
            transaction.set_rollback(True)


# What goes with a ban, as it is offered: hours back, and how they are called.
ERASED_SPANS = {
    1: "The last hour",
    6: "The last 6 hours",
    24: "The last day",
    72: "The last 3 days",
    168: "The last week",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A deed as somebody typed it; a reason may be the name of one of the server's own."""

    kind: str
    user_id: int
    reason: str = ""
    preset: str = ""
    length: str = ""
    # How many hours back what they wrote goes with a ban.
    erased_hours: int = 0
    points: int | None = None


def do_to_person(decision: Decision, *, wish: Wish) -> str:
    """Do a deed as it was typed; return what its moderator is told."""
    return tell_done(punish(decision=decision, wish=wish))


def punish(*, decision: Decision, wish: Wish) -> Case:
    """Do a deed as it was typed; a ready reason fills what was left empty."""
    name = wish.preset or wish.reason
    preset = preset_named(guild_id=decision.guild_id, name=name) if name else None
    is_named = preset is not None and wish.reason in ("", name)
    deed = Deed(
        kind=wish.kind,
        user_id=wish.user_id,
        reason=preset.text if preset and is_named else wish.reason,
        duration=_duration(decision, wish, preset) if wish.kind in LASTING else None,
        erases=timedelta(hours=wish.erased_hours) or None,
        points=_points(wish, preset) if wish.kind == Case.Kind.WARN else 0,
    )
    return DEEDS[Case.Kind(wish.kind)](decision=decision, deed=deed)


def _duration(decision: Decision, wish: Wish, preset: ReasonPreset | None) -> timedelta | None:
    if not wish.length:
        return preset.duration if preset else None
    end = end_meant(guild_id=decision.guild_id, text=wish.length, now=decision.at)
    return None if end is None else end - decision.at


def _points(wish: Wish, preset: ReasonPreset | None) -> int:
    return wish.points or (preset.points if preset else None) or 1


def _warn(*, decision: Decision, deed: Deed) -> Case:
    case, _ = warn_member(decision=decision, deed=deed)
    return case


MOST_NAMED = 20
NO_PAUSE = ("0s", "off", "none")
LASTING = (Case.Kind.WARN, Case.Kind.MUTE, Case.Kind.BAN)
DEEDS: dict[Case.Kind, Callable[..., Case]] = {
    Case.Kind.WARN: _warn,
    Case.Kind.MUTE: deeds.mute_member,
    Case.Kind.UNMUTE: deeds.unmute_member,
    Case.Kind.KICK: deeds.kick_member,
    Case.Kind.SOFTBAN: deeds.softban_member,
    Case.Kind.BAN: deeds.ban_member,
    Case.Kind.UNBAN: deeds.unban_member,
}


def tell_done(case: Case) -> str:
    """Return what came of a case, for whoever decided it."""
    case.refresh_from_db()
    if case.overruled_at is not None:
        return say_undone(case, "Overruled")
    if case.warnings.filter(ending=MemberWarning.Ending.PARDONED).exists():
        return say_undone(case, "Pardoned")
    held = what_it_holds(case)
    is_kept = isinstance(held, Punishment) and held.is_open
    return say_done(case, until=end_of(held), is_kept=is_kept, rung=rung_after(case))


def rung_after(case: Case) -> str:
    """Return what the ladder did because of a case; empty when it did nothing."""
    fires = LadderFire.objects.of(case.guild_id).filter(warning__case=case)
    last = fires.select_related("step", "consequence").first()
    return say_rung(last.points, last.consequence, last.words) if last else ""


def tell_bulk(bulk: Bulk) -> str:
    """Return what came of many bans at once."""
    lines = [f"{len(bulk.banned)} banned."]
    by_reason: dict[str, list[int]] = {}
    for user_id, why in bulk.refused.items():
        by_reason.setdefault(why, []).append(user_id)
    lines += [f"Not {_some(who)}: {plain(why)}" for why, who in by_reason.items()]
    return "\n".join(lines)


def _some(people: list[int]) -> str:
    """Name people, as many as anybody reads."""
    named = ", ".join(f"<@{user_id}>" for user_id in people[:MOST_NAMED])
    return f"{named} and {len(people) - MOST_NAMED} more" if people[MOST_NAMED:] else named


def end_meant(*, guild_id: int, text: str, now: datetime) -> datetime | None:
    """Return until when somebody means; None is for ever. Clocks and days are the server's."""
    with guild_scope(guild_id):
        zone = ZoneInfo(Guild.objects.get(pk=guild_id).tz)
    return read_end(text, now=now.astimezone(zone))


def change_case(
    service: Callable[..., Any], decision: Decision, *, number: int, reason: str
) -> str:
    """Change a case by its number; return what came of it."""
    case = case_numbered(guild_id=decision.guild_id, number=number)
    service(case=case, decision=decision, reason=reason)
    return tell_done(case)


def change_length(decision: Decision, *, number: int, length: str) -> str:
    """Let what a case decided hold until a moment, or for a span from when it was decided."""
    case = case_numbered(guild_id=decision.guild_id, number=number)
    try:
        duration: timedelta | None = read_duration(length)
    except HouseError:  # no span, so perhaps a moment
        end = end_meant(guild_id=decision.guild_id, text=length, now=decision.at)
        duration = None if end is None else end - case.created_at
    amend = amend_warning if case.kind == Case.Kind.WARN else amend_duration
    return tell_done(amend(case=case, decision=decision, duration=duration))


def purge_here(*, decision: Decision, channel_id: int, which: Filter, reason: str) -> Case:
    """Purge a channel by its id."""
    channel = _channel(decision.guild_id, channel_id)
    return purge_channel(decision=decision, channel=channel, which=which, reason=reason)


def slow_here(*, decision: Decision, channel_id: int, pause: str, reason: str) -> Case:
    """Slow a channel down, for a pause as it was typed; a bare number is seconds."""
    said = pause.strip().lower()
    span = f"{said}s" if said.isdecimal() else said
    seconds = 0 if span in NO_PAUSE else round(read_duration(span).total_seconds())
    channel = _channel(decision.guild_id, channel_id)
    return slow_channel(decision=decision, channel=channel, seconds=seconds, reason=reason)


def _channel(guild_id: int, channel_id: int) -> Channel:
    here = Channel.objects.standing().filter(guild_id=guild_id, pk=channel_id)
    if (channel := here.first()) is None:
        raise HouseError("I do not know this channel yet: try again in a moment.")
    return channel
