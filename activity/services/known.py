"""What must be known before messages are written down, asked in one trip."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from activity.services.places import Rule, silent_among
from activity.services.trips import Statement, array_of, go

if TYPE_CHECKING:
    from activity.services.messages import Message

# Spans in the milliseconds that ids carry; each is told by its number since the first of them.
DAY, BLOCK = 86_400_000, 600_000

Person = tuple[int, int]  # in which server, and who
DaysOfPeople = dict[tuple[int, int, int], list["Message"]]  # what each wrote on which day

RULES = """
SELECT guild_id, messages_counted, ignored_channel_ids FROM activity_activitysettings
WHERE guild_id = ANY(%s::bigint[]) AND (NOT messages_counted OR ignored_channel_ids <> '{}')
"""
# All that servers say of XP: a row for each rule of a server, or one without a rule.
TERMS = """
SELECT guild.guild_id, own.xp_min, own.xp_max, own.xp_cooldown,
    rule.subject, rule.subject_id, rule.percent
FROM community_guildsettings AS guild
LEFT JOIN activity_activitysettings AS own ON own.guild_id = guild.guild_id
LEFT JOIN activity_xprule AS rule ON rule.guild_id = guild.guild_id
WHERE guild.guild_id = ANY(%s::bigint[]) AND guild.xp_enabled
"""
EARNED_LAST = """
SELECT known.guild_id, known.user_id,
    (extract(epoch FROM known.earned_at) * 1000)::bigint - 1420070400000
FROM unnest(%s::bigint[], %s::bigint[]) AS asked (guild_id, user_id)
JOIN activity_progress known ON known.guild_id = asked.guild_id AND known.user_id = asked.user_id
WHERE known.earned_at IS NOT NULL
"""
# Nobody waits for the disk: should the database's machine die, what it had not yet written, of some
# tenths of a second, is lost whole, as is what the bot still holds in memory.
UNHURRIED = "SET LOCAL synchronous_commit TO off"
# One look into the index for each person's ten minutes, whatever the planner thinks of them; the
# bounds of all of them let it leave out the other months at once.
BLOCKS = """
SELECT asked.guild_id, asked.user_id, asked.block
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS asked (guild_id, user_id, block, first, last)
CROSS JOIN LATERAL (
    SELECT FROM activity_messageevent AS known
    WHERE known.guild_id = asked.guild_id AND known.user_id = asked.user_id
        AND known.id BETWEEN asked.first AND asked.last AND known.id BETWEEN %s AND %s
    LIMIT 1
) AS found
"""


class Block(NamedTuple):
    """Ten minutes of one person in one server."""

    guild_id: int
    user_id: int
    number: int

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last id that can be made in it."""
        return self.number * BLOCK << 22, ((self.number + 1) * BLOCK << 22) - 1


@dataclass(frozen=True, slots=True)
class Known:
    """What stood before a batch: rules, terms, who had written in which ten minutes, who earned.

    `earned` is when each person last earned something, in milliseconds of Discord's time.
    """

    rules: Sequence[Rule]
    terms: Sequence[tuple[Any, ...]]
    blocks: frozenset[Block]
    earned: dict[Person, int]

    def wanted(self, messages: Sequence["Message"]) -> Sequence["Message"]:
        """Return the messages that their servers want counted."""
        if not self.rules:
            return messages
        asked: dict[int, set[int]] = defaultdict(set)
        for each in messages:
            asked[each.guild_id].add(each.channel_id)
        silent = silent_among(asked, self.rules)
        return [each for each in messages if (each.guild_id, each.channel_id) not in silent]


def days_of_people(messages: Iterable["Message"]) -> DaysOfPeople:
    """Return messages by who wrote them on which day."""
    days: DaysOfPeople = defaultdict(list)
    for each in messages:
        days[each.guild_id, each.user_id, (each.id >> 22) // DAY].append(each)
    return days


def blocks_of(of_day: tuple[int, int, int], written: Iterable["Message"]) -> set[Block]:
    """Return the ten minutes in which somebody wrote something."""
    guild_id, user_id, _ = of_day
    numbers = {(each.id >> 22) // BLOCK for each in written}
    return {Block(guild_id, user_id, number) for number in numbers}


def ask_before(days: DaysOfPeople) -> Known:
    """Return what is known of the servers and the people of some messages."""
    if not days:
        return Known([], [], frozenset(), {})
    guild_ids = array_of(sorted({guild_id for guild_id, _, _ in days}))
    people = zip(*sorted({day[:2] for day in days}), strict=True)
    _, rules, terms, blocks, earned = go(
        (UNHURRIED, []),
        (RULES, [guild_ids]),
        (TERMS, [guild_ids]),
        _about_blocks(days),
        (EARNED_LAST, [*map(array_of, people)]),
    )
    at = {(guild_id, user_id): at for guild_id, user_id, at in earned}
    return Known([Rule(*row) for row in rules], terms, frozenset(map(Block._make, blocks)), at)


def _about_blocks(days: DaysOfPeople) -> Statement:
    blocks = set(chain.from_iterable(blocks_of(*each) for each in days.items()))
    columns = [*zip(*((*block, *block.span) for block in sorted(blocks)), strict=True)]
    return BLOCKS, [*map(array_of, columns), min(columns[3]), max(columns[4])]
