"""What must hold of the house itself, and of what it wishes on Discord."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat

from community.kinds import known_orders
from community.models import Backup, Errand, Job, JobRun, StandingOrder
from community.services.archives import find_archive_damage
from community.services.backups import OLDEST_PROVED, look_at_shelf
from community.services.checks import A_DAY, HouseCheck, ServerCheck
from community.services.own_rules import (
    histories_unguarded,
    rows_that_point_nowhere,
    rules_that_are_gone,
)
from community.services.restorations import waiting_restoration
from community.services.tables import RESERVE
from community.services.upkeep import cleaning_far_behind, settings_that_are_lost

LATEST_BEGIN = timedelta(minutes=1)
# A house that was just opened catches up with one slot of each job: fewer runs tell nothing.
A_RULE = 3
LONG_LAPSED = timedelta(hours=1)


def house_checks() -> tuple[HouseCheck, ...]:
    """Return what must hold of the house itself."""
    return OF_THE_HOUSE


def server_checks(*, anchors: Path) -> tuple[ServerCheck, ...]:
    """Return what must hold of what the house wishes on Discord in a server."""
    return (
        ServerCheck(
            name="community.orders",
            holds="What is kept true on Discord is looked at in time, and somebody can do it.",
            fix="House, Heartbeats: is the bot on Discord? If it is, look who had the tables.",
            look=_orders_astray,
        ),
        ServerCheck(
            name="community.errands",
            holds="What is to be done once comes to an end.",
            fix="House, Heartbeats: is the bot on Discord? It takes up what was left lying.",
            look=_errands_left_lying,
        ),
    )


def _jobs_that_stand_still() -> Iterator[str]:
    for job in Job.objects.quiet().filter(parked_at=None).order_by("name"):
        yield f"{job.name} has not worked for two of its periods."
    for job in Job.objects.parked().order_by("name"):
        yield f"{job.name} is set aside: it never came to an end."


def _jobs_that_begin_late() -> Iterator[str]:
    lately = JobRun.objects.filter(slot__gt=Now() - timedelta(hours=1))
    for name, late in sorted(lately.lateness(of_runs=A_RULE).items()):
        if late["middle"] > LATEST_BEGIN:
            yield f"{name} begins {late['middle'].total_seconds():,.0f} s late, as a rule."


def _folders_that_are_full() -> Iterator[str]:
    folders = {settings.GUILDHALL_DATA, settings.BACKUPS}
    there = {next(each for each in (path, *path.parents) if each.exists()) for path in folders}
    for folder in sorted(there):
        free = shutil.disk_usage(folder).free
        if free < RESERVE:
            yield f"Only {filesizeformat(free)} are free in {folder}."


def _backups_that_help_nobody() -> Iterator[str]:
    shelf = look_at_shelf()
    if shelf.newest is None:
        yield "No backup was ever proved."
    elif shelf.is_old:
        hours = OLDEST_PROVED // timedelta(hours=1)
        yield f"The newest proved backup is older than {hours} hours."
    for backup in Backup.objects.exclude(trouble="").order_by("name"):
        yield backup.trouble


def _orders_astray(guild_id: int) -> Iterator[str]:
    orders = StandingOrder.objects.of(guild_id)
    asked = {
        "are unsettled and looked at by nobody": Q(next_check_at=None)
        & ~Q(applied_rev=F("wanted_rev")),
        "were confirmed more often than wished": Q(applied_rev__gt=F("wanted_rev")),
        "end before anybody looks": Q(wanted=True, applied_rev=F("wanted_rev"), hold="")
        & (Q(next_check_at__gt=F("until")) | Q(next_check_at=None, until__isnull=False)),
        "are of a kind that nobody can carry out": ~Q(kind__in=known_orders()),
    }
    if waiting_restoration() is None:
        asked["wait for a word about a backup that nobody put back"] = Q(hold="restored")
    for words, which in asked.items():
        if count := orders.filter(which).count():
            yield f"{count} standing orders of server {guild_id} {words}."


def _errands_left_lying(guild_id: int) -> Iterator[str]:
    lapsed = Errand.objects.of(guild_id).filter(state="running", due_at__lt=Now() - LONG_LAPSED)
    if count := lapsed.count():
        yield f"{count} errands of server {guild_id} were begun and left lying for an hour."


OF_THE_HOUSE = (
    HouseCheck(
        name="community.guards",
        holds="No history can be rewritten: every guard stands.",
        fix="Run python3 manage.py migrate, which sets them up again; look who took them away.",
        look=histories_unguarded,
    ),
    HouseCheck(
        name="community.rules",
        holds="The database keeps every rule of its own.",
        fix="Look who changed the tables. A backup that is put back has every rule.",
        look=rules_that_are_gone,
    ),
    HouseCheck(
        name="community.orphans",
        holds="Every row that names a server names one that is there.",
        fix="A server was removed by hand: look who had the tables, or put a backup back.",
        look=rows_that_point_nowhere,
        every=A_DAY,
    ),
    HouseCheck(
        name="community.jobs",
        holds="Every job of the clock has worked within two of its periods.",
        fix="House, Jobs says what it said last; Run now takes it up again.",
        look=_jobs_that_stand_still,
    ),
    HouseCheck(
        name="community.lateness",
        holds="The clock's jobs begin on time.",
        fix="The machine is too busy, or the workers are too few: raise CLOCK_WORKERS.",
        look=_jobs_that_begin_late,
    ),
    HouseCheck(
        name="community.upkeep",
        holds="The database cleans its tables by itself, the busiest ones early.",
        fix="Run python3 manage.py migrate, which sets what is lost; what is off is switched on "
        "again with ALTER TABLE ... RESET (autovacuum_enabled), or in postgresql.conf.",
        look=settings_that_are_lost,
    ),
    HouseCheck(
        name="community.vacuum",
        holds="The database keeps up with cleaning its tables.",
        fix="Look in pg_stat_activity for a transaction that is open for hours, and end it; then "
        "VACUUM (ANALYZE) the table.",
        look=cleaning_far_behind,
    ),
    HouseCheck(
        name="community.disk",
        holds="There is room on the disk for what is to come.",
        fix="Make room, or move BACKUP_FOLDER to another disk: a full disk stops the database.",
        look=_folders_that_are_full,
    ),
    HouseCheck(
        name="community.backups",
        holds="There is a young backup that was proved, and none is damaged.",
        fix="House, Backups, Back up now; its words say what hinders it.",
        look=_backups_that_help_nobody,
    ),
    HouseCheck(
        name="community.archives",
        holds="Every archive file holds what left the database.",
        fix="Put the file back from a copy of the folder archives.",
        look=find_archive_damage,
        every=A_DAY,
    ),
)
