"""The months of messages: three are made ahead, and each is dropped when its year is over."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone

from activity.models import MessageEvent
from activity.partitions import (
    Month,
    drop_months,
    is_there,
    make_month,
    months_from,
    months_of,
    months_of_strays,
)
from activity.snowflakes import first_id_at, moment_of
from community.services.retention import Due
from community.services.tables import tables_now

AHEAD = 3
MOST_TOLD = 13  # nothing is kept for longer than a year
TABLE = MessageEvent._meta.db_table


def prepare_months_after_migrating(**_: object) -> None:
    """Make the months that are about to be needed, once the table stands."""
    if is_there(TABLE):
        prepare_months(now=timezone.now())


def prepare_months(*, now: datetime) -> list[Month]:
    """Make the months that are about to be needed, where they are missing; return these."""
    wanted = set(months_from(now, 1 + AHEAD))
    return _make(wanted - months_of(TABLE))


def make_months_since(*, since: datetime, now: datetime) -> list[Month]:
    """Make the months of what is told of long ago, where they are missing; return these."""
    wanted = takewhile(lambda month: month <= Month.of(now), months_from(since, MOST_TOLD))
    return _make(set(wanted) - months_of(TABLE))


def keep_months(*, now: datetime) -> str:
    """Make months ahead and for what lies elsewhere, drop what is over; say what was done."""
    made = prepare_months(now=now) + _make(months_of_strays(TABLE))
    dropped = drop_months(TABLE, before=now - (MessageEvent.retention.after or timedelta.max))
    return f"{len(made)} months made, {len(dropped)} dropped"


def look_at_drop(*, model: type[Any], guild_id: int | None) -> Due | None:
    """Return what of a table would be dropped now; in all servers, as PostgreSQL estimates it."""
    if model is not MessageEvent:
        return None
    edge = first_id_at(timezone.now() - (MessageEvent.retention.after or timedelta.max))
    over = [month for month in sorted(months_of(TABLE)) if month.following.first_id <= edge]
    if not over:
        return Due()
    if guild_id is None:
        return _estimate(over)
    rows = MessageEvent.objects.of(guild_id).filter(pk__lt=over[-1].following.first_id)
    told = rows.aggregate(count=Count("pk"), first=Min("pk"))
    return Due(told["count"], told["first"] and moment_of(told["first"]))


def _estimate(months: list[Month]) -> Due:
    names = {month.name(TABLE) for month in months}
    count = sum(part.rows for size in tables_now() for part in size.parts if part.table in names)
    return Due(count, datetime(months[0].year, months[0].number, 1, tzinfo=UTC), is_estimate=True)


def _make(months: set[Month]) -> list[Month]:
    made = sorted(months)
    for month in made:
        make_month(TABLE, month)
    return made
