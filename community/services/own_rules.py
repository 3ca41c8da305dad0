"""The database's own rules: what it must refuse by itself, as long as nobody took them away."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models

from community.append_only import unguarded_tables
from community.fields import SameGuildFK

KEPT = """
    SELECT conname FROM pg_constraint WHERE convalidated
    UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE indisvalid
    UNION SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')
"""
# All servers that a table names, one step through its index for each, however many rows it has.
STRAYS = """
    WITH RECURSIVE named AS (
        (SELECT {column} AS key FROM {table} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT (SELECT {column} FROM {table} WHERE {column} > named.key ORDER BY 1 LIMIT 1)
        FROM named WHERE named.key IS NOT NULL
    )
    SELECT count(*) FROM named WHERE key IS NOT NULL
    AND NOT EXISTS (SELECT FROM {parent} AS told WHERE told.{known} = named.key)
"""


def rules_that_are_gone(*names: str) -> Iterator[str]:
    """Yield a sentence for each rule of ours, and of these, that the database keeps no more."""
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        kept = {name for (name,) in cursor.fetchall()}
    for name in sorted({*names, *_named()} - kept):
        yield f"The database no longer keeps the rule {name}."


def histories_unguarded() -> Iterator[str]:
    """Yield a sentence for each history that could be rewritten."""
    for table in unguarded_tables():
        yield f"The history in {table} is not guarded: its trigger is missing or switched off."


def rows_that_point_nowhere() -> Iterator[str]:
    """Yield a sentence for each table whose rows name a parent that is gone.

    Where the database itself holds a row to its parent, that rule is one of those looked at above.
    """
    with connection.cursor() as cursor:
        for model, field in _unheld():
            names = {"table": model._meta.db_table, "column": field.column}
            parent: Any = field.remote_field.model._meta
            names |= {"parent": parent.db_table, "known": parent.pk.column}
            cursor.execute(STRAYS.format(**names))
            (count,) = cursor.fetchone()
            if count:
                what = parent.verbose_name_plural
                yield f"{model._meta.db_table} has rows of {count} {what} that are gone."


def _unheld() -> Iterator[tuple[type[models.Model], Any]]:
    for model in _ours():
        held = {each.field for each in model._meta.constraints if isinstance(each, SameGuildFK)}
        for field in model._meta.local_fields:
            is_unheld = not getattr(field, "db_constraint", True) and field.name not in held
            if is_unheld:
                yield model, field


def _named() -> Iterator[str]:
    for model in _ours():
        yield from (constraint.name for constraint in model._meta.constraints)


def _ours() -> Iterator[type[models.Model]]:
    for app in settings.HOUSE_APPS:
        yield from apps.get_app_config(app).get_models()
