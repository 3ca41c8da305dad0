"""How fast messages are stored with everything counted of them, beside the server's own COPY.

The other side is one COPY of ready-made bytes into the same table, months, rows and all: what the
server does for rows alone, with nothing left for the client to do. Of every way the best of several
rounds is told, and what it cost in CPU, the client's and the server's: that a busy machine leaves
as it is.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from activity.models import ChannelDay, MemberDay, MessageEvent
from activity.partitions import make_month, months_from
from activity.services.counters import Sums, add_up
from activity.services.counting import (
    OF_CHANNEL_DAY,
    OF_MEMBER_DAY,
    _channel_days,
    _hours_of_channels,
    _member_days,
)
from activity.services.known import UNHURRIED, days_of_people
from activity.services.messages import COPY, Message, as_copied, copy_messages, write_batch
from activity.services.proving import find_breaches
from activity.services.trips import go
from activity.snowflakes import first_id_at
from benchmarks import Figure, best_of, cpu_spent
from benchmarks.bot import CHANNEL, GUILD, USER
from benchmarks.ingest import CHANNELS, GUILDS, PEOPLE, conversation, make_servers
from community.scope import cross_guild, guild_scope

Write = Callable[[Sequence[Message]], object]

# Some weeks in which everybody wrote: tables as they are after a while. What is proved comes later.
BEFORE = f"""
INSERT INTO activity_messageevent (guild_id, id, channel_id, user_id, characters, words,
    has_attachment, has_embed, is_reply)
SELECT {GUILD} + n %% {2 * GUILDS}, %s + (%s * n), {CHANNEL} + n %% {GUILDS} * {CHANNELS},
    {USER} + n %% {GUILDS} * {PEOPLE} + n / {2 * GUILDS} %% {PEOPLE}, 60, 12, false, false, false
FROM generate_series(1, %s::bigint) AS n
"""  # noqa: S608
# What follows from these: so that what is written now finds everybody's rows among many.
COUNTED = """
INSERT INTO activity_memberday
    (guild_id, user_id, day, messages, characters, words, attachments, blocks, voice_ms)
SELECT guild_id, user_id, date '2015-01-01' + ((id >> 22) / 86400000)::int, count(*),
    sum(characters), sum(words), 0, count(DISTINCT (id >> 22) / 600000), 0
FROM activity_messageevent GROUP BY 1, 2, 3 ORDER BY 3;
INSERT INTO activity_channelday (guild_id, channel_id, day, messages, characters, edited, deleted,
    voice_ms)
SELECT guild_id, channel_id, date '2015-01-01' + ((id >> 22) / 86400000)::int, count(*),
    sum(characters), 0, 0, 0
