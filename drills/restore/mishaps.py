"""What befalls a house besides its loss: a killed restore or word, an old schema, a silent log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.loader import MigrationLoader

from community.services.mirror.log import VIEW_AUDIT_LOG
from community.services.restorations import Comparison, waiting_restoration
from drills.processes import database_address
from drills.restore.schedule import REMEMBERED
from sandbox.wire import time_of

if TYPE_CHECKING:
    from drills.restore.play import RestorePlay

CHANGED_LAST = "community"
LIKE_OURS = "SELECT datname FROM pg_database WHERE datname LIKE %s"
# Seconds; the shortest is over before anything has begun.
LONGEST_LIFE = {"restore": 8.0, "reconcile": 2.5}


@contextmanager
def earlier_house(is_earlier: bool) -> Iterator[None]:  # noqa: FBT001 - it is a story's fate
    """Let the database be as the Guildhall before this one knew it."""
    if not is_earlier:
        yield
        return
    loader = MigrationLoader(connection)
    (leaf,) = loader.graph.leaf_nodes(CHANGED_LAST)
    parents = loader.graph.node_map[leaf].parents
    (before,) = (each.key for each in parents if each.key[0] == CHANGED_LAST)
    with suppress(IrreversibleError):
        call_command("migrate", *before, verbosity=0, interactive=False)
    try:
        yield
    finally:
        call_command("migrate", verbosity=0, interactive=False)


def befall(play: "RestorePlay") -> None:
    """Let Discord keep its log from the bot, or forget what was long ago."""
    town = play.town
    if play.schedule.fate.log_is_closed:
        town.discord.people.take_permissions(town.guild_id, VIEW_AUDIT_LOG)
    oldest = play.clocks.discord() - REMEMBERED
    while town.guild.audit and time_of(town.guild.audit[0]["id"]) < oldest:
        town.guild.audit.popleft()


def restore_killed(folder: Path, name: str, chance: Random) -> list[str]:
    """Begin a restore in a process of its own, and kill it; return what it has put aside."""
    here = str(connection.settings_dict["NAME"])
    before = _databases_like(here)
    _begin_and_kill(["restore", name, "--folder", str(folder)], chance)
    return sorted(_databases_like(here) - before)


def word_killed(compared: Comparison, chance: Random) -> bool:
    """Let the house go on in a process of its own, and kill it; tell whether it was heard."""
    if compared.unseen or compared.unread:
        return False
    _begin_and_kill(["reconcile", "--approve"], chance)
    return waiting_restoration() is None


def _begin_and_kill(command: list[str], chance: Random) -> None:
    address = database_address()
    connection.close()
    process = subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command],
        env={**os.environ, "DATABASE_URL": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(1, LONGEST_LIFE[command[0]]))
    process.kill()
    process.wait()


def _databases_like(name: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(LIKE_OURS, [f"{name}_before_%"])
        return {each for (each,) in cursor.fetchall()}
