"""The page of what coins do: made, taken, moved, day by day and by kind."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.charts import Chart, Series
from community.desk.current_guild import guild_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.spans import choices_of, span_of
from community.models import Grant
from community.spans import Span
from economy.models import EconomyDay, Transfer
from economy.services.showing import coins_about

SEE = Grant.Capability.SEE
SIDES = {"Made": "minted", "Taken": "sunk", "Moved": "moved"}


def statistics_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what was made against what was taken."""
    span, guild_id = span_of(request), guild_of(request).pk
    days = list(EconomyDay.objects.of(guild_id).between(span.first, span.last))
    lines = _by_kind(days)
    told = {"title": "Coins", "span": span, "choices": choices_of(span), "lines": lines}
    told |= {"chart": _over_time(span, days), "about": coins_about(guild_id=guild_id)}
    return TemplateResponse(request, "economy/statistics.html", {**context, **told})


def _over_time(span: Span, days: Sequence[EconomyDay]) -> Chart:
    starts = span.starts
    sums = {name: [0] * len(starts) for name in list(SIDES)[:2]}
    for day in days:
        place = sum(start <= day.day for start in starts) - 1
        for name, values in sums.items():
            values[place] += getattr(day, SIDES[name])
    series = [Series(name, values) for name, values in sums.items()]
    title, axis = f"Coins made and taken, {span.how}", span.axis
    return Chart(title=title, kind="bar", axis=axis, labels=span.labels, series=series)


def _by_kind(days: Sequence[EconomyDay]) -> list[dict[str, Any]]:
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for day in days:
        told = (day.count, day.minted, day.sunk, day.moved)
        totals[day.kind] = list(map(sum, zip(totals[day.kind], told, strict=True)))
    names = dict(Transfer.Kind.choices)
    lines = [{"name": names[kind], "sums": sums} for kind, sums in totals.items()]
    return sorted(lines, key=lambda line: -sum(line["sums"][1:]))


desk_page(DeskPage(route="coins/", name="economy_statistics", needs=SEE, view=statistics_page))
nav_item(
    NavItem(
        group="Coins",
        label="Statistics",
        url_name="economy_statistics",
        icon="chart",
        needs=SEE,
        order=220,
    )
)
