"""XP: what new messages earn, in the transaction that stores them, and who rises by it.

Nothing is read, added and written back: counters grow in the database, in one order for everybody.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from django.db import transaction

from activity.services.announcing import announce_levels
from activity.services.counting import day_of
from activity.services.curve import Risen, level_of
from activity.services.known import DAY, DaysOfPeople, Known, Person
from activity.services.rewards import give_rewards
from activity.services.trips import array_of, go
from activity.services.worth import Market
from activity.snowflakes import moment_of

if TYPE_CHECKING:
    from activity.services.messages import Message

NEVER = -1 << 62
PROGRESS = """
INSERT INTO activity_progress AS known (guild_id, user_id, xp, level, earned_at)
SELECT guild_id, user_id, xp, 0, earned_at
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[])
    AS earned (guild_id, user_id, xp, earned_at)
ON CONFLICT (guild_id, user_id) DO UPDATE
SET xp = known.xp + excluded.xp, earned_at = greatest(known.earned_at, excluded.earned_at)
RETURNING guild_id, user_id, xp, level
"""
EVERYWHERE = """
INSERT INTO activity_globalprogress AS known (user_id, xp)
SELECT user_id, xp FROM unnest(%s::bigint[], %s::bigint[]) AS earned (user_id, xp)
ON CONFLICT (user_id) DO UPDATE SET xp = known.xp + excluded.xp
"""
RISE = """
UPDATE activity_progress AS known SET level = risen.level
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS risen (guild_id, user_id, level)
WHERE known.guild_id = risen.guild_id AND known.user_id = risen.user_id
"""


@dataclass(slots=True)
class Earned:
    """What one person earned in one server by one batch of messages."""

    total: int
    days: dict[date, int]
    last: "Message"


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a batch of messages is about to earn, person by person in the order of their keys."""

    people: Mapping[Person, Earned]
    count: int

    @property
    def days(self) -> dict[tuple[int, int, date], int]:
        """The same, day by day."""
        return {(*who, day): xp for who, of in self.people.items() for day, xp in of.days.items()}


def weigh(*, days: DaysOfPeople, known: Known) -> Earnings:
    """Return what messages earn that are stored for the first time; nothing is written yet.

    Whoever earned something earns nothing for a while, by the time of the messages.
    """
    market = Market([*chain.from_iterable(days.values())], known.terms)
    people: dict[Person, Earned] = {}
    count = 0
    for (guild_id, user_id, _), written in sorted(days.items(), key=itemgetter(0)):
        person = guild_id, user_id
        if terms := market.terms.get(guild_id):
            of = people.get(person)
            last = of.last.id >> 22 if of else known.earned.get(person, NEVER)
            for each in _paid(last, terms.pause_ms, written, market):
                _note(people, person, *each)
                count += 1
    return Earnings(people, count)


@transaction.atomic(savepoint=False)
def earn(*, earnings: Earnings) -> None:
    """Let people have what they earned; whoever rises by it is told, and given what it brings."""
    if earnings.people:
        rise(_add(earnings.people))


def rise(risen: Collection[Risen]) -> None:
    """Write down new levels, tell of them, and give what they bring."""
    if not risen:
        return
    go((RISE, _columns([(each.guild_id, each.user_id, each.level) for each in risen])))
    give_rewards(risen)
    announce_levels(risen)


def _paid(
    last: int, pause_ms: int, written: Sequence["Message"], market: Market
) -> Iterator[tuple["Message", int]]:
    """Yield which messages of one person earn how much, in the order in which they were written."""
    if (max(each.id for each in written) >> 22) - last < pause_ms:
        return
    for each in sorted(written, key=attrgetter("id")):
        if (at := each.id >> 22) - last >= pause_ms and (xp := market.worth(each)):
            last = at
            yield each, xp


def _note(earned: dict[Person, Earned], person: Person, message: "Message", xp: int) -> None:
    day = day_of((message.id >> 22) // DAY)
    of = earned.setdefault(person, Earned(0, {}, message))
    of.total += xp
    of.days[day] = of.days.get(day, 0) + xp
    of.last = message


def _add(earned: Mapping[Person, Earned]) -> list[Risen]:
    """Add up what each person earned, here and everywhere, and return who reached a level."""
    everywhere: dict[int, int] = {}
    for (_, user_id), of in earned.items():
        everywhere[user_id] = everywhere.get(user_id, 0) + of.total
    here = [(*who, of.total, moment_of(of.last.id)) for who, of in earned.items()]
    grown, _ = go((PROGRESS, _columns(here)), (EVERYWHERE, _columns(sorted(everywhere.items()))))
    return [
        _risen(earned[guild_id, user_id].last, before, level)
        for guild_id, user_id, xp, before in grown
        if (level := level_of(xp)) > before
    ]


def _risen(last: "Message", before: int, level: int) -> Risen:
    at = moment_of(last.id)
    return Risen(last.guild_id, last.user_id, before, level, last.channel_id, at)


def _columns(rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Return rows as they are handed over: column by column."""
    return [*map(array_of, zip(*rows, strict=True))]
