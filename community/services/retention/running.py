"""One run of retention: table by table, slice by slice, each slice a short transaction."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, cast

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Model
from django.utils import timezone

from community.append_only import AppendOnly
from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive, Guild, Member
from community.retention import Retention
from community.scope import cross_guild
from community.services.archives import (
    Chosen,
    archive_chosen,
    archive_history,
    came_back_lately,
    drop_archive,
    sweep_strays,
)
from community.services.gone import remember_gone
from community.services.neighbours import apps_that_answer
from community.services.retention.rules import declared, kept_for, past_their_time

log = logging.getLogger(__name__)

# What is left is the next run's.
SLICES_PER_RUN = 200
AT_ONCE = 5_000
# A server that leaves may have a long history; it goes once all of that has gone.
FILES_PER_RUN = 5
ALWAYS = datetime.max.replace(tzinfo=UTC)

Work = Callable[[type[Any], Retention, int | None], int]


def keep_retention(*, guild_id: int | None = None) -> int:
    """Let go of what is past its time, a bounded number of slices; return how many rows it was."""
    return sum(work_off(guild_id=guild_id).values())


def work_off(*, guild_id: int | None = None) -> Counter[str]:
    """Let go of what is past its time, in one server or all; return how many rows of what."""
    done: Counter[str] = Counter()
    with cross_guild("retention looks at every server's rows"):
        for name, count in islice(_slices(guild_id), SLICES_PER_RUN):
            done[name] += count
        if strays := sweep_strays(folder=settings.GUILDHALL_DATA / "archives"):
            done["archive files that nothing names"] = strays
    return done


def _slices(guild_id: int | None) -> Iterator[tuple[str, int]]:
    """Work off every table, slice by slice; tell how many rows each one had."""
    for model, rule in declared():
        for work in _work_for(model, rule):
            while count := _slice(work, model, rule, guild_id):
                yield str(model._meta.verbose_name_plural), count


def _work_for(model: type[Model], rule: Retention) -> list[Work]:
    if model is Guild:
        return [_server_slice]
    if rule.action == "archive":
        return [_archive_slice, _file_slice]
    return [_keep_slice] if rule.action in ("delete", "empty") else []


def _slice(work: Work, model: type[Model], rule: Retention, guild_id: int | None) -> int:
    """Work off one slice; a table that refuses is told of, and does not stop the others."""
    try:
        return work(model, rule, guild_id)
    except (DatabaseError, HouseError, OSError):
        log.exception("What is past its time in %s could not leave.", model._meta.db_table)
        return 0


@transaction.atomic
def _keep_slice(model: type[Model], rule: Retention, guild_id: int | None) -> int:
    """Delete or empty one slice of what is past its time."""
    # Locked before they are listed: what changes meanwhile may not be past its time any more.
    late = past_their_time(model, rule, guild_id=guild_id).order_by("pk")
    late = late.select_for_update(skip_locked=True, of=("self",))
    rows = model._base_manager.filter(pk__in=[row.pk for row in late[: rule.slice]])
    if rule.action == "empty":
        return rows.update(**dict.fromkeys(rule.empties, ""))
    return rows.delete()[1].get(model._meta.label, 0)


@transaction.atomic
def _archive_slice(model: type[GuildScoped], rule: Retention, guild_id: int | None) -> int:
    """Move the oldest rows of one server to a file."""
    read = came_back_lately(table=model._meta.db_table)
    late = past_their_time(model, rule, guild_id=guild_id).exclude(read).order_by("pk")
    if (oldest := late.first()) is None:
        return 0
    if issubclass(model, AppendOnly):
        kept = kept_for(model, rule, guild_id=oldest.guild_id)
        return _archive(model, oldest.guild_id, timezone.now() - kept)
    # Who comes back meanwhile waits, as for every change of a server's people.
    Guild.objects.select_for_update(no_key=True).get(pk=oldest.guild_id)
    here = late.filter(guild_id=oldest.guild_id).select_for_update(skip_locked=True, of=("self",))
    return _archive_rows(model, list(here[:AT_ONCE]))


@transaction.atomic
def _file_slice(model: type[GuildScoped], rule: Retention, _: int | None) -> int:
    """Let go of a file whose own time is over; what stays of its rows stands elsewhere."""
    if rule.files_after is None:
        return 0
    left = Archive.objects.standing().filter(table_name=model._meta.db_table)
    over = left.filter(let_out_at__lte=timezone.now() - rule.files_after)
    for app in apps_that_answer("rows_on_hold"):
        if (held := app.rows_on_hold(model=Archive)) is not None:
            over = over.exclude(held)
    paper = over.order_by("pk").select_for_update(skip_locked=True, of=("self",)).first()
    return drop_archive(archive=paper) if paper else 0


def _server_slice(model: type[Guild], rule: Retention, guild_id: int | None) -> int:
    """Let a removed server go: its history file by file, and then all that is left of it."""
    late = past_their_time(model, rule, guild_id=guild_id).order_by("pk")
    gone = late.first()
    return _let_go(model, rule, gone.pk) if gone and _has_left_whole(gone.pk) else 0


@transaction.atomic
def _let_go(model: type[Guild], rule: Retention, guild_id: int) -> int:
    # It may have returned meanwhile, or have been held.
    late = past_their_time(model, rule, guild_id=guild_id).select_for_update(skip_locked=True)
    late = model._base_manager.filter(pk__in=[guild.pk for guild in late], left_at__isnull=False)
    if late.exists() and _has_left_whole(guild_id):
        return late.delete()[1].get(model._meta.label, 0)
    return 0


def _has_left_whole(guild_id: int) -> bool:
    """Take a server's history to its archive, as much as one run may; True when nothing is left."""
    return all(map(_runs_dry, _ways_out(guild_id)))


