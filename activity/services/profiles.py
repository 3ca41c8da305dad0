"""What one person did in a server: their days, their channels, their company in voice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum

from activity.models import MemberDay, MemberTotals, MessageEvent, PresenceDay, VoiceSession
from activity.querysets.voice import Company
from activity.services.statistics import members_by_id, names_of_channels
from community.models import Member
from community.spans import Span

MOST_CHANNELS, MOST_COMPANY = 8, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What somebody did in some days and ever, where they wrote, and with whom they talked."""

    totals: MemberTotals | None
    lately: Mapping[str, int]
    days: Mapping[date, int]
    channels: Sequence[tuple[str, int]]
    company: Sequence[tuple[Company, Member | None]]
    online_s: Mapping[str, int]


def profile_person(*, guild_id: int, user_id: int, span: Span) -> Profile:
    """Return what somebody did in these days."""
    days = MemberDay.objects.of(guild_id).of_person(user_id).between(span.first, span.last)
    start, end = span.bounds["since"], span.bounds["until"]
    return Profile(
        totals=MemberTotals.objects.of(guild_id).of_person(user_id).first(),
        lately=days.summed(),
        days=dict(days.values_list("day", "messages")),
        channels=_channels(guild_id, user_id, start, end),
        company=_company(guild_id, user_id, start, end),
        online_s=_online(guild_id, user_id, span),
    )


def _channels(guild_id: int, user_id: int, start: datetime, end: datetime) -> list[tuple[str, int]]:
    written = MessageEvent.objects.of(guild_id).of_person(user_id).between(start, end)
    found = list(written.by_channel()[:MOST_CHANNELS])
    names = names_of_channels(guild_id=guild_id, ids=[row["channel_id"] for row in found])
    return [(names[row["channel_id"]], row["many"]) for row in found]


def _company(
    guild_id: int, user_id: int, start: datetime, end: datetime
) -> list[tuple[Company, Member | None]]:
    told: Any = {"guild_id": guild_id, "user_id": user_id, "start": start, "end": end}
    found = VoiceSession.objects.of(guild_id).in_company_of(**told, most=MOST_COMPANY)
    people = members_by_id(guild_id=guild_id, ids=[each.user_id for each in found])
    return [(each, people.get(each.user_id)) for each in found]


def _online(guild_id: int, user_id: int, span: Span) -> dict[str, int]:
    """Return how many seconds somebody was seen, by how; nothing where nobody asked to count."""
    days = PresenceDay.objects.of(guild_id).of_person(user_id)
    columns = ("online_s", "idle_s", "dnd_s")
    sums = days.between(span.first, span.last).aggregate(**{each: Sum(each) for each in columns})
    return {name: value for name, value in sums.items() if value}


def stays_before(
    *, guild_id: int, user_id: int, before: tuple[datetime, int], most: int
) -> list[VoiceSession]:
    """Return somebody's latest stays in voice that began before a moment."""
    at, number = before
    stays = VoiceSession.objects.of(guild_id).of_person(user_id)
    year = stays.between(at - timedelta(days=366), at + timedelta(microseconds=1))
    earlier = year.exclude(started_at=at, pk__gte=number)
    return list(earlier.latest_first()[:most])
