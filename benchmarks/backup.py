"""What a backup costs while others write: made, restored for trial, and held to its digests."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils import timezone

from activity.partitions import Month, make_month
from activity.services.months import TABLE
from benchmarks import Figure
from community.errors import HouseError
from community.models import User
from community.scope import cross_guild
from config.backups.making import make_backup
from config.backups.papers import Paper
from config.backups.proving import prove_backup

GUILD, CHANNEL, USER = 10**17, 2 * 10**17, 4 * 10**17
SERVERS, PEOPLE = 50, 2_000
MOST_SECONDS = 300  # SAFETY: a million rows are back within five minutes
WRITE = f"UPDATE {User._meta.db_table} SET username = %s WHERE id = %s"  # noqa: S608
PEOPLE_OF_ALL = f"""
INSERT INTO {User._meta.db_table} (id, username, global_name, avatar, is_bot, first_seen)
SELECT {USER} + n, 'somebody', '', '', false, now() FROM generate_series(0, {PEOPLE} - 1) AS n
"""  # noqa: S608
FILL = f"""
INSERT INTO {TABLE} (guild_id, id, channel_id, user_id, characters, words, has_attachment,
    has_embed, is_reply)
SELECT {GUILD} + n %% {SERVERS}, %(first)s + n * %(step)s, {CHANNEL} + n %% {SERVERS},
    {USER} + n %% {PEOPLE}, 60, 12, false, false, false
FROM generate_series(0, %(rows)s::bigint - 1) AS n
"""  # noqa: S608


def measure(*, quick: bool) -> Iterator[Figure]:
    """Fill a house, make a backup while others write, and prove it."""
    rows = 50_000 if quick else 1_000_000
    with cross_guild("the bench fills a house"), TemporaryDirectory() as folder:
        _fill(rows)
        with _others_writing() as written:
            calm = _a_second(written, lambda: time.sleep(2))[0]
            papers: list[Paper] = []
            busy, made = _a_second(written, lambda: papers.append(make_backup(Path(folder))))
        (paper,) = papers
        differ: list[str] = []
        proved = _a_second([], lambda: differ.extend(_differences(paper, Path(folder))))[1]
    yield Figure(f"{paper.row_count:,} rows backed up while others write", made, "s")
    yield Figure("its file", paper.size / paper.row_count, "bytes/row")
    yield Figure("writes of others meanwhile", busy, "/s", 1, or_more=True)
    yield Figure("beside those before", busy / calm, "x")
    yield Figure("restored for trial, every digest compared", proved, "s", MOST_SECONDS)
    yield Figure("proofs that differ from the snapshot", float(len(differ)), "", 0)


def _fill(rows: int) -> None:
    month = Month.of(timezone.now() - timedelta(days=60))
    make_month(TABLE, month)
    first, after = month.span
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_OF_ALL)
        cursor.execute(FILL, {"first": first, "step": (after - first) // rows, "rows": rows})


@contextmanager
def _others_writing() -> Iterator[list[int]]:
    """Let somebody else rename people all the time; what is yielded grows with each commit."""
    written: list[int] = []
    is_over = threading.Event()
    writer = threading.Thread(target=_write, args=(written, is_over))
    writer.start()
    try:
        yield written
    finally:
        is_over.set()
        writer.join()


def _write(written: list[int], is_over: threading.Event) -> None:
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with cross_guild("others write meanwhile"), other.cursor() as cursor:
            while not is_over.is_set():
                number = len(written)
                cursor.execute(WRITE, [f"somebody {number}", USER + number % PEOPLE])
                written.append(number)
    finally:
        other.close()


def _differences(paper: Paper, folder: Path) -> list[str]:
    try:
        prove_backup(paper, folder)
    except HouseError as trouble:
        return [str(trouble)]
    return []


def _a_second(written: list[int], deed: Callable[[], object]) -> tuple[float, float]:
    """Return how many writes others made a second during a deed, and how long it took."""
    before, start = len(written), time.perf_counter()
    deed()
    took = time.perf_counter() - start
    return (len(written) - before) / took, took
