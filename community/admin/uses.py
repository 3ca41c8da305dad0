"""The page of how commands are used: which, how often, how fast, at what hours, and which break."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from community.charts import BROKEN, Chart, Series, Tone
from community.desk.current_guild import guild_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.sheets import sheet
from community.desk.spans import choices_of, span_of
from community.models import Grant
from community.services.uses import Command, Usage, look_at_uses
from community.spans import Span

SEE = Grant.Capability.SEE
ENDINGS: dict[str, Tone] = {"Worked": 0, "Refused": 4, "Broke": BROKEN}  # and the tone of each
MOST_DRAWN = 10
A_SECOND = 1_000  # in milliseconds
BY_COMMAND = ("name", "uses", "refused", "failed", "mean_ms", "slow_ms")
ORDERS = {
    "uses": "Most used",
    "slow_ms": "Slowest",
    "failed": "Breaking most",
    "refused": "Refused most",
}


def uses_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show how people of a server use commands."""
    span, by = span_of(request), _order(request)
    usage = look_at_uses(guild_id=guild_of(request).pk, span=span)
    lines = sorted(usage.commands, key=lambda each: -(getattr(each, by) or 0))
    if "sheet" in request.GET:
        return _as_sheet(span, lines)
    shown = [(each, _lasting(each.mean_ms), _lasting(each.slow_ms)) for each in lines]
    told = {**_frame(span), **_drawn(span, usage), "lines": shown, "order": by}
    return TemplateResponse(request, "community/uses.html", {**context, **told})


def _frame(span: Span) -> dict[str, Any]:
    days = f"from={span.first}&until={span.last}&sheet=csv"
    about = {"span": span, "choices": choices_of(span), "sheet": days}
    return {**about, "orders": ORDERS, "title": "Command use"}


def _drawn(span: Span, usage: Usage) -> dict[str, Any]:
    return {"charts": [_by_day(span, usage), _by_hour(usage)], "ranking": _most_used(usage)}


def _order(request: HttpRequest) -> str:
    asked = request.GET.get("by", "")
    return asked if asked in ORDERS else "uses"


def _as_sheet(span: Span, lines: Sequence[Command]) -> HttpResponseBase:
    rows = (tuple(getattr(each, name) for name in BY_COMMAND) for each in lines)
    return sheet(f"commands-{span.first}-{span.last}", BY_COMMAND, rows)


def _lasting(ms: int | None) -> str:
    """Return how long a command takes, as people read it."""
    if ms is None:
        return "—"
    return f"{ms} ms" if ms < A_SECOND else f"{ms / A_SECOND:.1f} s"


def _by_day(span: Span, usage: Usage) -> Chart:
    starts = span.starts
    sums = [[0] * len(starts) for _ in ENDINGS]
    for day, parts in usage.by_day.items():
        place = sum(start <= day for start in starts) - 1
        for values, part in zip(sums, parts, strict=True):
            values[place] += part
    told = zip(ENDINGS.items(), sums, strict=True)
    series = [Series(name, values, tone) for (name, tone), values in told]
    title = f"Commands used, {span.how}"
    return Chart(title=title, kind="stacked", axis=span.axis, labels=span.labels, series=series)


def _by_hour(usage: Usage) -> Chart:
    hours = [f"{hour}:00" for hour in range(24)]
    series = [Series("Uses", usage.by_hour)]
    title = "At what hours, of the last 90 days"
    return Chart(title=title, kind="bar", axis="Hour", labels=hours, series=series)


def _most_used(usage: Usage) -> Chart:
    most = usage.commands[:MOST_DRAWN]
    series = [Series("Uses", [each.uses for each in most])]
    names = [each.name for each in most]
    return Chart(title="Most used", kind="ranking", axis="Command", labels=names, series=series)


desk_page(DeskPage(route="commands/", name="community_uses", needs=SEE, view=uses_page))
nav_item(
    NavItem(
        group="Server",
        label="Command use",
        url_name="community_uses",
        icon="command",
        needs=SEE,
        order=130,
    )
)