FROM activity_messageevent GROUP BY 1, 2, 3 ORDER BY 3;
INSERT INTO activity_membertotals (guild_id, user_id, messages, voice_ms, first_at, last_at)
SELECT guild_id, user_id, sum(messages), 0, min(day), max(day) + interval '1 day'
FROM activity_memberday GROUP BY 1, 2
"""
TWIN = "CREATE TABLE copied (LIKE activity_messageevent INCLUDING ALL) PARTITION BY RANGE (id)"
MONTH = "CREATE TABLE {} PARTITION OF copied FOR VALUES FROM ({}) TO ({})"
ALIKE = "INSERT INTO copied SELECT * FROM activity_messageevent"
TO_TWIN = COPY.replace("activity_messageevent", "copied")
SIZES = ((1_000, 0.33), (5_000, 0.45))
ROUNDS = 4
ON_DISK = """
SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
WHERE inhparent = 'activity_messageevent'::regclass
"""


def measure(*, quick: bool) -> Iterator[Figure]:
    """Write conversations in each way, turn by turn; then tell some of it again."""
    number, before = (10_000, 50_000) if quick else (60_000, 2_000_000)
    with cross_guild("the bench writes for many servers"):
        make_servers()
        _have_a_past(before)
        alone, ways = _compare(number)
        again, stays = _replay(number)
        size = _bytes_of_a_message()
    wrong = sum(_wrong(GUILD + place) for place in range(GUILDS))
    yield Figure("rows alone, by the server's COPY", number / alone.took, "per s")
    for (what, count), cost in ways.items():
        goal = dict(SIZES)[count] if what is _with_two_counters else None
        yield Figure(f"{NAMES[what]}, {count:,} at once", number / cost.took, "per s")
        yield Figure("... beside that COPY", alone.took / cost.took, "x", goal, or_more=True)
        yield Figure("... CPU of a message", cost.cpu / number * 1e6, "us")
        yield Figure("... beside that COPY's CPU", alone.cpu / cost.cpu, "x")
    yield Figure("told again, beside the first time", again / ways[_whole, 1_000].took, "x")
    yield Figure("... messages that it counted twice", stays, "", 0)
    yield Figure("a message on disk, with both indexes", size, "bytes")
    yield Figure("tables of counters that are wrong", wrong, "", 0)


@dataclass(slots=True)
class Cost:
    """What the best round took, and what the cheapest cost, in seconds."""

    took: float = 1e9
    cpu: float = 1e9

    def note(self, deed: Callable[[], object]) -> None:
        """Do something once more."""
        spent, began = cpu_spent(), time.perf_counter()
        deed()
        self.took = min(self.took, time.perf_counter() - began)
        self.cpu = min(self.cpu, cpu_spent() - spent)


def _have_a_past(many: int) -> None:
    since = timezone.now() - timedelta(days=28)
    step = (23 * 86_400_000 // many << 22) + 1
    with connection.cursor() as cursor:
        cursor.execute(TWIN)
        for month in months_from(since, 3):
            make_month("activity_messageevent", month)
            cursor.execute(MONTH.format(month.name("copied"), *month.span))
        cursor.execute(BEFORE, [first_id_at(since), step, many])
        cursor.execute(f"{COUNTED};{ALIKE}")
        cursor.execute("VACUUM ANALYZE")


def _compare(number: int) -> tuple[Cost, dict[tuple[Write, int], Cost]]:
    """Return what the server's way costs alone, and each of ours in batches of each size."""
    alone, ways = Cost(), {(write, count): Cost() for write in NAMES for count in dict(SIZES)}
    for _ in range(ROUNDS):
        alone.note(_copied(conversation(number)))
        for (write, count), cost in ways.items():
            messages = conversation(number)
            told = messages if write is _whole else _elsewhere(messages)
            cost.note(_written(write, count, told))
    return alone, ways


def _written(write: Write, count: int, messages: Sequence[Message]) -> Callable[[], None]:
    batches = [messages[start : start + count] for start in range(0, len(messages), count)]

    def write_all() -> None:
        for batch in batches:
            write(batch)

    return write_all


def _whole(batch: Sequence[Message]) -> None:
    write_batch(told=batch)


@transaction.atomic
def _with_two_counters(batch: Sequence[Message]) -> None:
    """Write rows and the two counters that the goals were set with."""
    go((UNHURRIED, []))
    with copy_messages(batch):
        people = dict(_member_days(days_of_people(batch), (), {}))
        channels = _channel_days(_hours_of_channels(batch))
    add_up(Sums(MemberDay, OF_MEMBER_DAY, people), Sums(ChannelDay, OF_CHANNEL_DAY, channels))


def _elsewhere(messages: Sequence[Message]) -> Sequence[Message]:
    """Return messages as written in servers that nobody proves, as not all of them is counted."""
    return [each._replace(guild_id=each.guild_id + GUILDS) for each in messages]


NAMES: dict[Write, str] = {
    _with_two_counters: "stored with two counters",
    _whole: "stored with all counters and XP",
}


def _copied(messages: Sequence[Message]) -> Callable[[], None]:
    told = as_copied(messages)

    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(TO_TWIN) as target:
            target.write(told)

    return copy


def _replay(number: int) -> tuple[float, int]:
    """Tell the same twice; return how long the second time took, and what it changed."""
    messages = conversation(number)
    _written(_whole, 1_000, messages)()
    before = sum(MemberDay.objects.values_list("messages", flat=True))
    again = best_of(1, _written(_whole, 1_000, messages))
    return again, sum(MemberDay.objects.values_list("messages", flat=True)) - before


def _bytes_of_a_message() -> float:
    with connection.cursor() as cursor:
        cursor.execute(ON_DISK)
        return float(cursor.fetchone()[0]) / MessageEvent.objects.count()


def _wrong(guild_id: int) -> int:
    with guild_scope(guild_id):
        return len(list(find_breaches(guild_id=guild_id, now=timezone.now())))
