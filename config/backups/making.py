"""How a backup is made: counted and dumped on one snapshot, while everybody goes on working."""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from community.errors import HouseError
from community.scope import cross_guild
from config.backups.counting import LEFT_EMPTY, count_everything
from config.backups.files import private_file
from config.backups.heads import heads_of_histories
from config.backups.papers import FIRST_LETTERS, Paper, dump_of, write_paper
from config.backups.programs import command, server_major

PIECE = 1 << 20


def make_backup(folder: Path) -> Paper:
    """Make a backup in a folder and return its paper; what others write meanwhile is not in it."""
    begun, made_at = time.monotonic(), datetime.now(UTC)
    name = f"{FIRST_LETTERS}{made_at:%Y%m%dT%H%M%S%f}Z"
    with _snapshot() as snapshot, cross_guild("a backup holds every server"):
        tables = count_everything(connection)
        histories = heads_of_histories()
        migrations = _migrations()
        size, sha256 = _dump(folder / f"{name}.dump", snapshot)
    paper = Paper(
        name=name,
        made_at=made_at,
        took=round(time.monotonic() - begun, 3),
        version=settings.GUILDHALL_VERSION,
        server=server_major(),
        database=str(connection.settings_dict["NAME"]),
        migrations=migrations,
        tables=tables,
        histories=histories,
        size=size,
        sha256=sha256,
    )
    write_paper(paper, folder)
    return paper


def fingerprint(path: Path) -> tuple[int, str]:
    """Return a file's size and checksum."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def sweep_drafts(folder: Path) -> int:
    """Remove what a broken-off backup left behind; return how many files that was."""
    whole = {path.stem for path in folder.glob(f"{FIRST_LETTERS}*.json")}
    left = [*folder.glob(f"{FIRST_LETTERS}*.draft")]
    left += [path for path in folder.glob(f"{FIRST_LETTERS}*.dump") if path.stem not in whole]
    for path in left:
        path.unlink()
    return len(left)


def is_whole(paper: Paper, folder: Path) -> bool:
    """Tell whether the file is the one that its paper describes, byte by byte."""
    path = dump_of(paper, folder)
    return path.exists() and fingerprint(path) == (paper.size, paper.sha256)


@contextmanager
def _snapshot() -> Iterator[str]:
    """See the database as it is now until the end, and let pg_dump see the same."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield name


def _dump(path: Path, snapshot: str) -> tuple[int, str]:
    """Write the dump; return its size and checksum."""
    options = ["--format=custom", "--compress=6", "--no-owner", "--no-privileges"]
    options += ["--no-password", f"--snapshot={snapshot}"]
    options += [f"--exclude-table-data={table}" for table in sorted(LEFT_EMPTY)]
    line, environment = command("pg_dump", *options, database=connection.settings_dict["NAME"])
    digest, size = hashlib.sha256(), 0
    with private_file(path) as file, TemporaryFile() as complaints:
        with subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, stderr=complaints
        ) as dumping:
            for piece in iter(partial(dumping.stdout.read, PIECE), b""):  # type: ignore[union-attr]
                os.write(file, piece)
                digest.update(piece)
                size += len(piece)
        if dumping.returncode != 0:
            complaints.seek(0)
            said = last_words(complaints.read())
            raise HouseError(f"pg_dump could not make the backup: {said}")
    return size, digest.hexdigest()


def last_words(said: bytes) -> str:
    """Return the last line of what a program said."""
    return (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]


def _migrations() -> dict[str, str]:
    """Return the last migration of each app that this database has."""
    applied = MigrationRecorder(connection).applied_migrations()
    return dict(sorted(applied))
