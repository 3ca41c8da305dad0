"""The pages of what activity comes to: as a whole, by channel, by person, and of newcomers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from activity.models.days import MS_PER_HOUR
from activity.services import charts
from activity.services.statistics import (
    ORDERS,
    ChannelShare,
    Counts,
    Newcomers,
    Overview,
    PersonShare,
    busiest_channels,
    hours_of_week,
    leading_people,
    look_over,
    newcomers_by_week,
)
from community.desk.current_guild import guild_of
from community.desk.people import name_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.sheets import sheet
from community.desk.spans import choices_of, span_of
from community.models import Grant
from community.spans import Span

SEE = Grant.Capability.SEE
SHEET = "sheet"
AN_HOUR = 60
STAYS = "voicesession", "started_at"
BY_DAY = ("day", "messages", "edited", "deleted", "came", "left", "voice_hours")
BY_CHANNEL = (
    "channel_id", "name", "messages", "before", "characters", "edited", "deleted", "voice_hours",
)  # fmt: skip
BY_PERSON = (
    "rank", "user_id", "name", "messages", "words", "characters", "active_days", "voice_hours",
)  # fmt: skip
BY_WEEK = ("week", "came", "wrote", "returned", "stayed", "remained")


def overview_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show how a server does: messages, voice, growth, and at what hours."""
    span, guild = span_of(request), guild_of(request)
    seen = look_over(guild=guild, span=span)
    if SHEET in request.GET:
        return sheet(_named("activity", span), BY_DAY, _by_day(seen))
    drawn = [charts.messages_over_time(seen), charts.growth_over_time(seen)]
    drawn += [charts.comings_and_goings(seen), charts.voice_over_time(seen)]
    week = charts.week_by_hour(hours_of_week(guild_id=guild.pk, span=span))
    told = {"figures": figures_of(seen), "charts": drawn, "week": week}
    return _page(request, context, "overview", span, title="Activity", **told)


def channels_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show where things happen."""
    span = span_of(request)
    shares = busiest_channels(guild_id=guild_of(request).pk, span=span)
    if SHEET in request.GET:
        return sheet(_named("channels", span), BY_CHANNEL, map(_channel_row, shares))
    drawn = [charts.by_channel(shares), charts.voice_by_channel(shares)]
    lines = [(each, hours(each.voice_ms), change(each.messages, each.before)) for each in shares]
    told = {"charts": drawn, "lines": lines}
    return _page(request, context, "channels", span, title="Activity by channel", **told)


def people_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show who does most."""
    span, asked = span_of(request), request.GET.get("by", "")
    by = asked if asked in ORDERS else "messages"
    shares = leading_people(guild_id=guild_of(request).pk, span=span, by=by)
    names = [person_name(each) for each in shares]
    if SHEET in request.GET:
        return sheet(_named("people", span), BY_PERSON, map(_person_row, shares, names))
    lines = list(zip(shares, names, map(hours, (e.voice_ms for e in shares)), strict=True))
    told = {"lines": lines, "orders": ORDERS, "order": by, "many": _many(shares)}
    return _page(request, context, "people", span, title="Most active people", **told)


def newcomers_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponseBase:
    """Show what becomes of those who come in."""
    span, now = span_of(request), timezone.now()
    weeks = newcomers_by_week(guild_id=guild_of(request).pk, span=span, now=now)
    if SHEET in request.GET:
        rows = (tuple(asdict(each)[name] for name in BY_WEEK) for each in weeks)
        return sheet(_named("newcomers", span), BY_WEEK, rows)
    told = {"lines": [_cohort_line(each) for each in weeks], "charts": [charts.kept(weeks)]}
    return _page(request, context, "newcomers", span, title="Newcomers", **told)


def figures_of(seen: Overview) -> list[dict[str, Any]]:
    """Return the numbers at the head of the page, each against the days before."""
    now, before, span = seen.of(seen.span), seen.of(seen.span.before), seen.span
    return [
        _figure("Messages", now.messages, before.messages, _list("messageevent", "id", span)),
        _figure("Active people", seen.active, seen.active_before, _active(span)),
        _figure("Hours in voice", _hours(now), _hours(before), _list(*STAYS, span)),
        _figure("Came in", now.joins, before.joins, _people("joined_at", span)),
        _figure("Left", now.leaves, before.leaves, _people("left_at", span)),
    ]


