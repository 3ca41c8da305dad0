"""What a row costs in an archive file, and how fast rows leave, are proved and come back.

Audit entries as staff make them, in files of as many as one run writes.
"""

import gzip
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from django.utils import timezone

from benchmarks import Figure
from community.models import Archive, AuditEntry, Guild
from community.scope import cross_guild
from community.services.archives import (
    check_archive,
    erase_in_archives,
    let_out,
    oldest_span,
    restore_archive,
    write_archive,
)
from community.services.archives.files import write_lines
from community.services.archives.leaving import ROWS_PER_FILE
from moderation.models import Case

GUILD, PERSON = 10**17, 4 * 10**17
TABLE = AuditEntry._meta.db_table
FILL = f"""
INSERT INTO {TABLE} (guild_id, actor, verb, subject_kind, subject_id, before, after, at)
SELECT {GUILD}, 'moderator ' || n %% 40, 'moderation.case.reason_changed', 'case', n::text,
    jsonb_build_object('reason', 'Spoilers in chapter ' || n %% 900),
    jsonb_build_object('reason', md5(n::text) || ' and ' || n %% 77),
    now() - interval '400 days' + n * interval '7.0013 seconds'
FROM generate_series(1, %s) AS n
"""  # noqa: S608


def measure(*, quick: bool) -> Iterator[Figure]:
    """Let a file of rows leave and come back, and empty many files of one person."""
    rows, files = (10_000, 5) if quick else (ROWS_PER_FILE, 40)
    with cross_guild("the bench moves a server's history"), TemporaryDirectory() as folder:
        Guild.objects.create(pk=GUILD, name="Bench")
        yield from _there_and_back(rows, Path(folder))
        yield from _one_person(files, rows // 5, Path(folder))


def _there_and_back(rows: int, folder: Path) -> Iterator[Figure]:
    with connection.cursor() as cursor:
        cursor.execute(FILL, [rows])
        cursor.execute("SELECT pg_total_relation_size(%s)", [TABLE])
        (stored,) = cursor.fetchone()
    old = timezone.now() - timedelta(days=1)
    span = oldest_span(model=AuditEntry, guild_id=GUILD, before=old, most=rows)
    archives: list[Archive] = []
    wrote = _seconds(
        lambda: archives.append(write_archive(model=AuditEntry, span=span, folder=folder))
    )
    (archive,) = archives
    yield Figure("a row in its file", archive.size / rows, "bytes")
    yield Figure("its file, beside the table", archive.size / stored, "x", 0.25)
    yield Figure("written, with manifest, fsync and proof", rows / wrote, "rows/s")
    proved = _seconds(lambda: check_archive(archive=archive))
    yield Figure("read back and proved", rows / proved, "rows/s")
    yield Figure(
        "let out of the table", rows / _seconds(lambda: let_out(archive=archive)), "rows/s"
    )
    came = _seconds(lambda: restore_archive(archive=archive))
    yield Figure("brought back", rows / came, "rows/s")
    yield Figure("brought back, beside written", came / wrote, "x")


def _one_person(files: int, rows: int, folder: Path) -> Iterator[Figure]:
    """Erase somebody who is in one of many files."""
    for number in range(files):
        _write_cases(number, rows, folder)
    spent = _seconds(lambda: erase_in_archives(user_id=PERSON + 7))
    yield Figure(f"erased from {files} files of {rows:,} cases", spent, "s")
    left = sum(str(PERSON + 7).encode() in _text(paper) for paper in Archive.objects.standing())
    yield Figure("files that still hold their words", float(left), "", 0)


def _write_cases(number: int, rows: int, folder: Path) -> None:
    first = number * rows
    lines = [
        {
            "id": each,
            "guild_id": GUILD,
            "user_id": PERSON + each,
            "reason": f"Words about {PERSON + each}",
            "comment": "",
        }
        for each in range(first, first + rows)
    ]
    named = {"table_name": Case._meta.db_table, "guild_id": GUILD, "named_by": "id"}
    ends = {"first_id": first, "last_id": first + rows - 1}
    paper = write_lines(model=Case, lines=lines, named=named | ends, folder=folder)
    paper.let_out_at = timezone.now()
    paper.save(update_fields=["let_out_at"])


def _text(paper: Archive) -> bytes:
    """Return what a file says in people's words."""
    lines = gzip.decompress(Path(paper.path).read_bytes()).split(b"Words about ")
    return b"\n".join(each[:18] for each in lines[1:])


def _seconds(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start
