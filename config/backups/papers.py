"""The paper beside each backup: what it holds, row by row, signed so that no other is restored."""

import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.utils.crypto import salted_hmac

from community.errors import HouseError
from config.backups.files import private_file

FORMAT = 1
SALT = "guildhall.backup"
FIRST_LETTERS = "guildhall-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is in a backup, as it was found on the snapshot that the backup shows."""

    name: str
    made_at: datetime
    took: float
    version: str
    server: str
    database: str
    migrations: Mapping[str, str]
    tables: Mapping[str, tuple[int, str]]
    histories: Mapping[str, Any] = field(default_factory=dict)
    size: int
    sha256: str
    verified_at: datetime | None = None

    @property
    def row_count(self) -> int:
        """How many rows it holds."""
        return sum(rows for rows, _ in self.tables.values())

    @property
    def duration(self) -> timedelta:
        """How long it took to make."""
        return timedelta(seconds=self.took)

    def verified(self, at: datetime) -> Self:
        """Return the paper with the moment when the backup was proved."""
        return replace(self, verified_at=at)

    def as_json(self) -> str:
        """Return the paper as it is written, with its signature."""
        told = {"format": FORMAT, **asdict(self)}
        for moment in ("made_at", "verified_at"):
            told[moment] = told[moment] and told[moment].isoformat()
        text = json.dumps(told, sort_keys=True)
        return json.dumps({"paper": json.loads(text), "signature": _sign(text)}, indent=1)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a paper; refuse one that is not whole, or not of this house's hand."""
        try:
            whole = json.loads(path.read_text(encoding="utf-8"))
            told, signature = whole["paper"], whole["signature"]
            text = json.dumps(told, sort_keys=True)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HouseError(f"The paper {path.name} cannot be read: {error}.") from None
        if not hmac.compare_digest(_sign(text), str(signature)):
            raise HouseError(
                f"The paper {path.name} is not signed by this house: it was changed, or made with "
                "another SECRET_KEY. A backup of another house is not restored."
            )
        if told.pop("format") != FORMAT:
            raise HouseError(f"The paper {path.name} is of a later Guildhall.")
        for moment in ("made_at", "verified_at"):
            told[moment] = told[moment] and datetime.fromisoformat(told[moment])
        told["tables"] = {name: (rows, digest) for name, (rows, digest) in told["tables"].items()}
        return cls(**told)


def dump_of(paper: Paper, folder: Path) -> Path:
    """Return the file that a paper describes."""
    return folder / f"{paper.name}.dump"


def write_paper(paper: Paper, folder: Path) -> None:
    """Write a paper beside its backup, whole or not at all."""
    with private_file(folder / f"{paper.name}.json") as draft:
        os.write(draft, paper.as_json().encode())


def papers_in(folder: Path) -> Iterator[Paper]:
    """Return the paper of every backup in a folder, the newest first."""
    for path in sorted(folder.glob(f"{FIRST_LETTERS}*.json"), reverse=True):
        yield Paper.read(path)


def _sign(text: str) -> str:
    return salted_hmac(SALT, text, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()
