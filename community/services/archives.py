"""The one door out of history: rows leave only after their file was read back and found whole."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product, takewhile
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from community.append_only import append_only_models
from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive
from community.services.neighbours import apps_that_answer

ROWS_PER_FILE = 50_000


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows of one server: those whose number in this column lies from first to last."""

    guild_id: int | None
    first: int
    last: int
    named_by: str = "id"


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


def write_archive(*, model: type[GuildScoped], span: Span, folder: Path) -> Archive:
    """Write rows to a file that is on the disk and was read back when this returns."""
    history: Any = model._base_manager
    named = {f"{span.named_by}__gte": span.first, f"{span.named_by}__lte": span.last}
    rows = list(history.filter(guild_id=span.guild_id, **named).order_by("pk").values())
    content = gzip.compress(_lines(rows), mtime=0)
    digest = hashlib.sha256(content).hexdigest()
    table = model._meta.db_table
    # Another content is another file: an archive is never written over.
    name = f"{table}-{span.guild_id or 'house'}-{span.first}-{span.last}-{digest[:12]}.jsonl.gz"
    archive = Archive(
        table_name=table,
        guild_id=span.guild_id,
        named_by=span.named_by,
        first_id=span.first,
        last_id=span.last,
        row_count=len(rows),
        path=str(folder / name),
        sha256=digest,
    )
    _write_through(Path(archive.path), content)
    _write_through(manifest_path(archive), _manifest(model, archive))
    archive.save(force_insert=True)
    verify_archive(archive=archive)
    return archive


def read_archive(*, archive: Archive) -> Iterator[dict[str, Any]]:
    """Yield the rows of an archive file; refuse one that is damaged, or gone."""
    try:
        content = Path(archive.path).read_bytes()
    except OSError as error:
        raise HouseError(f"The archive {archive.path} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != archive.sha256:
        raise HouseError(f"The archive {archive.path} is damaged: its checksum does not match.")
    yield from map(json.loads, gzip.decompress(content).splitlines())


def check_archive(*, archive: Archive) -> None:
    """Read an archive file back; refuse unless it holds exactly what its manifest says."""
    names = [row[archive.named_by] for row in read_archive(archive=archive)]
    named = range(archive.first_id, archive.last_id + 1)
    if len(names) != archive.row_count or not all(name in named for name in names):
        raise HouseError(f"The archive {archive.path} does not hold the rows its manifest names.")


def verify_archive(*, archive: Archive) -> None:
    """Read a new archive file back, and write down that it is whole."""
    check_archive(archive=archive)
    archive.verified_at = timezone.now()
    archive.save(update_fields=["verified_at"])


def find_archive_damage() -> Iterator[str]:
    """Say of each file that it is not what left the database; other apps add what they know."""
    papers = Archive.objects.exclude(let_out_at=None)
    for archive in papers.order_by("pk").iterator():
        try:
            check_archive(archive=archive)
        except HouseError as damage:
            yield str(damage)
    servers = papers.exclude(guild_id=None).values_list("guild_id", flat=True).distinct()
    for app, guild_id in product(apps_that_answer("find_archive_breaches"), servers):
        yield from app.find_archive_breaches(guild_id=guild_id)


@transaction.atomic
def let_out(*, archive: Archive) -> int:
    """Remove the rows of a verified archive from the database; all of them, or none."""
    _forget_side_rows(archive)
    with connection.cursor() as cursor:
        cursor.execute("SELECT guildhall_let_out(%s)", [archive.pk])
        (gone,) = cursor.fetchone()
    archive.refresh_from_db()
    return int(gone)


def manifest_path(archive: Archive) -> Path:
    """Return where the manifest lies that can be read without a database: beside its file."""
    return Path(archive.path).with_suffix(".manifest.json")


def _manifest(model: type[GuildScoped], archive: Archive) -> bytes:
    told = {
        name: getattr(archive, name)
        for name in ("table_name", "guild_id", "named_by", "first_id", "last_id", "row_count")
    }
    columns = {field.column: field.db_type(connection) for field in model._meta.local_fields}
    told |= {"file": Path(archive.path).name, "sha256": archive.sha256, "columns": columns}
    told["written_at"] = archive.written_at
    return json.dumps(told, cls=DjangoJSONEncoder, indent=2).encode()


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


def _write_through(path: Path, content: bytes) -> None:
    """Write a private file that is on the disk, name and all, when this returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _lines(rows: Iterable[dict[str, object]]) -> bytes:
    return "\n".join(json.dumps(row, cls=DjangoJSONEncoder) for row in rows).encode()
