"""How rows come back from an archive file, exactly as they left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import SET_NULL, Q
from django.utils import timezone

from community.append_only import AppendOnly
from community.errors import HouseError
from community.fields import GuildForeignKey, GuildScoped
from community.models import Archive, Guild, Staff
from community.scope import cross_guild
from community.services.archives.files import Line, read_archive, remove_files
from community.services.audit import write_audit
from community.services.neighbours import apps_that_answer
from community.services.staff import require_keeper

if TYPE_CHECKING:
    from community.retention import Retention

AT_ONCE = 2_000
# Whoever had rows brought back wants to read them: so long they are not moved away again.
STAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Return:
    """What came back from a file, and how much of it was here before, and stays as it is."""

    rows: int
    here: int = 0

    def __str__(self) -> str:
        here = f" {self.here:,} were here already, and stay as they are." if self.here else ""
        return f"{self.rows:,} rows are back.{here}"


@transaction.atomic
def restore_archive(*, archive: Archive, by: Staff | None = None) -> Return:
    """Bring the rows of an archive file back. History comes back latest first."""
    if by is not None:
        require_keeper(by)
    paper = Archive.objects.select_for_update().get(pk=archive.pk)
    model = _refuse_what_cannot_return(paper)
    with cross_guild("what left for an archive comes back"):
        lines = [*read_archive(archive=paper)]
        away = _still_away(model, paper.guild_id, lines)
        rows, here = put_back(model=model, lines=away), len(lines) - len(away)
        for app in apps_that_answer("rows_came_back"):
            rows += app.rows_came_back(archive=paper)
        close_restored(archive=paper)
        told = {"table": paper.table_name, "rows": rows, "were_here": here}
        subject = ("archive", paper.pk)
        write_audit(verb="community.archive.restored", subject=subject, by=by, after=told)
    return Return(rows, here)


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
    try:
        with transaction.atomic():
            _write_with_what_hangs_on(model, told)
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
    _refuse_before_what_led_to_it(model, paper)
    return model


def _refuse_before_what_led_to_it(model: type[GuildScoped], paper: Archive) -> None:
    """Let cases come back as they were given: what follows from one knows it."""
    rule: Retention = model.retention  # type: ignore[attr-defined]
    if issubclass(model, AppendOnly) or not rule.leaves_archived:
        return
    alike = {"table_name": paper.table_name, "guild_id": paper.guild_id}
    earlier = Archive.objects.standing().filter(**alike, last_id__lt=paper.first_id)
    if first := earlier.order_by("first_id").first():
        raise HouseError(f"These come back earliest first: restore archive {first.pk} before.")


def _still_away(model: Any, guild_id: int | None, lines: list[Line]) -> list[Line]:
    """Leave out who is back already, as they were or as a newcomer."""
    if (column := getattr(model, "returns_by", None)) is None:
        return lines
    told = model._base_manager.filter(guild_id=guild_id, **{f"{column}__in": _all(lines, column)})
    here = set(told.values_list(column, flat=True))
    return [line for line in lines if line[column] not in here]


def _write_with_what_hangs_on(model: Any, lines: list[Line]) -> None:
    _write(model, lines)
    for name in getattr(model, "written_beside", ()):
        # A file of an earlier Guildhall may know nothing of what hangs on its rows.
        rows = [row for line in lines for row in line.get(name, ())]
        if rows:
            _write_with_what_hangs_on(model._meta.get_field(name).related_model, rows)


def _write(model: type[Any], lines: list[Line]) -> None:
    for column, lost in _lost_links(model, lines):
        lines = [{**line, column: None} if line[column] in lost else line for line in lines]
    made = [as_row(model=model, line=line) for line in lines]
    model._base_manager.bulk_create(made, batch_size=AT_ONCE)


def _lost_links(model: type[Any], lines: list[Line]) -> Iterator[tuple[str, set[int]]]:
    """Yield what rows point at that is gone meanwhile: as if it had gone while they were here."""
    for field in model._meta.local_concrete_fields:
        if not isinstance(field, GuildForeignKey) or field.remote_field.on_delete is not SET_NULL:
            continue
        named = _all(lines, field.attname) - {None}
        parent: Any = field.related_model
        told = parent._base_manager.filter(guild_id=lines[0]["guild_id"], pk__in=named)
        here = set(told.values_list("pk", flat=True)) if named else set()
        if lost := named - here - (_all(lines, "id") if parent is model else set()):
            yield field.attname, lost


def _all(lines: list[Line], column: str) -> set[Any]:
    return {line[column] for line in lines}
