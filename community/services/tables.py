"""How large the tables are: measured daily, shown with how they grow and when the disk is full."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction
from django.db.models import F, Sum

from community.models import TableSize

# Each table, and each month of one that is parted; a row that was never counted is none.
PARTS = """
SELECT coalesce(whole.relname, part.relname), part.relname,
    greatest(CASE WHEN told.n_live_tup > 0 THEN told.n_live_tup ELSE part.reltuples END, 0)::bigint,
    coalesce(told.n_dead_tup, 0),
    pg_table_size(part.oid) - coalesce(pg_total_relation_size(nullif(part.reltoastrelid, 0)), 0),
    pg_indexes_size(part.oid),
    coalesce(pg_total_relation_size(nullif(part.reltoastrelid, 0)), 0),
    greatest(told.last_vacuum, told.last_autovacuum),
    greatest(told.last_analyze, told.last_autoanalyze)
FROM pg_class AS part
LEFT JOIN pg_inherits ON inhrelid = part.oid
LEFT JOIN pg_class AS whole ON whole.oid = inhparent
LEFT JOIN pg_stat_all_tables AS told ON told.relid = part.oid
WHERE part.relkind = 'r' AND part.relnamespace = current_schema()::regnamespace
ORDER BY part.relname
"""
# Who may not ask where its files lie, or is elsewhere, is told nothing.
WHERE = """
SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE')
    AND coalesce(inet_server_addr() <<= ANY ('{127.0.0.0/8,::1/128}'::inet[]), true)
THEN current_setting('data_directory') END
"""
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
# Of less nobody can say how it goes on.
SHORTEST = timedelta(days=3)
# The house asks for room below this (`community.disk`).
RESERVE = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a table takes now, and when it was last cleaned and counted."""

    table: str
    rows: int
    dead_rows: int
    table_bytes: int
    index_bytes: int
    toast_bytes: int
    vacuumed_at: datetime | None
    analyzed_at: datetime | None
    parts: tuple["Size", ...] = ()

    @property
    def bytes(self) -> int:
        """All that it takes on the disk."""
        return self.table_bytes + self.index_bytes + self.toast_bytes

    @property
    def label(self) -> str:
        """What people call its rows."""
        models = {model._meta.db_table: model for model in apps.get_models()}
        if self.table not in models:
            return self.table
        words = str(models[self.table]._meta.verbose_name_plural)
        return words[:1].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class Growth:
    """By how many bytes something has grown; None where nobody measured so long ago."""

    week: int | None
    month: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the database takes of its disk, and how long the disk lasts."""

    bytes: int
    growth: Growth
    free: int | None
    a_day: float | None
    reserve: int = field(default=RESERVE)

    @property
    def days_left(self) -> int | None:
        """In how many days only the reserve is free, as it has gone until now."""
        if self.free is None or self.a_day is None or self.a_day <= 0:
            return None
        return max(0, int((self.free - self.reserve) / self.a_day))


def tables_now() -> list[Size]:
    """Return every table as it is now, the largest in front; one that is parted is one."""
    tables: dict[str, list[Size]] = defaultdict(list)
    for whole, part in _parts():
        tables[whole].append(part)
    found = [_together(name, parts) for name, parts in tables.items()]
    return sorted(found, key=lambda each: (-each.bytes, each.table))


@transaction.atomic
def measure_tables(*, now: datetime) -> int:
    """Write down how large every table is today; return how many those are."""
    day = now.astimezone(UTC).date()
    measured = ["rows", "dead_rows", "table_bytes", "index_bytes", "toast_bytes"]
    rows = [
        TableSize(
            table_name=size.table,
            day=day,
            measured_at=now,
            **{name: getattr(size, name) for name in measured},
        )
        for size in tables_now()
    ]
    TableSize.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["measured_at", *measured],
        unique_fields=["table_name", "day"],
    )
    return len(rows)


def growth_of(sizes: Iterable[Size], *, today: date) -> dict[str, Growth]:
    """Return by how much each table has grown over a week and a month."""
    then = {span: _measured_before(today - span) for span in (WEEK, MONTH)}
    return {
        size.table: Growth(*(_grown(size.bytes, then[span].get(size.table)) for span in then))
        for size in sizes
    }


def days_measured(*, table: str = "", since: date) -> list[tuple[date, int]]:
    """Return how many bytes a table, or all of them, took on each day that was measured."""
    rows = TableSize.objects.filter(day__gte=since)
    rows = rows.filter(table_name=table) if table else rows
    whole = F("table_bytes") + F("index_bytes") + F("toast_bytes")
    days = rows.values("day").annotate(taken=Sum(whole)).order_by("day")
    return list(days.values_list("day", "taken"))


def outlook_of(sizes: Sequence[Size], *, today: date) -> Outlook:
    """Return what all tables take, and how long their disk lasts as it has gone for a month."""
    now = sum(size.bytes for size in sizes)
    told = days_measured(since=today - MONTH - WEEK)
    first = [each for each in told if today - each[0] >= SHORTEST]
    # The oldest that is not older than a month, or else nobody knows.
    young = [each for each in first if today - each[0] <= MONTH]
    a_day = (now - young[0][1]) / (today - young[0][0]).days if young else None
    week, month = (_latest_before(today - span, told) for span in (WEEK, MONTH))
    growth = Growth(_grown(now, week), _grown(now, month))
    return Outlook(bytes=now, growth=growth, free=_free(), a_day=a_day)


def _parts() -> list[tuple[str, Size]]:
    with connection.cursor() as cursor:
        cursor.execute(PARTS)
        names = [name for name in Size.__dataclass_fields__ if name != "parts"]
        return [(whole, Size(**dict(zip(names, told, strict=True)))) for whole, *told in cursor]


def _together(name: str, parts: list[Size]) -> Size:
    """Return the months of a table as one."""
    if [part.table for part in parts] == [name]:
        return parts[0]
    return Size(
        table=name,
        rows=sum(part.rows for part in parts),
        dead_rows=sum(part.dead_rows for part in parts),
        table_bytes=sum(part.table_bytes for part in parts),
        index_bytes=sum(part.index_bytes for part in parts),
        toast_bytes=sum(part.toast_bytes for part in parts),
        vacuumed_at=_latest(part.vacuumed_at for part in parts),
        analyzed_at=_latest(part.analyzed_at for part in parts),
        parts=tuple(parts),
    )


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max(filter(None, moments), default=None)


def _measured_before(day: date) -> dict[str, int]:
    """Return what each table took when it was last measured up to a day."""
    rows = TableSize.objects.filter(day__lte=day).order_by("table_name", "-day")
    return {each.table_name: each.bytes for each in rows.distinct("table_name")}


def _latest_before(day: date, told: Sequence[tuple[date, int]]) -> int | None:
    return next((whole for at, whole in reversed(told) if at <= day), None)


def _grown(now: int, then: int | None) -> int | None:
    return None if then is None else now - then


def _free() -> int | None:
    """Return what is free on the disk of the database; None where it cannot be seen from here."""
    with connection.cursor() as cursor:
        cursor.execute(WHERE)
        (told,) = cursor.fetchone()
    try:
        return shutil.disk_usage(Path(told)).free if told else None
    except OSError:
        return None
