"""A copy of everything about a person: a private zip with JSON, CSV and a manifest."""

import hashlib
import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from community.services.sheets import csv_lines

Tables = Mapping[str, list[dict[str, Any]]]


def write_copy(*, user_id: int, tables: Tables, at: datetime) -> Path:
    """Write a copy to a file that nobody else may read; return where it lies."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path: Path = folder / f"{user_id}-{secrets.token_hex(8)}.zip"
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as out, ZipFile(out, "w", ZIP_DEFLATED) as copy:
        manifest = {table: _add(copy, table, rows) for table, rows in sorted(tables.items())}
        told = {"person": str(user_id), "made_at": at.isoformat(), "tables": manifest}
        copy.writestr("manifest.json", json.dumps(told, indent=1))
    return path


def remove_copies(paths: Iterable[str]) -> None:
    """Remove copies that were fetched, or that nobody fetches any more."""
    for path in filter(None, paths):
        with suppress(FileNotFoundError):
            Path(path).unlink()


def remove_strays(*, besides: Collection[str], before: datetime) -> int:
    """Remove copies that nobody knows of: who made one was stopped before it was written down."""
    strays = [
        str(path)
        for path in _folder().glob("*.zip")
        if str(path) not in besides and path.stat().st_mtime < before.timestamp()
    ]
    remove_copies(strays)
    return len(strays)


def _folder() -> Path:
    folder: Path = settings.GUILDHALL_DATA / "copies"
    return folder


def _add(copy: ZipFile, table: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Add a table in both forms; return how many rows it has, and their checksum."""
    content = json.dumps(rows, cls=DjangoJSONEncoder, indent=1)
    copy.writestr(f"{table}.json", content)
    if rows:
        columns = list(rows[0])
        cells = ([_cell(row.get(name)) for name in columns] for row in rows)
        copy.writestr(f"{table}.csv", "".join(csv_lines(columns, cells)))
    return {"rows": len(rows), "sha256": hashlib.sha256(content.encode()).hexdigest()}


def _cell(value: Any) -> Any:
    return json.dumps(value, cls=DjangoJSONEncoder) if isinstance(value, dict | list) else value
