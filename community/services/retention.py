"""How rows leave when their time is over: as each model declares, history by its own door."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from community.append_only import AppendOnly
from community.errors import HouseError
from community.fields import GuildScoped
from community.models import Guild
from community.retention import Retention
from community.scope import cross_guild
from community.services.archives import (
    Chosen,
    archive_chosen,
    archive_history,
    came_back_lately,
)
from community.services.neighbours import apps_that_answer

log = logging.getLogger(__name__)

# One run is one transaction of the clock and has a minute; what is left is the next run's.
SLICES_PER_RUN = 40
AT_ONCE = 5_000
# A server that leaves may have a long history; it goes once all of that has gone.
FILES_PER_RUN = 5


@transaction.atomic
def keep_retention() -> int:
    """Let go of what is past its time, a bounded number of slices; return how many rows it was."""
    with cross_guild("retention looks at every server's rows"):
        return sum(islice(_slices(), SLICES_PER_RUN))


def _slices() -> Iterator[int]:
    """Work off every table, slice by slice; tell how many rows each one had."""
    for model, rule in declared():
        while rule.since and (count := _slice(model, rule)):
            yield count


def _slice(model: type[models.Model], rule: Retention) -> int:
    """Work off one slice; a table that refuses is told of, and does not stop the others."""
    work = _archive_slice if rule.action == "archive" else _keep_slice
    try:
        with transaction.atomic():
            return work(model, rule)
    except (DatabaseError, HouseError, OSError):
        log.exception("What is past its time in %s could not leave.", model._meta.db_table)
        return 0


def _archive_slice(model: type[models.Model], rule: Retention) -> int:
    """Move the oldest rows of one server's history to a file."""
    read = came_back_lately(table=model._meta.db_table)
    oldest: Any = past_their_time(model, rule).exclude(read).order_by("pk").first()
    if oldest is None or not issubclass(model, GuildScoped):
        return 0
    return _archive(model, oldest.guild_id, timezone.now() - (rule.after or timedelta()))


def _archive(model: type[GuildScoped], guild_id: int, before: datetime) -> int:
    """Move the oldest rows of one server's history to a file; return how many that were."""
    folder = settings.GUILDHALL_DATA / "archives"
    paper = archive_history(model=model, guild_id=guild_id, before=before, folder=folder)
    return paper.row_count if paper else 0


def declared() -> Iterator[tuple[type[models.Model], Retention]]:
    """Yield every model of the house with what it says about its rows."""
    for model in apps.get_models():
        if isinstance(rule := getattr(model, "retention", None), Retention):
            yield model, rule


def past_their_time(model: type[models.Model], rule: Retention) -> models.QuerySet[models.Model]:
    """Return the rows whose time is over and of which something is left to do."""
    if rule.after is None or not rule.since:
        return model._base_manager.none()
    rows = model._base_manager.filter(**{f"{rule.since}__lte": timezone.now() - rule.after})
    if rule.action == "empty":
        return rows.exclude(**dict.fromkeys(rule.empties, ""))
    return rows


def _keep_slice(model: type[models.Model], rule: Retention) -> int:
    """Delete or empty one slice of what is past its time."""
    # Locked before they are listed: a server that returns meanwhile is not past its time any more.
    late = past_their_time(model, rule).select_for_update(skip_locked=True).order_by("pk")
    rows = model._base_manager.filter(pk__in=[row.pk for row in late[: rule.slice]])
    if rule.action == "empty":
        return rows.update(**dict.fromkeys(rule.empties, ""))
    if issubclass(model, Guild):
        rows = rows.filter(pk__in=[row.pk for row in rows if _has_left_whole(row.pk)])
    return rows.delete()[1].get(model._meta.label, 0)


def _has_left_whole(guild_id: int) -> bool:
    """Take a server's history to its archive, as much as one run may; True when nothing is left."""
    return all(map(_runs_dry, _ways_out(guild_id)))


def _runs_dry(move: Callable[[], int]) -> bool:
    return any(not move() for _ in range(FILES_PER_RUN))


def _ways_out(guild_id: int) -> Iterator[Callable[[], int]]:
    """Return how each history leaves with its server: book by book, or table by table."""
    always = datetime.max.replace(tzinfo=UTC)
    for app in apps_that_answer("archive_page"):
        yield partial(app.archive_page, guild_id=guild_id, before=always)
    for model in _archived_with_their_server():
        move = _archive if issubclass(model, AppendOnly) else _archive_latest
        yield partial(move, model, guild_id, always)


def _archived_with_their_server() -> list[type[GuildScoped]]:
    """Return whose rows a server leaves behind in files: lines of history before their subject."""
    found = [cast("type[GuildScoped]", m) for m, rule in declared() if rule.leaves_archived]
    return sorted(found, key=lambda model: not issubclass(model, AppendOnly))


def _archive_latest(model: type[GuildScoped], guild_id: int, _: datetime) -> int:
    """Move the latest rows of a server to a file: what an earlier one led to knows it still."""
    rows = model._base_manager.filter(guild_id=guild_id).select_for_update().order_by("-pk")
    keys = sorted(row.pk for row in rows[:AT_ONCE])
    if not keys:
        return 0
    folder = settings.GUILDHALL_DATA / "archives"
    chosen = Chosen(guild_id, tuple(keys))
    return archive_chosen(model=model, chosen=chosen, folder=folder).row_count
