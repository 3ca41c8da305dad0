"""How a backup is put back: beside what is there, proved, and then in its place in one step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import OperationalError
from psycopg.errors import ObjectInUse

from community.errors import HouseError
from community.models import Heartbeat
from community.services.heartbeats import QUIET_AFTER
from community.services.restorations import begin_restoration
from config.backups.counting import count_everything, differences
from config.backups.files import alone_in
from config.backups.heads import go_on_after, heads_here, missed_here, missing_since, newest_heads
from config.backups.keeping import chosen, know_all
from config.backups.making import is_whole
from config.backups.papers import Paper, dump_of
from config.backups.programs import server_major
from config.backups.proving import drop_database, make_database, other_database, restore_into
from moderation.services.anchors import note_restored

FRESH, BEFORE = "restored", "before"
LONGEST_NAME = 63


def restore(folder: Path, name: str) -> tuple[Paper, str]:
    """Put a backup in the place of everything; return its paper, and how what was there is named.

    Until the last step nothing that is there is touched; after it, it stands under another name.
    """
    with alone_in(folder):
        (paper,) = chosen(folder, [name] if name else [newest_in(folder)])
        refuse_unfit(paper, folder)
        refuse_while_open()
        here = str(connection.settings_dict["NAME"])
        fresh = f"{here[: LONGEST_NAME - 10]}_{FRESH}"
        heads = [newest_heads(folder, since=paper.made_at), heads_here()]
        missed = missed_here(since=paper.made_at)
        make_database(fresh)
        try:
            _furnish(fresh, paper, folder, heads, missed)
            before = _swap(here, fresh)
        except BaseException:
            drop_database(fresh)
            raise
    return paper, before


def newest_in(folder: Path) -> str:
    """Return the name of the newest backup that was proved."""
    proved = [paper.name for paper in chosen(folder) if paper.verified_at]
    if not proved:
        raise HouseError(f"There is no proved backup in {folder}.")
    return proved[0]


def refuse_unfit(paper: Paper, folder: Path) -> None:
    """Refuse a backup that is damaged, or that this house or its server cannot read."""
    if not is_whole(paper, folder):
        raise HouseError(f"{paper.name} is damaged: it is not the file its paper describes.")
    if int(paper.server) > int(major := server_major()):
        raise HouseError(
            f"{paper.name} is of PostgreSQL {paper.server}; this one is version {major}."
        )
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if unknown := [each for each in paper.migrations.items() if each not in known]:
        app, migration = unknown[0]
        raise HouseError(
            f"{paper.name} is of a later Guildhall ({paper.version}): this one does not know "
            f"{app}'s {migration}."
        )


def refuse_while_open() -> None:
    """Refuse while the house is open: what it writes meanwhile would be lost."""
    tables = connection.introspection.table_names()
    if Heartbeat._meta.db_table not in tables:
        return
    alive = Heartbeat.objects.exclude(pk__in=Heartbeat.objects.quiet(longer_than=QUIET_AFTER))
    if process := alive.order_by("process").first():
        raise HouseError(
            f"The house is open ({process} was alive a moment ago): stop it, and wait "
            f"{QUIET_AFTER.total_seconds():.0f} s after a crash."
        )


def _furnish(
    fresh: str, paper: Paper, folder: Path, heads: list[Mapping[str, Any]], missed: list[str]
) -> None:
    """Fill the new database, prove it, bring it up to date, and have it look before it acts."""
    restore_into(fresh, dump_of(paper, folder))
    with other_database(fresh) as other:
        other.set_autocommit(False)
        if found := differences(dict(paper.tables), count_everything(other)):
            raise HouseError(f"{paper.name} does not restore as it was: {'; '.join(found[:5])}.")
    with _working_in(fresh):
        call_command("migrate", verbosity=0, interactive=False)
        told = [*missed, *(words for each in heads for words in missing_since(each))]
        missing = [*dict.fromkeys(told)]
        restoration = begin_restoration(
            backup=paper.name, sha256=paper.sha256, shows_at=paper.made_at, missing=missing
        )
        for each in heads:
            go_on_after(each)
        know_all(folder)
        # Before the swap: a line too much counts for nothing, one that is missing would be missed.
        note_restored(restoration=restoration, folder=settings.GUILDHALL_DATA / "anchors")


@contextmanager
def _working_in(name: str) -> Iterator[None]:
    """Let everything that Django does go to another database for a while."""
    connections.close_all()
    here = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = here


def _swap(here: str, fresh: str) -> str:
    """Give the new database the name of the old one, which takes another; both, or neither."""
    before = f"{here[: LONGEST_NAME - 31]}_{BEFORE}_{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"
    connections.close_all()
    quote = connection.ops.quote_name
    with other_database("postgres") as elsewhere:
        elsewhere.set_autocommit(False)
        try:
            with elsewhere.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {quote(here)} RENAME TO {quote(before)}")
                cursor.execute(f"ALTER DATABASE {quote(fresh)} RENAME TO {quote(here)}")
            elsewhere.commit()
        except OperationalError as error:
            if isinstance(error.__cause__, ObjectInUse):
                raise HouseError("Somebody is still in the database: let them leave it.") from None
            raise
    return before
