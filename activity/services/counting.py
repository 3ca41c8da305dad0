"""What new messages, and changes to old ones, mean for the counters of days and hours."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.services.counters import Sums, add_up
from activity.services.known import DAY, Block, DaysOfPeople, blocks_of
from activity.snowflakes import moment_of

if TYPE_CHECKING:
    from activity.services.messages import Message

HOUR = 3_600_000
OF_MEMBER_DAY = ("messages", "characters", "words", "attachments", "blocks", "xp")
OF_CHANNEL_DAY = ("messages", "characters", "edited", "deleted")
OF_GUILD_HOUR = ("messages", "edited", "deleted")
OF_TOTALS = ("messages", "first_at", "last_at")

Day = tuple[int, int, date]  # of a person in a server
HoursOfChannels = dict[tuple[int, int, int], list[int]]  # as OF_CHANNEL_DAY names them


class Changed(NamedTuple):
    """A message that was changed or deleted for the first time."""

    guild_id: int
    id: int
    channel_id: int


class Counts:
    """What a batch of messages, and of changes to older ones, adds to the counters."""

    def __init__(
        self, *, days: DaysOfPeople, known: Collection[Block], earned: Mapping[Day, int]
    ) -> None:
        """Count messages that are new, in blocks that may be known, and what each day earned."""
        self._people = dict(_member_days(days, known, earned))
        self._totals = _totals(days)
        self._hours = _hours_of_channels(chain.from_iterable(days.values()))

    def add_changes(self, *, edited: Iterable[Changed], deleted: Iterable[Changed]) -> None:
        """Count what became of messages, in the hours in which they were written."""
        for place, changed in ((2, edited), (3, deleted)):
            for each in changed:
                self._hours[each.guild_id, each.channel_id, (each.id >> 22) // HOUR][place] += 1

    def write(self) -> None:
        """Add it all to what stands."""
        add_up(
            Sums(MemberDay, OF_MEMBER_DAY, self._people),
            Sums(ChannelDay, OF_CHANNEL_DAY, _channel_days(self._hours)),
            Sums(GuildHour, OF_GUILD_HOUR, _guild_hours(self._hours)),
            Sums(MemberTotals, OF_TOTALS, self._totals),
        )


def _member_days(
    days: DaysOfPeople, known: Collection[Block], earned: Mapping[Day, int]
) -> Iterator[tuple[Day, list[int]]]:
    for key, written in days.items():
        day = key[0], key[1], day_of(key[2])
        _, _, _, _, characters, words, files, *_ = zip(*written, strict=True)
        fresh = blocks_of(key, written).difference(known)
        counts = [len(written), sum(characters), sum(words), sum(files), len(fresh)]
        yield day, [*counts, earned.get(day, 0)]


def _totals(days: DaysOfPeople) -> dict[tuple[int, int], tuple[int, datetime, datetime]]:
    ids: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (guild_id, user_id, _), written in days.items():
        ids[guild_id, user_id] += [each.id for each in written]
    return {
        person: (len(each), moment_of(min(each)), moment_of(max(each)))
        for person, each in ids.items()
    }


def _hours_of_channels(messages: Iterable["Message"]) -> HoursOfChannels:
    hours: HoursOfChannels = defaultdict(lambda: [0, 0, 0, 0])
    for each in messages:
        sums = hours[each.guild_id, each.channel_id, (each.id >> 22) // HOUR]
        sums[0] += 1
        sums[1] += each.characters
    return hours


def _channel_days(hours: HoursOfChannels) -> dict[tuple[int, int, date], list[int]]:
    days: dict[tuple[int, int, date], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (guild_id, channel_id, hour), sums in hours.items():
        day = days[guild_id, channel_id, day_of(hour * HOUR // DAY)]
        day[:] = map(sum, zip(day, sums, strict=True))
    return days


def _guild_hours(hours: HoursOfChannels) -> dict[tuple[int, datetime], list[int]]:
    found: dict[tuple[int, datetime], list[int]] = defaultdict(lambda: [0, 0, 0])
    for (guild_id, _, hour), (messages, _, edited, deleted) in hours.items():
        sums = found[guild_id, hour_of(hour)]
        sums[:] = map(sum, zip(sums, (messages, edited, deleted), strict=True))
    return found


@lru_cache(maxsize=1_000)
def day_of(number: int) -> date:
    """Return the day that ids of this number were made on."""
    return moment_of(number * DAY << 22).date()


@lru_cache(maxsize=1_000)
def hour_of(number: int) -> datetime:
    """Return when the hour began in which ids of this number were made."""
    return moment_of(number * HOUR << 22)
