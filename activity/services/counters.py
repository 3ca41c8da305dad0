"""How counters rise: what came is added to the rows that are there, in the order of their keys."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from community.fields import GuildTally

Key = tuple[Any, ...]
# What is not added up: the first time stays the first, the last becomes the last.
MERGED_BY = {"first_at": "LEAST", "last_at": "GREATEST"}


def add_up(
    model: type[GuildTally], columns: Sequence[str], sums: Mapping[Key, Sequence[Any]]
) -> None:
    """Add to the rows of a table of counters, named by their unique key; missing ones begin here.

    Whoever counts in several tables within one transaction takes them in the order MemberDay,
    ChannelDay, GuildHour, MemberTotals: two writers then never wait for each other.
    """
    _execute(_addition(model, tuple(columns)), sums)


def correct(
    model: type[GuildTally],
    columns: Sequence[str],
    sums: Mapping[Key, Sequence[int]],
    *,
    guild_id: int,
) -> None:
    """Add to rows of one server that are there already, also less than nothing."""
    _execute(_correction(model, tuple(columns)), sums, guild_id)


def _execute(statement: str, sums: Mapping[Key, Sequence[Any]], *more: int) -> None:
    """Run a statement over sums in the order of their keys, handed over column by column."""
    if sums:
        keys = sorted(sums)
        rows = [[*zip(*keys, strict=True)], [*zip(*(sums[key] for key in keys), strict=True)]]
        with connection.cursor() as cursor:
            cursor.execute(statement, [*map(array_of, rows[0] + rows[1]), *more])


def array_of(values: Sequence[object]) -> str:
    """Return numbers, days or moments as the database reads an array of them."""
    # A tenth of the work of handing over each as an object; nothing in them needs quotes.
    return f"{{{','.join(map(str, values))}}}"


def key_of(model: type[GuildTally]) -> list[str]:
    """Return the columns that name one row of a table of counters."""
    (unique,) = (
        each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)
    )
    return [_field(model, name).column for name in unique.fields]


@cache
def _addition(model: type[GuildTally], columns: tuple[str, ...]) -> str:
    table, key = model._meta.db_table, key_of(model)
    given = [*key, *columns]
    fields: Iterable[Any] = model._meta.concrete_fields
    zeros = [each.column for each in fields if each.column not in given and each.default == 0]
    arrays = ", ".join(f"%s::{_field(model, column).db_type(connection)}[]" for column in given)
    added = ", ".join(f"{column} = {_sum(table, column)}" for column in columns)
    # Every name in it is the model's own.
    return (
        f"INSERT INTO {table} AS known ({', '.join(given + zeros)}) "  # noqa: S608
        f"SELECT told.*{', 0' * len(zeros)} FROM unnest({arrays}) AS told "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    )


@cache
def _correction(model: type[GuildTally], columns: tuple[str, ...]) -> str:
    table, key = model._meta.db_table, key_of(model)
    given = [*key, *columns]
    arrays = ", ".join(f"%s::{_field(model, column).db_type(connection)}[]" for column in given)
    return (
        f"UPDATE {table} AS known "  # noqa: S608
        f"SET {', '.join(f'{column} = known.{column} + told.{column}' for column in columns)} "
        f"FROM unnest({arrays}) AS told ({', '.join(given)}) "
        f"WHERE {' AND '.join(f'known.{column} = told.{column}' for column in key)} "
        "AND known.guild_id = %s"
    )


def _field(model: type[GuildTally], name: str) -> Any:
    return model._meta.get_field(name)


def _sum(table: str, column: str) -> str:
    if merge := MERGED_BY.get(column):
        return f"{merge}(known.{column}, excluded.{column})"
    return f"known.{column} + excluded.{column}"
