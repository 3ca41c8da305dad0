"""Counters that are not of messages: time in voice, comings and goings; added to what stands."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.services.counters import Sums, add_up
from activity.services.rooms import Span, ms_of

HOUR = timedelta(hours=1)
OF_GUILD_HOUR = ("joins", "leaves", "voice_ms")
OF_TOTALS = ("voice_ms", "first_at", "last_at")


class Tallies:
    """What is to be added to the counters of one server, all at once."""

    def __init__(self, guild_id: int) -> None:
        self._guild_id = guild_id
        self._people: Counter[tuple[int, int, date]] = Counter()
        self._channels: Counter[tuple[int, int, date]] = Counter()
        self._hours: dict[tuple[int, datetime], list[int]] = {}
        self._seen: dict[tuple[int, int], tuple[int, datetime, datetime]] = {}

    def add_spans(self, spans: Iterable[Span]) -> None:
        """Add time in voice, to each day and each hour its own."""
        for span in spans:
            for hour, ms in hours_of(span.start, span.end):
                self._people[self._guild_id, span.user_id, hour.date()] += ms
                self._channels[self._guild_id, span.channel_id, hour.date()] += ms
                self._add(hour, 2, ms)
            key = self._guild_id, span.user_id
            ms, first, last = self._seen.get(key, (0, span.start, span.end))
            whole = ms + ms_of(span.end) - ms_of(span.start)
            self._seen[key] = whole, min(first, span.start), max(last, span.end)

    def add_joins(self, moments: Iterable[datetime]) -> None:
        """Add people who came in."""
        for moment in moments:
            self._add(moment, 0, 1)

    def add_leaves(self, moments: Iterable[datetime]) -> None:
        """Add people who left."""
        for moment in moments:
            self._add(moment, 1, 1)

    def write(self) -> None:
        """Add it all to what stands."""
        add_up(
            Sums(MemberDay, ["voice_ms"], {key: [ms] for key, ms in self._people.items()}),
            Sums(ChannelDay, ["voice_ms"], {key: [ms] for key, ms in self._channels.items()}),
            Sums(GuildHour, OF_GUILD_HOUR, self._hours),
            Sums(MemberTotals, OF_TOTALS, self._seen),
        )

    def _add(self, moment: datetime, place: int, more: int) -> None:
        self._hours.setdefault((self._guild_id, hour_of(moment)), [0, 0, 0])[place] += more


def hours_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Cut a span of time at full hours; yield each hour with its milliseconds, which add up."""
    while start < end:
        until = min(hour_of(start) + HOUR, end)
        yield hour_of(start), ms_of(until) - ms_of(start)
        start = until


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of a moment began, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
