"""The keepers' page of the tables: how large each is, how it grows, and how long the disk lasts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.utils import timezone

from community.charts import Chart, Series
from community.desk.registry import KEEPER, DeskPage, NavItem, desk_page, nav_item
from community.services.tables import (
    Growth,
    Size,
    days_measured,
    growth_of,
    outlook_of,
    tables_now,
)

# So many days are drawn.
DRAWN = timedelta(days=90)
UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("bytes", 1))
# A picture in a unit has at least so many steps of it.
FINE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One table on the page."""

    size: Size
    growth: Growth
    share: float

    @property
    def week(self) -> str:
        """By how much it has grown in a week, in words."""
        return grown_in_words(self.growth.week)

    @property
    def month(self) -> str:
        """By how much it has grown in a month, in words."""
        return grown_in_words(self.growth.month)


def tables_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the keepers every table, the largest in front, and one of them day by day."""
    today, sizes = timezone.now().astimezone(UTC).date(), tables_now()
    chosen = next((each for each in sizes if each.table == request.GET.get("table")), None)
    told: dict[str, Any] = {"title": "Tables", "chosen": chosen, "chart": chart_of(chosen, today)}
    told |= {"lines": list(lines_of(sizes, today)), **whole_of(sizes, today)}
    return TemplateResponse(request, "community/tables.html", {**context, **told})


def whole_of(sizes: list[Size], today: date) -> dict[str, Any]:
    """Return what all tables take together, and how that grows."""
    outlook = outlook_of(sizes, today=today)
    week, month = outlook.growth.week, outlook.growth.month
    grown = {"week": grown_in_words(week), "month": grown_in_words(month)}
    return {"outlook": outlook, **grown}


def lines_of(sizes: list[Size], today: date) -> Iterator[Line]:
    """Yield each table with how it has grown, and its share of all in hundredths."""
    growth, whole = growth_of(sizes, today=today), sum(size.bytes for size in sizes)
    for size in sizes:
        yield Line(size, growth[size.table], round(100 * size.bytes / max(1, whole), 1))


def chart_of(size: Size | None, today: date) -> Chart:
    """Draw how large a table, or all of them, were day by day."""
    days = days_measured(table=size.table if size else "", since=today - DRAWN)
    most = max((value for _, value in days), default=0)
    unit, step = next(((name, step) for name, step in UNITS if most >= FINE * step), UNITS[-1])
    return Chart(
        title=f"{size.label if size else 'The whole database'}, day by day, in {unit}",
        kind="line",
        axis="Day",
        labels=[f"{day.day} {day:%b}" for day, _ in days],
        series=[Series(unit, [value // step for _, value in days])],
    )


def grown_in_words(grown: int | None) -> str:
    """Say by how much something has grown."""
    if grown is None:
        return "—"
    sign = "-" if grown < 0 else "+"
    return f"{sign}{filesizeformat(abs(grown))}" if grown else "no more"


desk_page(DeskPage(route="house/tables/", name="house_tables", needs=KEEPER, view=tables_page))
nav_item(NavItem(group="House", label="Tables", url_name="house_tables", icon="case", needs=KEEPER))
