"""Whether the database keeps its tables in order: what was set is set, and cleaning keeps up."""

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import connection, connections

from community.models import TableSize
from community.services.tables import Size, tables_now
from community.upkeep import Upkeep

SETTINGS = """
SELECT coalesce(whole.relname, part.relname), part.relname, coalesce(part.reloptions, '{}')
FROM pg_class AS part
LEFT JOIN pg_inherits ON inhrelid = part.oid
LEFT JOIN pg_class AS whole ON whole.oid = inhparent
WHERE part.relkind = 'r' AND part.relnamespace = current_schema()::regnamespace
ORDER BY part.relname
"""
OLD = """
SELECT relname, age(relfrozenxid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    AND age(relfrozenxid) > 1.5 * current_setting('autovacuum_freeze_max_age')::bigint
ORDER BY relname
"""
OFF = (
    "SELECT name FROM pg_settings WHERE name IN ('autovacuum', 'track_counts') AND setting = 'off'"
)
# Fewer are no matter, however small a table is.
MANY = 10_000

Settings = dict[str, str]


def declared_upkeep() -> dict[str, Upkeep]:
    """Return what each table declares that PostgreSQL shall do otherwise than as a rule."""
    models = apps.get_models()
    found = ((model._meta.db_table, getattr(model, "upkeep", None)) for model in models)
    return {table: upkeep for table, upkeep in found if isinstance(upkeep, Upkeep)}


def set_upkeep(*, using: str = "default", **_: object) -> None:
    """Set what tables declare, where it is not set; runs after each migrate."""
    quote = connections[using].ops.quote_name
    for part, missing in _astray(using):
        clause = ", ".join(f"{name} = {value}" for name, value in missing.items())
        with connections[using].cursor() as cursor:
            cursor.execute(f"ALTER TABLE {quote(part)} SET ({clause})")


def settings_that_are_lost() -> Iterator[str]:
    """Yield a sentence for each table that is not cleaned as it should be, or not at all."""
    with connection.cursor() as cursor:
        cursor.execute(OFF)
        yield from (f"PostgreSQL's own setting {name} is off." for (name,) in cursor.fetchall())
    for part, missing in _astray("default"):
        yield f"{part} has lost its settings: {', '.join(missing)}."
    for _, part, told in _settings("default"):
        if told.get("autovacuum_enabled", "true") in ("false", "off", "0", "no"):
            yield f"{part} is never cleaned: its autovacuum_enabled is off."


def cleaning_far_behind() -> Iterator[str]:
    """Yield a sentence for each table that is cleaned too late, or whose rows grow too old."""
    then = {each.table_name: each for each in _last_measured()}
    for size in tables_now():
        before = then.get(size.table)
        if before and _is_behind(size, before):
            yield (
                f"{size.table} has {size.dead_rows:,} dead rows beside {size.rows:,}, "
                f"and was not cleaned since {before.measured_at:%Y-%m-%d %H:%M} UTC."
            )
    with connection.cursor() as cursor:
        cursor.execute(OLD)
        for table, age in cursor.fetchall():
            yield f"The oldest rows of {table} are {age:,} transactions old and not frozen."


def _is_behind(size: Size, before: TableSize) -> bool:
    """Tell whether dead rows were too many then, are now, and nobody cleaned in between."""
    was = before.dead_rows > max(MANY, before.rows // 2)
    now = size.dead_rows > max(MANY, size.rows // 2)
    return was and now and (size.vacuumed_at is None or size.vacuumed_at < before.measured_at)


def _last_measured() -> Sequence[TableSize]:
    last = TableSize.objects.order_by("table_name", "-day").distinct("table_name")
    return list(last)


def _astray(using: str) -> list[tuple[str, Settings]]:
    """Return which table, or month of one, lacks which of the settings it should have."""
    declared = declared_upkeep()
    found = []
    for whole, part, told in _settings(using):
        wanted = declared[whole].settings if whole in declared else {}
        missing = {name: value for name, value in wanted.items() if told.get(name) != value}
        found += [(part, missing)] if missing else []
    return found


def _settings(using: str) -> list[tuple[str, str, Settings]]:
    with connections[using].cursor() as cursor:
        cursor.execute(SETTINGS)
        rows = cursor.fetchall()
    return [
        (whole, part, dict(each.split("=", 1) for each in options)) for whole, part, options in rows
    ]
