"""PostgreSQL's own programs for backups, in the server's major, with no secret on their line."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient

from community.errors import HouseError
from config.postgres.programs import MAJOR, packaged_programs

DEBIANS = "/usr/lib/postgresql/{major}/bin"


def program(name: str) -> str:
    """Return the full name of pg_dump or pg_restore as this server needs it."""
    major = server_major()
    for folder in _folders(major):
        if (found := folder / name).exists() and major_of(found) == major:
            return str(found)
    raise HouseError(
        f"This PostgreSQL is version {major}, and there is no {name} of version {major} here: "
        f"install the client programs of PostgreSQL {major} (Debian: postgresql-client-{major})."
    )


def server_major() -> str:
    """Return the major version of the server, which its programs must have too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return str(cursor.fetchone()[0])


def major_of(path: Path) -> str:
    """Return the major version of a program; empty when it says none."""
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\b(\d+)(\.\d+|devel|beta|rc)", said)
    return found.group(1) if found else ""


def command(name: str, *options: str, database: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment that reach a database of our server."""
    # Django's own client knows every option of a connection; the password is no argument.
    there = {**connection.settings_dict, "NAME": database}
    arguments, secrets = DatabaseClient.settings_to_cmd_args_env(there, [])
    where = [*arguments[1:-1], "--dbname", database]
    return [program(name), *options, *where], {**os.environ, **(secrets or {}), "LC_ALL": "C"}


def _folders(major: str) -> Iterator[Path]:
    if major == MAJOR:
        yield packaged_programs()
    yield Path(DEBIANS.format(major=major))
    if found := shutil.which("pg_dump"):
        yield Path(found).parent
