"""What it costs to let a month of messages go: dropped as a whole, beside deleted row by row."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from activity.partitions import Month, drop_months, make_month
from activity.services.months import TABLE
from benchmarks import Figure
from community.scope import cross_guild

GUILD, CHANNEL, USER = 10**17, 2 * 10**17, 4 * 10**17
SERVERS, PEOPLE, AT_ONCE = 50, 2_000, 10_000
FILL = f"""
INSERT INTO {TABLE} (guild_id, id, channel_id, user_id, characters, words, has_attachment,
    has_embed, is_reply)
SELECT {GUILD} + n %% {SERVERS}, %(first)s + n * %(step)s, {CHANNEL} + n %% {SERVERS},
    {USER} + n %% {PEOPLE}, 60, 12, false, false, false
FROM generate_series(0, %(rows)s::bigint - 1) AS n
"""  # noqa: S608


def measure(*, quick: bool) -> Iterator[Figure]:
    """Fill the same month twice; drop it once, and delete it once, slice by slice."""
    rows = 50_000 if quick else 850_000
    month = Month.of(timezone.now() - timedelta(days=500))
    with cross_guild("the bench lets every server's old messages go"):
        _fill(month, rows)
        edge = timezone.now() - timedelta(days=365)
        dropped, log_of_drop = _cost(lambda: drop_months(TABLE, before=edge))
        _fill(month, rows)
        deleted, log_of_delete = _cost(lambda: _delete(month))
    yield Figure(f"a month of {rows:,} dropped", dropped * 1e3, "ms")
    yield Figure("the same deleted, slice by slice, and vacuumed", deleted * 1e3, "ms")
    yield Figure("dropped, beside deleted", dropped / deleted, "x", 0.1)
    yield Figure("written to the log, beside deleted", log_of_drop / log_of_delete, "x", 0.01)


def _fill(month: Month, rows: int) -> None:
    make_month(TABLE, month)
    first, after = month.span
    told = {"first": first, "step": (after - first) // rows, "rows": rows}
    with connection.cursor() as cursor:
        cursor.execute(FILL, told)
        cursor.execute(f"VACUUM ANALYZE {month.name(TABLE)}")


def _delete(month: Month) -> None:
    """Delete a month as quickly as rows can be: by their places, so many at once; then clean up."""
    name = month.name(TABLE)
    places = f"SELECT ctid FROM {name} LIMIT {AT_ONCE}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {name} WHERE ctid = ANY (ARRAY({places}))")  # noqa: S608
        while cursor.rowcount:
            cursor.execute(f"DELETE FROM {name} WHERE ctid = ANY (ARRAY({places}))")  # noqa: S608
        cursor.execute(f"VACUUM {name}")


def _cost(deed: Callable[[], object]) -> tuple[float, int]:
    """Return how long something takes, and how many bytes of log it writes."""
    log, start = _log_at(), time.perf_counter()
    deed()
    return time.perf_counter() - start, _log_at() - log


def _log_at() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])
