"""Archive files and their manifests: written through to the disk, read back, held to what they say.

A line is a row, with what the model has written beside it: rows that leave with it, and values
of rows that stay.
"""

import gzip
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import F
from django.utils import timezone

from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Archive

MANIFEST = ".manifest.json"
Line: TypeAlias = dict[str, Any]
Model: TypeAlias = type[GuildScoped]


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows of one server: those whose number in this column lies from first to last."""

    guild_id: int | None
    first: int
    last: int
    named_by: str = "id"

    def told_by(self, column: str) -> dict[str, Any]:
        """Return what narrows rows to those whose column names one of ours."""
        return {f"{column}__gte": self.first, f"{column}__lte": self.last}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows of one server: these, in the order of their keys."""

    guild_id: int | None
    keys: tuple[int, ...]
    named_by: str = "id"

    @property
    def first(self) -> int:
        """The lowest key."""
        return self.keys[0]

    @property
    def last(self) -> int:
        """The highest key."""
        return self.keys[-1]

    def told_by(self, column: str) -> dict[str, Any]:
        """Return what narrows rows to those whose column names one of ours."""
        return {f"{column}__in": self.keys}


class Exactly(DjangoJSONEncoder):
    """Writes a moment as it is: Django's own hand leaves the microseconds out."""

    def default(self, o: Any) -> Any:
        """Return what JSON has no word for."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def write_archive(*, model: Model, span: Span | Chosen, folder: Path) -> Archive:
    """Write rows to a file that is on the disk and was read back when this returns."""
    named = {
        "table_name": model._meta.db_table,
        "guild_id": span.guild_id,
        "named_by": span.named_by,
        "first_id": span.first,
        "last_id": span.last,
    }
    return write_lines(model=model, lines=_lines_of(model, span), named=named, folder=folder)


def write_lines(*, model: Model, lines: list[Line], named: Line, folder: Path) -> Archive:
    """Write lines to a file, with its manifest; the paper that is returned is verified."""
    content = gzip.compress(_packed(lines), mtime=0)
    digest = hashlib.sha256(content).hexdigest()
    archive = Archive(**named, row_count=len(lines), sha256=digest, size=len(content))
    where = f"{archive.table_name}-{archive.guild_id or 'house'}"
    # Another content is another file: an archive is never written over.
    name = f"{where}-{archive.first_id}-{archive.last_id}-{digest[:12]}.jsonl.gz"
    archive.path = str(folder / name)
    _write_through(Path(archive.path), content)
    _write_through(manifest_path(archive), _manifest(model, archive))
    archive.save(force_insert=True)
    verify_archive(archive=archive)
    return archive


def content_of(archive: Archive) -> bytes:
    """Return the lines of an archive file as bytes; refuse one that is damaged, or gone."""
    try:
        content = Path(archive.path).read_bytes()
    except OSError as error:
        raise HouseError(f"The archive {archive.path} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != archive.sha256:
        raise HouseError(f"The archive {archive.path} is damaged: its checksum does not match.")
    return gzip.decompress(content)


def read_archive(*, archive: Archive) -> Iterator[Line]:
    """Yield the rows of an archive file; refuse one that is damaged, or gone."""
    yield from map(json.loads, content_of(archive).splitlines())


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


def manifest_path(archive: Archive) -> Path:
    """Return where the manifest lies that can be read without a database: beside its file."""
    return Path(archive.path).with_suffix(MANIFEST)


def remove_files(archive: Archive) -> None:
    """Remove a file with its manifest, unless another paper that stands is about the same."""
    if not Archive.objects.standing().filter(path=archive.path).exists():
        for path in (Path(archive.path), manifest_path(archive)):
            path.unlink(missing_ok=True)


def _lines_of(model: Model, span: Span | Chosen) -> list[Line]:
    history: Any = model._base_manager
    columns = [field.attname for field in model._meta.local_concrete_fields if not field.generated]
    extra = {name: F(where) for name, where in getattr(model, "told_beside", {}).items()}
    rows = history.filter(guild_id=span.guild_id, **span.told_by(span.named_by))
    lines: list[Line] = list(rows.order_by("pk").values(*columns, **extra))
    return _with_what_hangs_on(model, lines, span)


def _with_what_hangs_on(model: Any, lines: list[Line], span: Span | Chosen) -> list[Line]:
    """Write into each line the rows that hang on it, with what hangs on those in turn."""
    for name in getattr(model, "written_beside", ()):
        hung = _hung_on(model._meta.get_field(name), span)
        for line in lines:
            line[name] = hung[line["id"]]
    return lines


def _hung_on(relation: Any, span: Span | Chosen) -> dict[int, list[Line]]:
    """Return the rows that hang on ours, by the row they hang on."""
    model, column = relation.related_model, relation.field.attname
    rows = model._base_manager.filter(guild_id=span.guild_id, **span.told_by(column))
    lines: list[Line] = list(rows.order_by("pk").values())
    if lines:
        theirs = Chosen(span.guild_id, tuple(line["id"] for line in lines))
        _with_what_hangs_on(model, lines, theirs)
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[line[column]].append(line)
    return found


def _manifest(model: Model, archive: Archive) -> bytes:
    told = {
        name: getattr(archive, name)
        for name in ("table_name", "guild_id", "named_by", "first_id", "last_id", "row_count")
    }
    columns = {field.column: field.db_type(connection) for field in model._meta.local_fields}
    told |= {"file": Path(archive.path).name, "sha256": archive.sha256, "columns": columns}
    told["beside"] = [*getattr(model, "written_beside", ()), *getattr(model, "told_beside", {})]
    told["written_at"] = archive.written_at
    return json.dumps(told, cls=Exactly, indent=2).encode()


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


def _packed(lines: Iterable[Line]) -> bytes:
    return "\n".join(json.dumps(line, cls=Exactly) for line in lines).encode()
