"""The one door out of history: rows leave only after their file was read back and found whole."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from community.append_only import append_only_models
from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive
from community.services.archives.files import Chosen, Span, remove_files, write_archive

ROWS_PER_FILE = 50_000


def archive_history(
    *, model: type[GuildScoped], guild_id: int | None, before: datetime, folder: Path
) -> Archive | None:
    """Move the oldest rows of one server's history to a file; None when none is old enough."""
    span = oldest_span(model=model, guild_id=guild_id, before=before, most=ROWS_PER_FILE)
    if span is None:
        return None
    archive = write_archive(model=model, span=span, folder=folder)
    let_out(archive=archive)
    return archive


def oldest_span(
    *, model: type[GuildScoped], guild_id: int | None, before: datetime, most: int
) -> Span | None:
    """Name the oldest rows of one server's history; None when none is old enough."""
    history: Any = model._base_manager
    rows = history.filter(guild_id=guild_id).order_by("pk").values_list("pk", "at")[:most]
    # A manifest names rows from first to last: one that is young ends it, whatever follows.
    keys = [key for key, _ in takewhile(lambda row: row[1] < before, rows)]
    return Span(guild_id, keys[0], keys[-1]) if keys else None


@transaction.atomic
def let_out(*, archive: Archive) -> int:
    """Remove the rows of a verified archive from the database; all of them, or none."""
    _forget_side_rows(archive)
    with connection.cursor() as cursor:
        cursor.execute("SELECT guildhall_let_out(%s)", [archive.pk])
        (gone,) = cursor.fetchone()
    archive.refresh_from_db()
    return int(gone)


@transaction.atomic
def archive_chosen(*, model: type[GuildScoped], chosen: Chosen, folder: Path) -> Archive:
    """Move some rows of one server to a file, with all that hangs on them; whoever calls locks."""
    archive = write_archive(model=model, span=chosen, folder=folder)
    history: Any = model._base_manager
    gone = (
        history.filter(guild_id=chosen.guild_id, pk__in=chosen.keys)
        .delete()[1]
        .get(model._meta.label, 0)
    )
    if gone != archive.row_count:
        raise HouseError(f"{archive.row_count} rows were written, {gone} would leave.")
    archive.let_out_at = timezone.now()
    archive.save(update_fields=["let_out_at"])
    return archive


@transaction.atomic
def drop_archive(*, archive: Archive) -> int:
    """Let go of a file whose time is over as well; its paper stays. Return how many rows."""
    archive.dropped_at = timezone.now()
    archive.save(update_fields=["dropped_at"])
    transaction.on_commit(partial(remove_files, archive))
    return archive.row_count


def _forget_side_rows(archive: Archive) -> None:
    """Delete what hangs on the rows that leave, and would hang on nothing."""
    for relation in _side_relations(archive.table_name):
        left: dict[str, Any] = {
            "guild_id": archive.guild_id,
            f"{relation.field.name}__gte": archive.first_id,
            f"{relation.field.name}__lte": archive.last_id,
        }
        relation.related_model._base_manager.filter(**left).delete()


def _side_relations(table: str) -> Iterator[Any]:
    for model in append_only_models():
        if model._meta.db_table == table:
            yield from map(model._meta.get_field, model.side_rows)
