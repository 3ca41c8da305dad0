"""How fast messages are stored with everything counted of them, beside the server's own COPY.

The other side is one COPY of ready-made bytes into a table with the same indexes: all that the
server does for rows alone, with nothing left for the client to do.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from struct import pack

from django.db import connection, transaction
from django.utils import timezone

from activity.models import MemberDay, MessageEvent
from activity.services.messages import COPY, Message, write_batch
from activity.services.proving import find_breaches
from benchmarks import Figure
from benchmarks.bot import GUILD
from benchmarks.ingest import GUILDS, conversation, make_servers
from community.scope import cross_guild, guild_scope

HEADER, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
ROW = ">h" + "iq" * 4 + "ih" * 2 + "i?" * 3  # each part with its length before it
TWIN = "CREATE TABLE copied (LIKE activity_messageevent INCLUDING ALL)"
TO_TWIN = COPY.replace("activity_messageevent", "copied")
SIZES = ((1_000, 0.33), (5_000, 0.45))
ROUNDS = 4
ON_DISK = """
SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits
WHERE inhparent = 'activity_messageevent'::regclass
"""


def measure(*, quick: bool) -> Iterator[Figure]:
    """Write conversations in each way, turn by turn; then tell some of it again."""
    number = 10_000 if quick else 60_000
    with cross_guild("the bench writes for many servers"):
        make_servers()
        took = _compare(number)
        again, stays = _replay(number)
        size = _bytes_of_a_message()
    wrong = sum(_wrong(GUILD + place) for place in range(GUILDS))
    yield Figure("rows alone, by the server's COPY", number / took[0], "per s")
    for count, goal in SIZES:
        yield Figure(f"stored and counted, {count:,} at once", number / took[count], "per s")
        yield Figure("... beside that COPY", took[0] / took[count], "x", goal, or_more=True)
    yield Figure("told again, beside the first time", again / took[1_000], "x")
    yield Figure("... messages that it counted twice", stays, "", 0)
    yield Figure("a message on disk, with both indexes", size, "bytes")
    yield Figure("tables of counters that are wrong", wrong, "", 0)


def _compare(number: int) -> dict[int, float]:
    """Return the best seconds of each way; the way of the server alone has no size."""
    took: dict[int, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(TWIN)
    for count in [0, *dict(SIZES)] * ROUNDS:
        messages = conversation(number)
        deed = _written_by(count, messages) if count else _copied(messages)
        took[count] = min(took.get(count, 1e9), _seconds(deed))
    return took


def _seconds(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _written_by(count: int, messages: Sequence[Message]) -> Callable[[], None]:
    batches = [messages[start : start + count] for start in range(0, len(messages), count)]

    def write() -> None:
        for batch in batches:
            write_batch(told=batch)

    return write


def _copied(messages: Sequence[Message]) -> Callable[[], None]:
    kinds = (8,) * 4 + (2,) * 2 + (1,) * 3
    rows = (zip(kinds, each, strict=True) for each in messages)
    told = HEADER + b"".join(pack(ROW, 9, *(part for pair in row for part in pair)) for row in rows)

    def copy() -> None:
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(TO_TWIN) as target:
            target.write(told + END)

    return copy


def _replay(number: int) -> tuple[float, int]:
    """Tell the same twice; return how long the second time took, and what it changed."""
    messages = conversation(number)
    _written_by(1_000, messages)()
    before = sum(MemberDay.objects.values_list("messages", flat=True))
    again = _seconds(_written_by(1_000, messages))
    return again, sum(MemberDay.objects.values_list("messages", flat=True)) - before


def _bytes_of_a_message() -> float:
    with connection.cursor() as cursor:
        cursor.execute(ON_DISK)
        return float(cursor.fetchone()[0]) / MessageEvent.objects.count()


def _wrong(guild_id: int) -> int:
    with guild_scope(guild_id):
        return len(list(find_breaches(guild_id=guild_id, now=timezone.now())))
