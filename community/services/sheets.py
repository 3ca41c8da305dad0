"""Lines for spreadsheets, in which no cell is read as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FORMULAS = tuple("=+-@\t\r")


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a table line by line."""
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


class _Echo:
    """Gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return value.isoformat() if hasattr(value, "isoformat") else value
