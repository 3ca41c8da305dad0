"""What people on Discord ask of activity roles and leave: each question within its server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from activity.models import ActivityRole, AfkLeave, MemberDay, MemberTotals
from activity.services.leaves import current_leave, end_leave, take_leave
from activity.services.standings import (
    DAYS,
    Standing,
    State,
    first_day,
    look_at_roles,
    standings_of,
)
from community.durations import read_end
from community.errors import HouseError
from community.models import Guild
from community.scope import guild_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What somebody did within a span, or ever."""

    messages: int
    voice_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One person's activity: what they did, their leave, and how they stand to each role."""

    week: Done
    month: Done
    ever: Done
    since: datetime | None
    leave: AfkLeave | None
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How people stand to one role, those with the most hours first."""

    rule: ActivityRole
    people: dict[State, list[Standing]]
    against: str = ""


def show_own(*, guild_id: int, user_id: int, now: datetime) -> Own:
    """Return what somebody did in a server, and which roles that brings."""
    with guild_scope(guild_id):
        totals = MemberTotals.objects.of(guild_id).of_person(user_id).first()
        ever = Done(messages=totals.messages, voice_ms=totals.voice_ms) if totals else None
        return Own(
            **_lately(guild_id, user_id, now),
            ever=ever or Done(messages=0, voice_ms=0),
            since=totals.first_at if totals else None,
            leave=current_leave(guild_id=guild_id, user_id=user_id, now=now),
            standings=standings_of(guild_id=guild_id, now=now, user_id=user_id),
        )


def go_on_leave(*, guild_id: int, user_id: int, until: str, reason: str, now: datetime) -> AfkLeave:
    """Note that somebody will be away, until a moment as people write it."""
    with guild_scope(guild_id):
        end = end_of_leave(guild_id=guild_id, text=until, now=now)
        return take_leave(guild_id=guild_id, user_id=user_id, until=end, now=now, reason=reason)


def come_back(*, guild_id: int, user_id: int, now: datetime) -> AfkLeave:
    """Note that somebody is back."""
    with guild_scope(guild_id):
        return end_leave(guild_id=guild_id, user_id=user_id, now=now)


def report_on_role(*, guild_id: int, role_id: int, now: datetime) -> Report:
    """Return who has an activity role, who shall have it, and who is spared."""
    with guild_scope(guild_id):
        rules = ActivityRole.objects.of(guild_id).in_force().select_related("role")
        rule = rules.filter(role_id=role_id).first()
        if rule is None:
            raise HouseError("This is no activity role, or it is switched off.")
        return report_of(rule, now=now)


def report_of(rule: ActivityRole, *, now: datetime) -> Report:
    """Sort people by how they stand to one role."""
    outlook = look_at_roles(guild_id=rule.guild_id, now=now)
    people: dict[State, list[Standing]] = {state: [] for state in State if state != State.NOT}
    for each in sorted(outlook.standings, key=lambda one: (-one.voice_ms, one.user_id)):
        if each.rule.pk == rule.pk and each.state in people:
            people[each.state].append(each)
    return Report(rule=rule, people=people, against=outlook.against.get(rule.pk, ""))


def end_of_leave(*, guild_id: int, text: str, now: datetime) -> datetime:
    """Return the end that somebody names; clocks and days are the server's."""
    zone = ZoneInfo(Guild.objects.get(pk=guild_id).tz)
    if (end := read_end(text, now=now.astimezone(zone))) is None:
        raise HouseError("Leave has an end: name one, like 2w or “until 2026-12-24”.")
    return end


def _lately(guild_id: int, user_id: int, now: datetime) -> dict[str, Done]:
    """Return what somebody did within each span."""
    days = MemberDay.objects.of(guild_id).of_person(user_id)
    starts: dict[str, date] = {str(window): first_day(window, now) for window in DAYS}
    sums = {
        f"{window}_{column}": Sum(column, filter=Q(day__gte=start), default=0)
        for window, start in starts.items()
        for column in ("messages", "voice_ms")
    }
    told = days.filter(day__gte=min(starts.values())).aggregate(**sums)
    return {
        window: Done(messages=told[f"{window}_messages"], voice_ms=told[f"{window}_voice_ms"])
        for window in starts
    }
