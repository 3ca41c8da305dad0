"""How rows come back from an archive file, exactly as they left."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from community.append_only import AppendOnly
from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive, Guild, Staff
from community.scope import cross_guild
from community.services.archives.files import Line, read_archive, remove_files
from community.services.audit import write_audit
from community.services.neighbours import apps_that_answer
from community.services.staff import require_keeper

AT_ONCE = 2_000
# Whoever had rows brought back wants to read them: so long they are not moved away again.
STAYS = timedelta(days=30)


@transaction.atomic
def restore_archive(*, archive: Archive, by: Staff | None = None) -> int:
    """Bring the rows of an archive file back; return how many. History comes back latest first."""
    if by is not None:
        require_keeper(by)
    paper = Archive.objects.select_for_update().get(pk=archive.pk)
    model = _refuse_what_cannot_return(paper)
    with cross_guild("what left for an archive comes back"):
        rows = put_back(model=model, lines=read_archive(archive=paper))
        for app in apps_that_answer("rows_came_back"):
            rows += app.rows_came_back(archive=paper)
        close_restored(archive=paper)
        told = {"table": paper.table_name, "rows": rows}
        subject = ("archive", paper.pk)
        write_audit(verb="community.archive.restored", subject=subject, by=by, after=told)
    return rows


@transaction.atomic
def hand_out_archive(*, archive: Archive, by: Staff) -> None:
    """Note that a keeper takes a copy of a file."""
    require_keeper(by)
    told = {"table": archive.table_name, "server": str(archive.guild_id or "")}
    with cross_guild("an archive file is handed out"):
        subject = ("archive", archive.pk)
        write_audit(verb="community.archive.handed_out", subject=subject, by=by, after=told)


def close_restored(*, archive: Archive) -> None:
    """Write down that the rows of an archive are in the database again; its file goes."""
    archive.restored_at = timezone.now()
    archive.save(update_fields=["restored_at"])
    transaction.on_commit(partial(remove_files, archive))


def put_back(*, model: type[GuildScoped], lines: Iterable[Line]) -> int:
    """Write the rows of some lines, and what was written beside them; return how many lines."""
    told = list(lines)
    relations: Any = map(model._meta.get_field, getattr(model, "written_beside", ()))
    try:
        with transaction.atomic():
            _write(model, told)
            for relation in relations:
                rows = [row for line in told for row in line[relation.name]]
                _write(relation.related_model, rows)
    except IntegrityError as error:
        words = "Some of these rows are here already, or what they belong to is not."
        raise HouseError(words) from error
    return len(told)


def came_back_lately(*, table: str) -> Q:
    """Return what finds a table's rows in servers where some were brought back to be read."""
    since = timezone.now() - STAYS
    papers = Archive.objects.filter(table_name=table, restored_at__gt=since)
    servers = set(papers.values_list("guild_id", flat=True))
    here = Q(guild_id__in=servers - {None})
    return here | Q(guild_id=None) if None in servers else here


def model_of(table: str) -> type[GuildScoped]:
    """Return the model of an archived table."""
    for model in apps.get_models():
        if model._meta.db_table == table and issubclass(model, GuildScoped):
            return model
    raise HouseError(f"This Guildhall has no table {table}.")


def as_row(*, model: type[Any], line: Line) -> Any:
    """Return the row of a line, as its model has it; it is written nowhere."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    return model(**{each.attname: each.to_python(line[each.attname]) for each in fields})


def _refuse_what_cannot_return(paper: Archive) -> type[GuildScoped]:
    if not paper.is_standing:
        raise HouseError("These rows have not left, or came back already, or their file is gone.")
    if paper.guild_id is not None and not Guild.objects.filter(pk=paper.guild_id).exists():
        raise HouseError("The server of these rows is not known here: invite the bot first.")
    model = model_of(paper.table_name)
    alike = {"table_name": paper.table_name, "guild_id": paper.guild_id}
    later = Archive.objects.standing().filter(**alike, first_id__gt=paper.last_id)
    if issubclass(model, AppendOnly) and (last := later.order_by("-last_id").first()):
        raise HouseError(f"History comes back latest first: restore archive {last.pk} before.")
    return model


def _write(model: type[Any], rows: list[Line]) -> None:
    made = [as_row(model=model, line=row) for row in rows]
    model._base_manager.bulk_create(made, batch_size=AT_ONCE)
