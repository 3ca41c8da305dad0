"""XP: what new messages earn, in the transaction that stores them, and who rises by it.

Nothing is read, added and written back: counters grow in the database, in one order for everybody.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from activity.services.announcing import announce_levels
from activity.services.counters import array_of
from activity.services.counting import DAY, day_of
from activity.services.curve import Risen, level_of
from activity.services.rewards import give_rewards
from activity.services.worth import Market
from activity.snowflakes import first_id_at, moment_of

if TYPE_CHECKING:
    from activity.services.messages import Message

Person = tuple[int, int]  # in which server, and who

EARNED_LAST = """
SELECT known.guild_id, known.user_id, known.earned_at
FROM unnest(%s::bigint[], %s::bigint[]) AS asked (guild_id, user_id)
JOIN activity_progress known ON known.guild_id = asked.guild_id AND known.user_id = asked.user_id
WHERE known.earned_at IS NOT NULL
"""
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


def weigh(*, messages: Collection["Message"]) -> Earnings:
    """Return what messages earn that were stored for the first time; nothing is written yet.

    Whoever earned something earns nothing for a while, by the time of the messages.
    """
    market = Market(messages)
    worth = [each for each in messages if each.guild_id in market.terms]
    people, count = _earned(sorted(worth, key=attrgetter("id")), market)
    return Earnings(dict(sorted(people.items())), count)


@transaction.atomic(savepoint=False)
def earn(*, earnings: Earnings) -> None:
    """Let people have what they earned; whoever rises by it is told, and given what it brings."""
    if earnings.people:
        rise(_add(earnings.people))


def rise(risen: Collection[Risen]) -> None:
    """Write down new levels, tell of them, and give what they bring."""
    if not risen:
        return
    _execute(RISE, [(each.guild_id, each.user_id, each.level) for each in risen])
    give_rewards(risen)
    announce_levels(risen)


def _earned(messages: Iterable["Message"], market: Market) -> tuple[dict[Person, Earned], int]:
    """Return what each person earned by messages in the order in which they were written."""
    last = _last_earned({(each.guild_id, each.user_id) for each in messages})
    earned: dict[Person, Earned] = {}
    count = 0
    for each in messages:
        person, at = (each.guild_id, each.user_id), each.id >> 22
        if at - last.get(person, -1 << 62) < market.terms[each.guild_id].pause_ms:
            continue
        if xp := market.worth(each):
            last[person] = at
            count += 1
            _note(earned, person, each, xp)
    return earned, count


def _note(earned: dict[Person, Earned], person: Person, message: "Message", xp: int) -> None:
    day = day_of((message.id >> 22) // DAY)
    of = earned.setdefault(person, Earned(0, {}, message))
    of.total += xp
    of.days[day] = of.days.get(day, 0) + xp
    of.last = message


def _last_earned(people: Collection[Person]) -> dict[Person, int]:
    """Return when each person last earned something, in milliseconds of Discord's time."""
    rows = _execute(EARNED_LAST, sorted(people)) if people else []
    return {(guild_id, user_id): first_id_at(at) >> 22 for guild_id, user_id, at in rows}


def _add(earned: Mapping[Person, Earned]) -> list[Risen]:
    """Add up what each person earned, here and everywhere, and return who reached a level."""
    grown = _execute(
        PROGRESS, [(*who, of.total, moment_of(of.last.id)) for who, of in earned.items()]
    )
    everywhere: dict[int, int] = {}
    for (_, user_id), of in earned.items():
        everywhere[user_id] = everywhere.get(user_id, 0) + of.total
    _execute(EVERYWHERE, sorted(everywhere.items()))
    return [
        _risen(earned[guild_id, user_id].last, before, level)
        for guild_id, user_id, xp, before in grown
        if (level := level_of(xp)) > before
    ]


def _risen(last: "Message", before: int, level: int) -> Risen:
    at = moment_of(last.id)
    return Risen(last.guild_id, last.user_id, before, level, last.channel_id, at)


def _execute(sql: str, rows: Collection[tuple[int | date | datetime, ...]]) -> list[Any]:
    """Run a statement over rows that are handed over column by column."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*map(array_of, zip(*rows, strict=True))])
        return cursor.fetchall() if cursor.description else []
