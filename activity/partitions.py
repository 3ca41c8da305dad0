"""A table by months of its ids: months are made ahead, strays are led home, old ones dropped whole.

What belongs to no month that was made lies in the table's `elsewhere` until its month is made.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple, Self

from django.db import OperationalError, connection, transaction

from activity.snowflakes import first_id_at
from community.upkeep import appended

MONTHLY = appended("only added to; the plans for the last days rest on what is known of these")
NAMED = re.compile(r"_(\d{4})_(\d\d)$")
# Whoever reads or writes for longer goes first; it is tried again another time.
PATIENCE = "SET LOCAL lock_timeout = '3s'"
PARTS = """
SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
WHERE inhparent = to_regclass(%s)
"""
STRAYS = """
SELECT DISTINCT (to_timestamp(((id >> 22) + 1420070400000) / 1000) AT TIME ZONE 'UTC')::date
FROM {table}_elsewhere
"""
MOVE = """
WITH strays AS (DELETE FROM {table}_elsewhere WHERE id >= %s AND id < %s RETURNING *)
INSERT INTO {month} SELECT * FROM strays
"""
ATTACH = "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})"


class Month(NamedTuple):
    """One month of UTC."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Return the month in which a moment lies."""
        return cls(moment.year, moment.month)

    @property
    def following(self) -> Self:
        """The month after it."""
        years, number = divmod(self.number, 12)
        return type(self)(self.year + years, number + 1)

    @property
    def first_id(self) -> int:
        """The smallest id that is made in it."""
        return first_id_at(datetime(self.year, self.number, 1, tzinfo=UTC))

    @property
    def span(self) -> tuple[int, int]:
        """The smallest ids of it and of the month after it."""
        return self.first_id, self.following.first_id

    def name(self, table: str) -> str:
        """Return the name of its part of a table."""
        return f"{table}_{self.year}_{self.number:02}"


def is_there(table: str) -> bool:
    """Tell whether a table stands; while migrations run it may not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        return bool(cursor.fetchone()[0])


def months_of(table: str) -> set[Month]:
    """Return the months of a table that were made."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [table])
        found = (NAMED.search(name) for (name,) in cursor.fetchall())
    return {Month(int(each[1]), int(each[2])) for each in found if each}


def months_from(moment: datetime, count: int) -> Iterator[Month]:
    """Yield so many months, the moment's own first."""
    month = Month.of(moment)
    for _ in range(count):
        yield month
        month = month.following


def months_of_strays(table: str) -> set[Month]:
    """Return the months of what lies elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(STRAYS.format(table=table))
        return {Month(day.year, day.month) for (day,) in cursor.fetchall()}


@transaction.atomic
def make_month(table: str, month: Month) -> int:
    """Make a month of a table, with what waited elsewhere for it; return how many rows that were.

    Reading and writing go on meanwhile; two who make the same month make it once.
    """
    name, span = month.name(table), month.span
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(f"LOCK TABLE {table}_elsewhere IN ACCESS EXCLUSIVE MODE")
        if month in months_of(table):
            return 0
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL) WITH ({MONTHLY.clause})")
        cursor.execute(MOVE.format(table=table, month=name), span)
        moved = int(cursor.rowcount)
        cursor.execute(ATTACH.format(table, name, *span))
    return moved


def drop_months(table: str, *, before: datetime) -> list[Month]:
    """Drop the months that were over before a moment; one in use waits for the next time."""
    edge, dropped = first_id_at(before), []
    for month in sorted(months_of(table)):
        if month.following.first_id <= edge:
            with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(PATIENCE)
                cursor.execute(f"DROP TABLE {month.name(table)}")
                dropped.append(month)
    return dropped