def _runs_dry(move: Callable[[], int]) -> bool:
    return any(not move() for _ in range(FILES_PER_RUN))


def _ways_out(guild_id: int) -> Iterator[Callable[[], int]]:
    """Return how each history leaves with its server: book by book, or table by table."""
    for app in apps_that_answer("archive_page"):
        yield partial(app.archive_page, guild_id=guild_id, before=ALWAYS)
    for model in _archived_with_their_server():
        if issubclass(model, AppendOnly):
            yield partial(_archive, model, guild_id, ALWAYS)
        else:
            yield partial(_archive_latest, model, guild_id)


def _archived_with_their_server() -> list[type[GuildScoped]]:
    """Return whose rows a server leaves behind in files: lines of history before their subject."""
    found = [cast("type[GuildScoped]", m) for m, rule in declared() if rule.leaves_archived]
    return sorted(found, key=lambda model: not issubclass(model, AppendOnly))


@transaction.atomic
def _archive(model: type[GuildScoped], guild_id: int, before: datetime) -> int:
    """Move the oldest rows of one server's history to a file; return how many that were."""
    folder = settings.GUILDHALL_DATA / "archives"
    paper = archive_history(model=model, guild_id=guild_id, before=before, folder=folder)
    return paper.row_count if paper else 0


@transaction.atomic
def _archive_latest(model: type[GuildScoped], guild_id: int) -> int:
    """Move the latest rows of a server to a file: what an earlier one led to knows it still."""
    rows = model._base_manager.filter(guild_id=guild_id).select_for_update().order_by("-pk")
    return _archive_rows(model, sorted(rows[:AT_ONCE], key=lambda row: row.pk))


def _archive_rows(model: type[GuildScoped], rows: list[Any]) -> int:
    """Move locked rows of one server to a file."""
    if not rows:
        return 0
    chosen = Chosen(rows[0].guild_id, tuple(row.pk for row in rows))
    folder = settings.GUILDHALL_DATA / "archives"
    archive = archive_chosen(model=model, chosen=chosen, folder=folder)
    if model is Member:
        remember_gone(archive=archive, members=rows)
    return archive.row_count
