"""What a paper remembers of histories: an older copy that is put back says what it lacks."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Max

from community.models import Restoration
from community.services.checks import HouseCheck
from community.services.neighbours import apps_that_answer
from config.backups.papers import papers_in


def heads_of_histories() -> dict[str, Any]:
    """Return where every history stands, by the word of every app."""
    told: dict[str, Any] = {}
    for app in apps_that_answer("heads_of_history"):
        told |= app.heads_of_history()
    return told


def heads_here() -> dict[str, Any]:
    """Return the same of the house that is replaced; nothing where it cannot be read."""
    with suppress(DatabaseError):
        return heads_of_histories()
    return {}


def missed_here(*, since: datetime) -> list[str]:
    """Return what the house that is replaced lacks already, of what came after a moment."""
    with suppress(DatabaseError):
        earlier = Restoration.objects.filter(shows_at__gte=since).order_by("pk")
        return [words for each in earlier for words in each.missing]
    return []


def missing_since(heads: Mapping[str, Any]) -> list[str]:
    """Say what stood in histories then, and is not here."""
    apps = apps_that_answer("missing_since")
    return [words for app in apps for words in app.missing_since(heads)]


def go_on_after(heads: Mapping[str, Any]) -> None:
    """Let every app go on behind what stood then, and give nothing out twice."""
    for app in apps_that_answer("go_on_after"):
        app.go_on_after(heads)


def newest_heads(folder: Path, *, since: datetime | None) -> Mapping[str, Any]:
    """Return the heads that the newest paper made after a moment remembers."""
    papers = papers_in(folder) if folder.is_dir() else iter(())
    newest = next(papers, None)
    return newest.histories if newest and (since is None or newest.made_at > since) else {}


def house_checks() -> tuple[HouseCheck, ...]:
    """Return what must hold of every history since the last backup."""
    return (
        HouseCheck(
            name="config.heads",
            holds="Every history is at least as long as the newest backup remembers it.",
            fix="An older copy stands here: python3 manage.py restore puts the newest back.",
            look=_shorter_than_remembered,
        ),
    )


def _shorter_than_remembered() -> Iterator[str]:
    # Who put an older copy back was told what it lacks, and went on.
    last = Restoration.objects.aggregate(at=Max("restored_at"))["at"]
    yield from missing_since(newest_heads(settings.BACKUPS, since=last))
