"""What new messages, and changes to old ones, mean for the counters of days and hours."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.services.counters import add_up
from activity.snowflakes import moment_of

if TYPE_CHECKING:
    from activity.services.messages import Message

# Spans in the milliseconds that ids carry; each is told by its number since the first of them.
DAY, HOUR, BLOCK = 86_400_000, 3_600_000, 600_000
OF_MEMBER_DAY = ("messages", "characters", "words", "attachments", "blocks", "xp")
OF_CHANNEL_DAY = ("messages", "characters", "edited", "deleted")
OF_GUILD_HOUR = ("messages", "edited", "deleted")
OF_TOTALS = ("messages", "first_at", "last_at")

Day = tuple[int, int, date]  # of a person in a server
DaysOfPeople = dict[tuple[int, int, int], list["Message"]]
HoursOfChannels = dict[tuple[int, int, int], list[int]]  # as OF_CHANNEL_DAY names them


class Block(NamedTuple):
    """Ten minutes of one person in one server."""

    guild_id: int
    user_id: int
    number: int

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last id that can be made in it."""
        return self.number * BLOCK << 22, ((self.number + 1) * BLOCK << 22) - 1


class Changed(NamedTuple):
    """A message that was changed or deleted for the first time."""

    guild_id: int
    id: int
    channel_id: int


def block_of(message: "Message") -> Block:
    """Return the ten minutes in which a message was written."""
    return Block(message.guild_id, message.user_id, (message.id >> 22) // BLOCK)


def count_messages(
    *,
    messages: Sequence["Message"],
    known: Collection[Block],
    edited: Iterable[Changed],
    deleted: Iterable[Changed],
    earned: Mapping[Day, int],
) -> None:
    """Count messages that are new, in blocks that may be known, and what became of older ones.

    `earned` is the XP of the new ones, for each day of a person.
    """
    days: DaysOfPeople = defaultdict(list)
    for each in messages:
        days[each.guild_id, each.user_id, (each.id >> 22) // DAY].append(each)
    hours = _hours_of_channels(messages, edited, deleted)
    add_up(MemberDay, OF_MEMBER_DAY, dict(_member_days(days, known, earned)))
    add_up(ChannelDay, OF_CHANNEL_DAY, _channel_days(hours))
    add_up(GuildHour, OF_GUILD_HOUR, _guild_hours(hours))
    add_up(MemberTotals, OF_TOTALS, _totals(days))


def _member_days(
    days: DaysOfPeople, known: Collection[Block], earned: Mapping[Day, int]
) -> Iterator[tuple[Day, list[int]]]:
    for (guild_id, user_id, number), written in days.items():
        day = guild_id, user_id, day_of(number)
        yield (
            day,
            [
                len(written),
                sum(each.characters for each in written),
                sum(each.words for each in written),
                sum(each.has_attachment for each in written),
                len({block_of(each) for each in written}.difference(known)),
                earned.get(day, 0),
            ],
        )


def _totals(days: DaysOfPeople) -> dict[tuple[int, int], tuple[int, datetime, datetime]]:
    ids: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (guild_id, user_id, _), written in days.items():
        ids[guild_id, user_id] += (each.id for each in written)
    return {
        person: (len(each), moment_of(min(each)), moment_of(max(each)))
        for person, each in ids.items()
    }


def _hours_of_channels(
    messages: Iterable["Message"], edited: Iterable[Changed], deleted: Iterable[Changed]
) -> HoursOfChannels:
    hours: HoursOfChannels = defaultdict(lambda: [0, 0, 0, 0])
    for each in messages:
        sums = hours[each.guild_id, each.channel_id, (each.id >> 22) // HOUR]
        sums[0] += 1
        sums[1] += each.characters
    for place, changed in ((2, edited), (3, deleted)):
        for one in changed:
            hours[one.guild_id, one.channel_id, (one.id >> 22) // HOUR][place] += 1
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
