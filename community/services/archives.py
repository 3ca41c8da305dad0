"""The one door out of history: rows leave only after their file was read back and found whole."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import timezone

from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive

ROWS_PER_FILE = 50_000


def archive_history(
    *, model: type[GuildScoped], guild_id: int | None, before: datetime, folder: Path
) -> Archive | None:
    """Move the oldest rows of one server's history to a file; None when none is old enough."""
    history: Any = model._base_manager
    rows = history.filter(guild_id=guild_id).order_by("pk")[:ROWS_PER_FILE]
    # A manifest names rows from first to last: one that is young ends it, whatever follows.
    values: list[Any] = list(takewhile(lambda row: row["at"] < before, rows.values()))
    if not values:
        return None
    archive = _write(model._meta.db_table, guild_id, values, folder)
    verify_archive(archive=archive)
    _forget_side_rows(model, archive)
    let_out(archive=archive)
    return archive


def verify_archive(*, archive: Archive) -> None:
    """Read an archive file back; refuse unless it holds exactly what its manifest says."""
    content = Path(archive.path).read_bytes()
    if hashlib.sha256(content).hexdigest() != archive.sha256:
        raise HouseError(f"The archive {archive.path} is damaged: its checksum does not match.")
    ids = [json.loads(line)["id"] for line in gzip.decompress(content).splitlines()]
    if (len(ids), min(ids), max(ids)) != (archive.row_count, archive.first_id, archive.last_id):
        raise HouseError(f"The archive {archive.path} does not hold the rows its manifest names.")
    archive.verified_at = timezone.now()
    archive.save(update_fields=["verified_at"])


@transaction.atomic
def let_out(*, archive: Archive) -> int:
    """Remove the rows of a verified archive from the database; all of them, or none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT guildhall_let_out(%s)", [archive.pk])
        (gone,) = cursor.fetchone()
    archive.refresh_from_db()
    return int(gone)


def _forget_side_rows(model: type[GuildScoped], archive: Archive) -> None:
    """Delete what hangs on the rows that leave; its texts were emptied long before."""
    for relation in model._meta.related_objects:
        left: dict[str, Any] = {
            "guild_id": archive.guild_id,
            f"{relation.field.name}__gte": archive.first_id,
            f"{relation.field.name}__lte": archive.last_id,
        }
        relation.related_model._base_manager.filter(**left).delete()


def _write(table: str, guild_id: int | None, rows: list[dict[str, Any]], folder: Path) -> Archive:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first, last = rows[0]["id"], rows[-1]["id"]
    content = gzip.compress(_lines(rows), mtime=0)
    digest = hashlib.sha256(content).hexdigest()
    # Another content is another file: an archive is never written over.
    path = folder / f"{table}-{guild_id or 'house'}-{first}-{last}-{digest[:12]}.jsonl.gz"
    _write_through(path, content)
    return Archive.objects.create(
        table_name=table,
        guild_id=guild_id,
        first_id=first,
        last_id=last,
        row_count=len(rows),
        path=str(path),
        sha256=digest,
    )


def _write_through(path: Path, content: bytes) -> None:
    """Write a private file that is on the disk, name and all, when this returns."""
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
