"""What is past its time: by what each model declares, what its server chose, and what is held."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeAlias

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from community.fields import InScope
from community.models import RetentionChoice
from community.retention import Retention
from community.services.neighbours import apps_that_answer

Rows: TypeAlias = QuerySet[Any]


def declared() -> Iterator[tuple[type[Model], Retention]]:
    """Yield every model of the house with what it says about its rows."""
    for model in apps.get_models():
        if isinstance(rule := getattr(model, "retention", None), Retention):
            yield model, rule


def may_be_chosen() -> dict[str, tuple[type[Model], Retention]]:
    """Return the tables for which a server may choose another span, with what they declare."""
    return {m._meta.db_table: (m, rule) for m, rule in declared() if rule.shortest is not None}


def past_their_time(model: type[Model], rule: Retention, *, guild_id: int | None = None) -> Rows:
    """Return the rows whose time is over, that nobody holds, and of which something is left."""
    rows: Rows = model._base_manager.all()
    if guild_id is not None:
        column = model.guild_column if issubclass(model, InScope) else ""
        rows = rows.filter(**{column: guild_id}) if column else rows.none()
    if rule.after is None or not rule.since:
        return rows.none()
    rows = rows.filter(_is_over(model, rule))
    for app in apps_that_answer("rows_on_hold"):
        if (held := app.rows_on_hold(model=model)) is not None:
            rows = rows.exclude(held)
    if rule.action == "empty":
        return rows.exclude(**dict.fromkeys(rule.empties, ""))
    return rows


def kept_for(model: type[Model], rule: Retention, *, guild_id: int | None) -> timedelta:
    """Return how long a table's rows are kept in one server."""
    choices: Any = RetentionChoice.objects.all()
    own = choices.filter(guild_id=guild_id, table_name=model._meta.db_table).first()
    return timedelta(days=own.days) if own else rule.after or timedelta.max


def _is_over(model: type[Model], rule: Retention) -> Q:
    """Return what finds the rows whose time is over; one term for each span that was chosen."""
    now, servers = timezone.now(), _chosen(model, rule)
    over = Q(**{f"{rule.since}__lte": now - (rule.after or timedelta())})
    for_others = over & ~Q(guild_id__in=[g for some in servers.values() for g in some])
    found = for_others if servers else over
    for days, guild_ids in servers.items():
        late = {f"{rule.since}__lte": now - timedelta(days=days)}
        found |= Q(guild_id__in=guild_ids, **late)
    return found


def _chosen(model: type[Model], rule: Retention) -> dict[int, list[int]]:
    """Return the servers that chose for a table, by what they chose."""
    servers: dict[int, list[int]] = defaultdict(list)
    if rule.shortest is not None:
        chosen = RetentionChoice.objects.filter(table_name=model._meta.db_table)
        for days, guild_id in chosen.values_list("days", "guild_id"):
            servers[days].append(guild_id)
    return servers
