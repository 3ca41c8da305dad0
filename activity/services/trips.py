"""One trip to the database for several statements, carried out in the order in which they stand."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# What is asked, and what is handed over with it.
Statement = tuple[str, Sequence[object]]


def go(*statements: Statement) -> list[list[tuple[Any, ...]]]:
    """Carry out statements; return the rows that each comes back with."""
    if not statements:
        return []
    texts, handed = zip(*statements, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(";".join(texts), [each for some in handed for each in some])
        found = [_rows(cursor)]
        while cursor.nextset():
            found.append(_rows(cursor))
    return found


def array_of(values: Sequence[object]) -> str:
    """Return numbers, days or moments as the database reads an array of them."""
    # A tenth of the work of handing over each as an object; nothing in them needs quotes.
    return f"{{{','.join(map(str, values))}}}"


def _rows(cursor: Any) -> list[tuple[Any, ...]]:
    return list(cursor.fetchall()) if cursor.description else []