def change(now: int, before: int) -> str:
    """Say how a number changed, as people say it."""
    if not before:
        return "none before" if now else "as before"
    percent = round(100 * (now - before) / before)
    return f"{percent:+d} %" if percent else "as before"


def hours(spent: int) -> str:
    """Say a time in voice: in hours, short ones in minutes."""
    minutes = round(spent / charts.MS_PER_MINUTE)
    return f"{minutes} min" if minutes < AN_HOUR else f"{minutes / AN_HOUR:,.1f} h"


def person_name(share: PersonShare) -> str:
    """Return what somebody is called, or the id of whom we do not know."""
    return name_of(share.member) if share.member else str(share.user_id)


def _figure(label: str, now: int, before: int, url: str) -> dict[str, Any]:
    note = f"{change(now, before)} ({before:,})" if before else change(now, before)
    return {"label": label, "value": now, "note": note, "url": url}


def _hours(counts: Counts) -> int:
    return round(counts.voice_ms / MS_PER_HOUR)


def _list(model: str, column: str, span: Span) -> str:
    return f"{reverse(f'admin:activity_{model}_changelist')}?{_days(span, column)}"


def _people(column: str, span: Span) -> str:
    return f"{reverse('admin:community_member_changelist')}?{_days(span, column)}"


def _active(span: Span) -> str:
    asked = {"from": span.first, "until": span.last, "by": "active_days"}
    return f"{reverse('admin:activity_people')}?{urlencode(asked)}"


def _days(span: Span, column: str) -> str:
    return urlencode({f"{column}__from": span.first, f"{column}__until": span.last})


def _many(shares: Sequence[PersonShare]) -> int:
    return shares[0].people if shares else 0


def _page(
    request: HttpRequest, context: dict[str, Any], name: str, span: Span, **told: Any
) -> HttpResponse:
    days = {"from": span.first, "until": span.last, "by": told.get("order", "")}
    asked = urlencode({**{key: value for key, value in days.items() if value}, SHEET: "csv"})
    about = {"span": span, "choices": choices_of(span), "sheet": asked, "here": name}
    return TemplateResponse(request, f"activity/{name}.html", {**context, **about, **told})


def _named(what: str, span: Span) -> str:
    return f"{what}-{span.first}-{span.last}"


def _by_day(seen: Overview) -> list[tuple[Any, ...]]:
    days = sorted(day for day in seen.days if seen.span.first <= day <= seen.span.last)
    return [_day_row(day, seen.days[day]) for day in days]


def _day_row(day: Any, each: Counts) -> tuple[Any, ...]:
    counted = each.messages, each.edited, each.deleted, each.joins, each.leaves
    return day, *counted, round(each.voice_ms / MS_PER_HOUR, 2)


def _channel_row(each: ChannelShare) -> tuple[Any, ...]:
    return _row(each, BY_CHANNEL, voice_hours=round(each.voice_ms / MS_PER_HOUR, 2))


def _person_row(each: PersonShare, name: str) -> tuple[Any, ...]:
    return _row(each, BY_PERSON, name=name, voice_hours=round(each.voice_ms / MS_PER_HOUR, 2))


def _row(each: Any, columns: Sequence[str], **told: Any) -> tuple[Any, ...]:
    return tuple(told[name] if name in told else getattr(each, name) for name in columns)


def _cohort_line(each: Newcomers) -> tuple[Newcomers, list[str]]:
    found = each.wrote, each.returned, each.stayed, each.remained
    return each, [_share(part, each.came) for part in found]


def _share(part: int | None, whole: int) -> str:
    return "—" if part is None else f"{part} ({round(100 * part / whole)} %)"


for order, (route, name, label, icon, view) in enumerate(
    (
        ("activity/", "activity_overview", "Overview", "chart", overview_page),
        ("activity/channels/", "activity_channels", "Channels", "channel", channels_page),
        ("activity/people/", "activity_people", "Most active", "person", people_page),
        ("activity/newcomers/", "activity_newcomers", "Newcomers", "joined", newcomers_page),
    )
):
    desk_page(DeskPage(route=route, name=name, needs=SEE, view=view))
    told: dict[str, Any] = {"label": label, "url_name": name, "icon": icon, "order": 200 + order}
    nav_item(NavItem(group="Activity", needs=SEE, **told))
