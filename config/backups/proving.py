"""How a backup is proved: restored for trial into a database that is gone afterwards."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from community.append_only import append_only_tables
from community.errors import HouseError
from config.backups.counting import Tables, count_everything, differences
from config.backups.making import is_whole, last_words
from config.backups.papers import Paper, dump_of
from config.backups.programs import command

TRIAL = "guildhall_trial"
GUARDS = (
    "SELECT count(DISTINCT tgrelid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE tgname = 'guildhall_append_only' AND tgenabled = 'A' AND relname = ANY(%s)"
)


def prove_backup(paper: Paper, folder: Path) -> None:
    """Restore a backup for trial; refuse it unless every row and every guard came back."""
    if not is_whole(paper, folder):
        raise HouseError(f"{paper.name} is damaged: it is not the file its paper describes.")
    if may_make_databases():
        with _trial_database() as name:
            restore_into(name, dump_of(paper, folder))
            found = _look_at(name, paper)
    else:
        found = _differences_in_copy(paper, folder)
    if found:
        raise HouseError(f"{paper.name} does not restore as it was: {'; '.join(found[:5])}.")


def may_make_databases() -> bool:
    """Tell whether our account may make a database of its own for the trial."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def restore_into(database: str, dump: Path) -> None:
    """Restore a dump into an empty database, all of it or nothing."""
    options = ["--no-owner", "--no-privileges", "--no-password", "--exit-on-error"]
    line, environment = command("pg_restore", *options, "--single-transaction", database=database)
    done = subprocess.run([*line, dump], env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        said = last_words(done.stderr)
        raise HouseError(f"{dump.name} cannot be restored: {said}")


def make_database(name: str) -> None:
    """Make an empty database like ours; a like-named one that a dead trial left behind goes."""
    quoted, like = connection.ops.quote_name(name), ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datcollate, datctype FROM pg_database "
            "WHERE datname = current_database() AND datlocprovider = 'c'"
        )
        if found := cursor.fetchone():
            like = "LC_COLLATE '{}' LC_CTYPE '{}'".format(*found)
        drop_database(name)
        cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8' {like}")


def drop_database(name: str) -> None:
    """Drop a database, whoever still looks at it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


@contextmanager
def other_database(name: str) -> Iterator[BaseDatabaseWrapper]:
    """Look into another database of the same server."""
    other = connection.copy(DEFAULT_DB_ALIAS)
    other.settings_dict = {**connection.settings_dict, "NAME": name}
    try:
        yield other
    finally:
        other.close()


@contextmanager
def _trial_database() -> Iterator[str]:
    name = f"{TRIAL}_{connection.settings_dict['NAME']}"[:63]
    make_database(name)
    try:
        yield name
    finally:
        drop_database(name)


def _look_at(name: str, paper: Paper) -> list[str]:
    tables = sorted(append_only_tables())
    with other_database(name) as other, other.cursor() as cursor:
        other.set_autocommit(False)
        found = differences(dict(paper.tables), count_everything(other))
        cursor.execute(GUARDS, [[table for table in tables if table in paper.tables]])
        (guarded,) = cursor.fetchone()
    missing = sum(table in paper.tables for table in tables) - guarded
    return [*found, *([f"{missing} tables have lost their guard"] if missing else [])]


def _differences_in_copy(paper: Paper, folder: Path) -> list[str]:
    """Count the rows in the dump itself, where no database may be made for the trial."""
    line, environment = command("pg_restore", database="")
    line = [line[0], "--data-only", "--file=-", str(dump_of(paper, folder))]
    found: Tables = {}
    table = ""
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE) as reading:
        for piece in reading.stdout or ():
            if not table and (begun := re.match(rb"COPY \w+\.\"?(\w+)\"? ", piece)):
                table = begun.group(1).decode()
                found[table] = (0, paper.tables.get(table, (0, ""))[1])
            elif table and piece == b"\\.\n":
                table = ""
            elif table:
                found[table] = (found[table][0] + 1, found[table][1])
    if reading.returncode != 0:
        return ["pg_restore cannot read it"]
    return differences(dict(paper.tables), found)
