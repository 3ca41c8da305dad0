"""What activity comes to: by day, by hour of the week, by channel, by person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from activity.models import ChannelDay, GuildHour, MemberDay, MemberEvent
from community.models import Channel, Guild, Member
from community.spans import WEEK, Span

MOST_PEOPLE = 100
MOST_CHANNELS = 100
HOURS, DAYS_OF_WEEK = 24, 7
SPOKEN = (Channel.Kind.VOICE, Channel.Kind.STAGE)
# By what people are put in order, and what a page calls it.
ORDERS = {
    "messages": "Messages",
    "words": "Words",
    "voice_ms": "Time in voice",
    "active_days": "Active days",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What a server counted in some span of time."""

    messages: int = 0
    edited: int = 0
    deleted: int = 0
    joins: int = 0
    leaves: int = 0
    voice_ms: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        told = (f.name for f in fields(self))
        return Counts(*(getattr(self, name) + getattr(other, name) for name in told))

    @property
    def net(self) -> int:
        """By how many the server grew."""
        return self.joins - self.leaves


@dataclass(frozen=True, slots=True)
class Overview:
    """What a server counted in some days and in as many before, and who was there at their ends."""

    span: Span
    days: Mapping[date, Counts]
    active: int
    active_before: int
    members: int

    def of(self, span: Span) -> Counts:
        """Sum up some days."""
        return sum((each for _, each in self._within(span)), Counts())

    def parts(self, span: Span) -> list[Counts]:
        """Sum up each part of a picture of some days."""
        starts = {start: Counts() for start in span.starts}
        for day, counts in self._within(span):
            start = day - timedelta(days=day.weekday()) if span.by_week else day
            starts[start] += counts
        return list(starts.values())

    @property
    def growth(self) -> list[int]:
        """How many members there were at the end of each part, going back from today."""
        later = (each.net for day, each in self.days.items() if day > self.span.last)
        many, found = self.members - sum(later), []
        for part in reversed(self.parts(self.span)):
            found.append(max(0, many))
            many -= part.net
        return found[::-1]

    def _within(self, span: Span) -> list[tuple[date, Counts]]:
        return [(day, each) for day, each in self.days.items() if span.first <= day <= span.last]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShare:
    """What happened in one channel, and how many messages it had in as many days before."""

    channel_id: int
    name: str
    messages: int
    characters: int
    edited: int
    deleted: int
    voice_ms: int
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonShare:
    """What one person did; `people` is how many did anything of the kind they are ranked by."""

    user_id: int
    member: Member | None
    messages: int
    characters: int
    words: int
    voice_ms: int
    active_days: int
    rank: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """Those who came in one week, and what became of them; None where it is too early to say."""

    week: date
    came: int
    wrote: int | None
    returned: int | None
    stayed: int | None
    remained: int | None


def look_over(*, guild: Guild, span: Span) -> Overview:
    """Return what a server counted in these days, and in as many before."""
    # The picture's weeks before begin up to one earlier than the days before.
    bounds = span.before.bounds["since"] - WEEK, timezone.now() + timedelta(days=1)
    rows = GuildHour.objects.of(guild.pk).between(*bounds).daily()
    days = {row.pop("day"): Counts(**row) for row in rows}
    spans = {"now": (span.first, span.last), "before": (span.before.first, span.before.last)}
    theirs = MemberDay.objects.of(guild.pk).between(span.before.first, span.last)
    active = theirs.active_people(**spans)
    return Overview(span, days, active["now"], active["before"], guild.member_count)


def hours_of_week(*, guild_id: int, span: Span) -> list[list[int]]:
    """Return the messages of each hour of the week: seven days from Monday on, 24 hours each."""
    bounds = span.bounds
    rows = GuildHour.objects.of(guild_id).between(bounds["since"], bounds["until"])
    week = [[0] * HOURS for _ in range(DAYS_OF_WEEK)]
    for row in rows.by_hour_of_week():
        week[row["weekday"] - 1][row["at"]] = row["messages"]
    return week


def busiest_channels(*, guild_id: int, span: Span) -> list[ChannelShare]:
    """Return the channels in which most happened, most messages first."""
    days, earlier = ChannelDay.objects.of(guild_id), span.before
    found = list(days.between(span.first, span.last).busiest()[:MOST_CHANNELS])
    ids = [row["channel_id"] for row in found]
    before = days.between(earlier.first, earlier.last).filter(channel_id__in=ids).busiest()
    many = {row["channel_id"]: row["messages"] for row in before}
    names = names_of_channels(guild_id=guild_id, ids=ids)
    return [
        ChannelShare(**row, name=names[row["channel_id"]], before=many.get(row["channel_id"], 0))
        for row in found
    ]


def leading_people(
    *, guild_id: int, span: Span, by: str = "messages", most: int = MOST_PEOPLE
) -> list[PersonShare]:
    """Return who did most, with their rank among all who did anything of the kind."""
    days = MemberDay.objects.of(guild_id).between(span.first, span.last)
    found: list[dict[str, Any]] = list(days.leading(by)[:most])
    people = members_by_id(guild_id=guild_id, ids=[row["user_id"] for row in found])
    return [PersonShare(**row, member=people.get(row["user_id"])) for row in found]


def newcomers_by_week(*, guild_id: int, span: Span, now: datetime) -> list[Newcomers]:
    """Return what became of those who came in each week; what cannot be known yet is None."""
    bounds = span.bounds
    joins = MemberEvent.objects.of(guild_id).between(bounds["since"], bounds["until"])
    return [_cohort(row, now) for row in joins.newcomers()]


def names_of_channels(*, guild_id: int, ids: Sequence[int]) -> dict[int, str]:
    """Return what channels are called; those nobody ever saw go by their id."""
    rows = Channel.objects.filter(guild_id=guild_id, pk__in=ids)
    known = rows.exclude(name="").values_list("pk", "name", "kind")
    told = {pk: name if kind in SPOKEN else f"#{name}" for pk, name, kind in known}
    return {each: told.get(each) or f"Channel {each}" for each in ids}


def members_by_id(*, guild_id: int, ids: Sequence[int]) -> dict[int, Member]:
    """Return people of a server by their Discord ids."""
    found = Member.objects.filter(guild_id=guild_id, user_id__in=ids).select_related("user")
    return {member.user_id: member for member in found}


def _cohort(row: dict[str, Any], now: datetime) -> Newcomers:
    told, days = dict(row), {"wrote": 7, "stayed": 7, "returned": 14, "remained": 30}
    last = told.pop("week") + timedelta(days=7)
    for name, needed in days.items():
        if last + timedelta(days=needed) > now:
            told[name] = None
    return Newcomers(week=row["week"].date(), **told)
