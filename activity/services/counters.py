"""How counters rise: what came is added to the rows that are there, in the order of their keys."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models

from activity.services.trips import array_of, go
from community.fields import GuildTally

Key = tuple[Any, ...]
# What is not added up: the first time stays the first, the last becomes the last.
MERGED_BY = {"first_at": "LEAST", "last_at": "GREATEST"}


class Sums(NamedTuple):
    """What is to be added to which columns of a table of counters, by the keys of its rows."""

    model: type[GuildTally]
    columns: Sequence[str]
    of: Mapping[Key, Sequence[Any]]


def add_up(*counted: Sums) -> None:
    """Add to rows of tables of counters, named by their unique keys; missing ones begin here.

    Whoever counts in several tables within one transaction takes them in the order MemberDay,
    ChannelDay, GuildHour, MemberTotals: two writers then never wait for each other.
    """
    told = ((_addition(model, tuple(columns)), sums) for model, columns, sums in counted)
    go(*((statement, _columns(sums)) for statement, sums in told if sums))


def correct(counted: Sums, *, guild_id: int) -> None:
    """Add to rows of one server that are there already, also less than nothing."""
    if counted.of:
        statement = _correction(counted.model, tuple(counted.columns))
        go((statement, [*_columns(counted.of), guild_id]))


def _columns(sums: Mapping[Key, Sequence[Any]]) -> list[str]:
    """Return sums in the order of their keys, column by column."""
    keys = sorted(sums)
    columns = [*zip(*keys, strict=True), *zip(*(sums[key] for key in keys), strict=True)]
    return [*map(array_of, columns)]


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
