"""Whether keeping messages costs more with more servers, more stored, smaller batches, two writers.

Cost is CPU, the client's and the server's together: a busy machine then says the same as a quiet
one. Where the server's processes cannot be seen from here, it is time.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import get_context

from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone

from activity.models import GuildHour, MemberDay, MessageEvent
from activity.partitions import make_month, months_from
from activity.services.messages import Message, write_batch
from activity.services.months import TABLE
from activity.snowflakes import first_id_at
from benchmarks import Figure, cpu_spent
from benchmarks.bot import CHANNEL, GUILD, USER
from benchmarks.ingest import PEOPLE, conversation, make_servers
from community.scope import cross_guild

SERVERS = (10, 100, 1_000, 10_000)
STORED_IN = 1_000  # servers
MONTH = timedelta(days=28)
# Rows of some weeks, evenly over servers and people, with all that is counted of them.
FILL = f"""
WITH told AS (
    INSERT INTO activity_messageevent (guild_id, id, channel_id, user_id, characters, words,
        has_attachment, has_embed, is_reply)
    SELECT {GUILD} + n %% {STORED_IN}, %(first)s + (n * %(step)s), {CHANNEL} + n %% {STORED_IN},
        {USER} + n %% {STORED_IN} * {PEOPLE} + n / {STORED_IN} %% {PEOPLE}, 60, 12, false, false,
        false
    FROM generate_series(%(start)s::bigint, %(end)s::bigint - 1) AS n
    RETURNING guild_id, id, user_id
), day AS (
    INSERT INTO activity_memberday AS known (guild_id, user_id, day, messages, characters, words,
        attachments, blocks, voice_ms)
    SELECT guild_id, user_id, date '2015-01-01' + ((id >> 22) / 86400000)::int, count(*), 0, 0, 0,
        0, 0
    FROM told GROUP BY 1, 2, 3
    ON CONFLICT (guild_id, user_id, day) DO UPDATE SET messages = known.messages + excluded.messages
)
INSERT INTO activity_guildhour AS known (guild_id, hour, messages, edited, deleted, joins, leaves,
    voice_ms)
SELECT guild_id, timestamptz '2015-01-01Z' + (id >> 22) / 3600000 * interval '1 hour', count(*),
    0, 0, 0, 0, 0
FROM told GROUP BY 1, 2
ON CONFLICT (guild_id, hour) DO UPDATE SET messages = known.messages + excluded.messages
"""  # noqa: S608


def measure(*, quick: bool) -> Iterator[Figure]:
    """Ask the four questions, one after the other, in one database."""
    number = 5_000 if quick else 20_000
    with cross_guild("the bench writes for many servers"):
        make_servers(max(SERVERS))
        yield from _more_servers(number)
        yield from _smaller_batches(number)
        yield from _more_stored(number, *((50_000, 500_000) if quick else (1_000_000, 10_000_000)))
        yield from _more_writers(number)


def _more_servers(number: int) -> Iterator[Figure]:
    costs = []
    for guilds in SERVERS:
        costs.append(_cost(number, guilds))
        yield Figure(f"a message, in {guilds:,} servers", costs[-1] * 1e6, "us")
    yield Figure("... the dearest beside the cheapest", max(costs) / min(costs), "x", 1.25)


def _smaller_batches(number: int) -> Iterator[Figure]:
    speeds = {}
    for size in (1, 10, 100, 1_000):
        messages = conversation(min(number, size * 100))
        began = time.perf_counter()
        _write(messages, size)
        speeds[size] = len(messages) / (time.perf_counter() - began)
        yield Figure(f"messages a second, {size} at once", speeds[size], "per s")
    yield Figure("... a thousand beside one", speeds[1_000] / speeds[1], "x", 15, or_more=True)


def _more_stored(number: int, few: int, many: int) -> Iterator[Figure]:
    """Store the last weeks, and ask; then as many weeks before as make it ten times as much."""
    seen, now = [], timezone.now()
    for weeks, count in ((MONTH, few), (MONTH * (many // few), many - few)):
        _fill(now - weeks, count, MONTH / few)
        seen.append((_cost(number, 1_000), {name: _median(ask) for name, ask in PAGES.items()}))
    (cost, pages), (later, later_pages) = seen
    yield Figure(f"a message, when {few:,} are stored", cost * 1e6, "us")
    yield Figure(f"... when {many:,} are, beside that", later / cost, "x", 1.3)
    for name in PAGES:
        yield Figure(f"{name}, when {few:,} are stored", pages[name] * 1e3, "ms")
        yield Figure("... when all are, beside that", later_pages[name] / pages[name], "x", 2)


def _more_writers(number: int) -> Iterator[Figure]:
    alone, together = _together(number, 1), _together(number, 2)
    speed = alone[0] / together[0] * 2
    yield Figure("two writers beside one, messages a second", speed, "x", 1.3, or_more=True)
    yield Figure("... what a message costs", together[1] / alone[1], "x", 1.1)


def _together(number: int, writers: int) -> tuple[float, float]:
    """Let several processes write at once; return how long that took, and a message's cost."""
    connections.close_all()  # a child must not share it
    with ProcessPoolExecutor(writers, mp_context=get_context("fork")) as pool:
        list(pool.map(_warm, range(writers)))
        began = time.perf_counter()
        costs = list(pool.map(partial(_cost, number), [1_000] * writers))
        return time.perf_counter() - began, statistics.mean(costs)


def _warm(_: int) -> None:
    connection.ensure_connection()


def _cost(number: int, guilds: int) -> float:
    """Return what one message costs, in seconds; the best of three times."""
    costs = []
    for _ in range(3):
        messages = conversation(number, guilds=guilds)
        before = cpu_spent()
        _write(messages, 1_000)
        costs.append((cpu_spent() - before) / number)
    return min(costs)


def _write(messages: Sequence[Message], size: int) -> None:
    for start in range(0, len(messages), size):
        write_batch(told=messages[start : start + size])


def _fill(since: datetime, count: int, pause: timedelta) -> None:
    for month in months_from(since, (timezone.now() - since).days // 28 + 2):
        make_month(TABLE, month)
    step = (pause // timedelta(milliseconds=1)) << 22
    about = {"first": first_id_at(since) + 1, "step": step}
    with connection.cursor() as cursor:
        for start in range(0, count, 250_000):
            cursor.execute(FILL, {**about, "start": start, "end": min(start + 250_000, count)})
        cursor.execute("VACUUM ANALYZE activity_messageevent, activity_memberday")
        cursor.execute("VACUUM ANALYZE activity_guildhour")


def _median(ask: Callable[[int], object]) -> float:
    times = []
    for place in range(50):
        began = time.perf_counter()
        ask(GUILD + place)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _last_of_a_person(guild_id: int) -> object:
    person = USER + (guild_id - GUILD) * PEOPLE
    theirs = MessageEvent.objects.of(guild_id).of_person(person)
    since = timezone.now() - timedelta(days=30)
    return list(theirs.between(since, timezone.now()).order_by("-id")[:50])


def _leaders(guild_id: int) -> object:
    since = (timezone.now() - timedelta(days=30)).date()
    days = MemberDay.objects.of(guild_id).filter(day__gte=since).values("user_id")
    return list(days.annotate(sum=Sum("messages")).order_by("-sum")[:10])


def _chart(guild_id: int) -> object:
    now = timezone.now()
    hours = GuildHour.objects.of(guild_id).between(now - timedelta(days=30), now)
    return list(hours.values_list("hour", "messages"))


PAGES = {"the last 50 of a person": _last_of_a_person, "30 days' leaders": _leaders}
PAGES |= {"30 days' chart": _chart}
