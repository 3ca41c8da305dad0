"""What a message takes on disk, and how a month leaves: dropped whole, or deleted row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db import connection

from activity.partitions import Month, drop_months, months_of
from benchmarks import Figure
from benchmarks.activity import seeds
from benchmarks.activity.world import TABLE

COUNT = "SELECT count(*) FROM {}"
DELETE = "DELETE FROM message_events WHERE created_at >= '{}' AND created_at < '{}'"


def room() -> Iterator[Figure]:
    """Compare a month of ours with the same month in the second document's table."""
    month = sorted(months_of(TABLE))[3]
    source = month.name(TABLE)
    rows = _one(COUNT.format(source))
    own = _one(f"SELECT pg_total_relation_size('{source}')") / rows
    yield Figure("bytes of a message", own, "B")
    for key, goal in (("bigint", 0.85), ("text", 0.6)):
        name = f"messages_{key}"
        _run(seeds.MESSAGES.format(name=name, key=key) + seeds.MESSAGE_INDEXES.format(name=name))
        _run(seeds.FILL_MESSAGES.format(name=name, source=source))
        size = _one(f"SELECT pg_total_relation_size('{name}')") / rows
        yield Figure(f"... in their table with ids as {key}", size, "B")
        yield Figure("... ratio", own / size, "x", goal)
        _run(f"DROP TABLE {name}")


def leaving() -> Iterator[Figure]:
    """Let the oldest whole month go, here and there."""
    first, month = sorted(months_of(TABLE))[:2]
    begin, end = _first_of(month), _first_of(month.following)
    yield Figure("messages of a month", _one(COUNT.format(month.name(TABLE))), "rows")
    drop_months(TABLE, before=_first_of(first.following))
    dropped, written = _cost(lambda: drop_months(TABLE, before=end))
    delete = DELETE.format(begin, end)
    deleted, logged = _cost(lambda: _run(delete))
    swept, more = _cost(lambda: _run("VACUUM message_events"))
    yield Figure("dropping it", dropped, "s")
    yield Figure("... writes to the log", written / 1e6, "MB")
    yield Figure("deleting it from their table", deleted, "s")
    yield Figure("... and VACUUM", swept, "s")
    yield Figure("... write to the log", (logged + more) / 1e6, "MB")
    yield Figure("drop / (delete and VACUUM), time", dropped / (deleted + swept), "x", 0.02)
    yield Figure("drop / (delete and VACUUM), log", written / (logged + more), "x", 0.01)


def _cost(deed: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds and the bytes of log that something takes; others' log counts, too."""
    before, begin = _log(), time.perf_counter()
    deed()
    return time.perf_counter() - begin, _log() - before


def _log() -> float:
    return float(_one("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def _first_of(month: Month) -> datetime:
    return datetime(month.year, month.number, 1, tzinfo=UTC)


def _one(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return float(cursor.fetchone()[0])


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
