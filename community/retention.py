"""How long rows stay: each model says it beside its fields, and the nightly task keeps to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Retention:
    """What becomes of a row, and how long after which of its times."""

    action: str
    why: str
    since: str = ""
    after: timedelta | None = None
    empties: tuple[str, ...] = ()
    slice: int = 5_000
    leaves_archived: bool = False
    # Between these a server may choose for itself; without them it may not.
    shortest: timedelta | None = None
    longest: timedelta | None = None
    # So long after rows left, their file goes as well.
    files_after: timedelta | None = None


def kept_for_ever(why: str) -> Retention:
    """Rows that never leave by themselves."""
    return Retention("never", why)


def kept_with_guild(
    why: str = "leaves with its server, 30 days after the bot was removed",
) -> Retention:
    """Rows that live as long as their server is remembered."""
    return Retention("with guild", why)


def archived_with_guild(why: str) -> Retention:
    """Rows that live as long as their server is remembered, and then leave for archive files."""
    return Retention("with guild", why, leaves_archived=True)


def deleted(*, since: str, days: int, why: str, at_once: int = 5_000) -> Retention:
    """Rows that are deleted some days after one of their times, so many in one statement."""
    return Retention("delete", why, since, timedelta(days=days), slice=at_once)


def as_chosen(rule: Retention, *, between: tuple[int, int]) -> Retention:
    """Rows of which a server may say within bounds how many days they stay."""
    shortest, longest = map(timedelta, between)
    return replace(rule, shortest=shortest, longest=longest)


def dropped(*, days: int, why: str) -> Retention:
    """Rows of a table that is partitioned by month, and leaves month by month."""
    return Retention("drop", why, after=timedelta(days=days))


def emptied(*fields: str, since: str, days: int, why: str) -> Retention:
    """Rows that stay, but whose named texts are emptied some days after one of their times."""
    return Retention("empty", why, since, timedelta(days=days), fields)


def archived(*, since: str, days: int, why: str, file_days: int | None = None) -> Retention:
    """Rows that leave for an archive file some days after one of their times.

    The files stay for ever, or go some days later.
    """
    files_after = None if file_days is None else timedelta(days=file_days)
    return Retention("archive", why, since, timedelta(days=days), files_after=files_after)


def archived_in_pages(*, days: int, why: str) -> Retention:
    """Rows of a book that leaves page by page, by the `archive_page` of its own app."""
    return Retention("archive pages", why, since="at", after=timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whom an archived row is about, and what is emptied in its file when they are erased."""

    about: str
    empties: Mapping[str, Any] = field(default_factory=dict)
    # What was written beside it: the columns that are emptied there.
    beside: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # What a copy for the person leaves out.
    hides: tuple[str, ...] = ()

    def empty(self, line: dict[str, Any]) -> bool:
        """Empty a line of a file; True when anything in it changed."""
        before = str(line)
        line.update(self.empties)
        for name, empties in self.beside.items():
            for row in line.get(name, ()):
                row.update(empties)
        return str(line) != before
