"""The page of what moderation comes to, in pictures and tables; and its part of Today."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from community.admin.today import against
from community.charts import Chart, Series
from community.desk.current_guild import guild_of
from community.desk.registry import (
    DeskPage,
    NavItem,
    TodayCard,
    TodayFigure,
    desk_page,
    nav_item,
    today_card,
)
from community.desk.spans import choices_of, span_of
from community.models import Grant, Member
from community.spans import WEEK, Span, begin_of, first_day
from moderation.admin.punishments import end_of
from moderation.admin.showing import who
from moderation.models import Punishment
from moderation.services.statistics import (
    GROUPS,
    Share,
    acts_between,
    acts_by_moderator,
    acts_by_time,
)

CASES = "admin:moderation_case_changelist"
SEE = Grant.Capability.SEE
MOST_DRAWN = 10
MOST_LISTED = 100


def statistics_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show who did what, when."""
    span, guild_id = span_of(request), guild_of(request).pk
    by_time = acts_by_time(guild_id=guild_id, by_week=span.by_week, **span.bounds)
    columns = [[by_time[start][name] for start in span.starts] for name in GROUPS]
    series = [Series(*pair) for pair in zip(GROUPS, columns, strict=True)]
    shares = acts_by_moderator(guild_id=guild_id, **span.bounds)
    lines = _lines(shares, span)
    told = {"title": "Statistics", "span": span, "choices": choices_of(span), "lines": lines}
    charts = [_over_time(span, series), _by_kind(series), _by_moderator(lines)]
    told |= {"charts": charts, "groups": list(GROUPS), "more": len(shares) - len(lines)}
    return TemplateResponse(request, "moderation/statistics.html", {**context, **told})


def _over_time(span: Span, series: Sequence[Series]) -> Chart:
    drawn = [each for each in series if any(each.values)] or series[:1]
    title, axis = f"Acts, {span.how}", span.axis
    return Chart(title=title, kind="stacked", axis=axis, labels=span.labels, series=drawn)


def _by_kind(series: Sequence[Series]) -> Chart:
    totals = [Series("Acts", [sum(each.values) for each in series])]
    names = [each.name for each in series]
    return Chart(title="Acts by kind", kind="ranking", axis="Kind", labels=names, series=totals)


def _by_moderator(lines: Sequence[dict[str, Any]]) -> Chart:
    drawn = lines[:MOST_DRAWN]
    totals = [Series("Acts", [line["total"] for line in drawn])]
    names = [line["name"] for line in drawn]
    title = "Acts by moderator"
    return Chart(title=title, kind="ranking", axis="Moderator", labels=names, series=totals)


def _lines(shares: Sequence[Share], span: Span) -> list[dict[str, Any]]:
    """Return the table of moderators, each with the way to what they did."""
    listed = shares[:MOST_LISTED]
    ids = [each.moderator_id for each in listed if each.moderator_id]
    found = Member.objects.filter(user_id__in=ids).select_related("user")
    members = {member.user_id: member for member in found}
    return [_line(share, members.get(share.moderator_id or 0), span) for share in listed]


def _line(share: Share, member: Member | None, span: Span) -> dict[str, Any]:
    days = {"created_at__from": span.first, "created_at__until": span.last}
    query = urlencode({"moderator": share.moderator_id, **days})
    return {
        "name": who(member, share.moderator_id) or share.account or "Nobody known",
        "url": share.moderator_id and f"{reverse(CASES)}?{query}",
        "acts": [share.acts[name] for name in GROUPS],
        "total": share.acts.total(),
        "undone": share.undone,
    }


def ending_today(request: HttpRequest) -> TodayFigure:
    """Count what ends before the day is over."""
    standing = Punishment.objects.of(guild_of(request).pk).standing()
    many = standing.filter(ends_at__lt=end_of(1)).count()
    url = f"{reverse('admin:moderation_punishment_changelist')}?ends=today"
    return TodayFigure(value=many, words="mutes and bans with an end", url=url)


def acts_this_week(request: HttpRequest) -> TodayFigure:
    """Count what was done this week, against the week before."""
    week = begin_of(first_day())
    guild_id = guild_of(request).pk
    before, now = acts_between(guild_id=guild_id, since=week - WEEK, middle=week)
    url = f"{reverse(CASES)}?created_at__from={first_day()}"
    return TodayFigure(value=now, words=against(before), url=url)


desk_page(
    DeskPage(route="statistics/", name="moderation_statistics", needs=SEE, view=statistics_page)
)
nav_item(
    NavItem(
        group="Moderation",
        label="Statistics",
        url_name="moderation_statistics",
        icon="chart",
        needs=SEE,
        order=140,
    )
)
today_card(TodayCard(title="Cases this week", needs=SEE, figure=acts_this_week, order=40))
today_card(TodayCard(title="Ending today", needs=SEE, figure=ending_today, order=50))
