"""How rows leave when their time is over: as each model declares, history by its own door."""

from collections.abc import Iterator
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from community.fields import GuildScoped
from community.retention import Retention
from community.scope import cross_guild
from community.services.archives import archive_history

SLICE = 5_000


def keep_retention() -> int:
    """Delete or empty what is past its time in every table; return how many rows it was."""
    with cross_guild("retention looks at every server's rows"):
        return sum(_keep(model, rule) for model, rule in declared() if rule.after is not None)


def _keep(model: type[models.Model], rule: Retention) -> int:
    if issubclass(model, GuildScoped) and rule.action == "archive":
        return _archive(model, rule)
    done = 0
    while slice_done := _keep_slice(model, rule):
        done += slice_done
    return done


def _archive(model: type[GuildScoped], rule: Retention) -> int:
    """Move what is past its time to files, one server after the other."""
    before = timezone.now() - (rule.after or timedelta())
    folder = settings.GUILDHALL_DATA / "archives"
    done = 0
    for guild_id in set(past_their_time(model, rule).values_list("guild_id", flat=True)):
        while paper := archive_history(
            model=model, guild_id=guild_id, before=before, folder=folder
        ):
            done += paper.row_count
    return done


def declared() -> Iterator[tuple[type[models.Model], Retention]]:
    """Yield every model of the house with what it says about its rows."""
    for model in apps.get_models():
        if isinstance(rule := getattr(model, "retention", None), Retention):
            yield model, rule


def past_their_time(model: type[models.Model], rule: Retention) -> models.QuerySet[models.Model]:
    """Return the rows whose time is over and of which something is left to do."""
    if rule.after is None:
        return model._base_manager.none()
    rows = model._base_manager.filter(**{f"{rule.since}__lte": timezone.now() - rule.after})
    if rule.action == "empty":
        return rows.exclude(**dict.fromkeys(rule.empties, ""))
    return rows


@transaction.atomic
def _keep_slice(model: type[models.Model], rule: Retention) -> int:
    """Work on one slice, so that no lock is held for long and a stop loses nothing."""
    keys = list(past_their_time(model, rule).order_by("pk").values_list("pk", flat=True)[:SLICE])
    rows = model._base_manager.filter(pk__in=keys)
    if rule.action == "empty":
        return rows.update(**dict.fromkeys(rule.empties, ""))
    return rows.delete()[1].get(model._meta.label, 0)
