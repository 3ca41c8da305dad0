"""Counters that are not of messages: time in voice, comings and goings; added to what stands.

Tables in one order and rows by key, so that two writers wait for each other instead of for ever.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import connection

from activity.services.rooms import Span, ms_of

HOUR = timedelta(hours=1)

MEMBER_DAYS = """
INSERT INTO activity_memberday
    (guild_id, user_id, day, messages, characters, words, attachments, blocks, xp, voice_ms)
SELECT %(guild)s, told.person, told.day, 0, 0, 0, 0, 0, 0, told.ms
FROM unnest(%(people)s::bigint[], %(days)s::date[], %(ms)s::bigint[]) AS told (person, day, ms)
ON CONFLICT (guild_id, user_id, day)
DO UPDATE SET voice_ms = activity_memberday.voice_ms + EXCLUDED.voice_ms
"""
CHANNEL_DAYS = """
INSERT INTO activity_channelday
    (guild_id, channel_id, day, messages, characters, edited, deleted, voice_ms)
SELECT %(guild)s, told.channel, told.day, 0, 0, 0, 0, told.ms
FROM unnest(%(channels)s::bigint[], %(days)s::date[], %(ms)s::bigint[]) AS told (channel, day, ms)
ON CONFLICT (guild_id, channel_id, day)
DO UPDATE SET voice_ms = activity_channelday.voice_ms + EXCLUDED.voice_ms
"""
HOURS = """
INSERT INTO activity_guildhour
    (guild_id, hour, messages, edited, deleted, joins, leaves, voice_ms)
SELECT %(guild)s, told.hour, 0, 0, 0, told.joins, told.leaves, told.ms
FROM unnest(%(hours)s::timestamptz[], %(joins)s::int[], %(leaves)s::int[], %(ms)s::bigint[])
    AS told (hour, joins, leaves, ms)
ON CONFLICT (guild_id, hour) DO UPDATE SET
    joins = activity_guildhour.joins + EXCLUDED.joins,
    leaves = activity_guildhour.leaves + EXCLUDED.leaves,
    voice_ms = activity_guildhour.voice_ms + EXCLUDED.voice_ms
"""
TOTALS = """
INSERT INTO activity_membertotals (guild_id, user_id, messages, voice_ms, first_at, last_at)
SELECT %(guild)s, told.person, 0, told.ms, told.first_at, told.last_at
FROM unnest(%(people)s::bigint[], %(ms)s::bigint[], %(first)s::timestamptz[],
    %(last)s::timestamptz[]) AS told (person, ms, first_at, last_at)
ON CONFLICT (guild_id, user_id) DO UPDATE SET
    voice_ms = activity_membertotals.voice_ms + EXCLUDED.voice_ms,
    first_at = least(activity_membertotals.first_at, EXCLUDED.first_at),
    last_at = greatest(activity_membertotals.last_at, EXCLUDED.last_at)
"""


class Tallies:
    """What is to be added to the counters of one server, all at once."""

    def __init__(self, guild_id: int) -> None:
        self._guild_id = guild_id
        self._people: Counter[tuple[int, date]] = Counter()
        self._channels: Counter[tuple[int, date]] = Counter()
        self._voice: Counter[datetime] = Counter()
        self._joins: Counter[datetime] = Counter()
        self._leaves: Counter[datetime] = Counter()
        self._seen: dict[int, tuple[int, datetime, datetime]] = {}

    def add_spans(self, spans: Iterable[Span]) -> None:
        """Add time in voice, to each day and each hour its own."""
        for span in spans:
            for hour, ms in hours_of(span.start, span.end):
                self._people[span.user_id, hour.date()] += ms
                self._channels[span.channel_id, hour.date()] += ms
                self._voice[hour] += ms
            ms, first, last = self._seen.get(span.user_id, (0, span.start, span.end))
            whole = ms + ms_of(span.end) - ms_of(span.start)
            self._seen[span.user_id] = whole, min(first, span.start), max(last, span.end)

    def add_joins(self, moments: Iterable[datetime]) -> None:
        """Add people who came in."""
        self._joins.update(map(hour_of, moments))

    def add_leaves(self, moments: Iterable[datetime]) -> None:
        """Add people who left."""
        self._leaves.update(map(hour_of, moments))

    def write(self) -> None:
        """Add it all to what stands."""
        self._write_days(MEMBER_DAYS, "people", self._people)
        self._write_days(CHANNEL_DAYS, "channels", self._channels)
        self._write_hours()
        self._write_totals()

    def _write_days(self, statement: str, whose: str, days: Counter[tuple[int, date]]) -> None:
        keys = sorted(key for key, ms in days.items() if ms)
        told = {whose: [key for key, _ in keys], "days": [day for _, day in keys]}
        self._write(statement, {**told, "ms": [days[key] for key in keys]})

    def _write_hours(self) -> None:
        hours = sorted({*+self._joins, *+self._leaves, *+self._voice})
        told = {"joins": self._joins, "leaves": self._leaves, "ms": self._voice}
        columns = {name: [count[hour] for hour in hours] for name, count in told.items()}
        self._write(HOURS, {"hours": hours, **columns})

    def _write_totals(self) -> None:
        people = sorted(self._seen)
        rows = [self._seen[user_id] for user_id in people]
        ms, first, last = ([row[place] for row in rows] for place in range(3))
        self._write(TOTALS, {"people": people, "ms": ms, "first": first, "last": last})

    def _write(self, statement: str, columns: dict[str, list[object]]) -> None:
        if any(columns.values()):
            with connection.cursor() as cursor:
                cursor.execute(statement, {"guild": self._guild_id, **columns})


def hours_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Cut a span of time at full hours; yield each hour with its milliseconds, which add up."""
    while start < end:
        until = min(hour_of(start) + HOUR, end)
        yield hour_of(start), ms_of(until) - ms_of(start)
        start = until


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of a moment began."""
    return moment.replace(minute=0, second=0, microsecond=0)
