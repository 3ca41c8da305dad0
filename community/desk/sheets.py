"""Tables to take along: files for spreadsheets, in which no cell is read as a formula."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from community.services.sheets import csv_lines


def sheet(
    name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Return a table as a file of this name; its rows are read while it is sent."""
    lines = csv_lines(columns, rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
