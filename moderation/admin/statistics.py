"""The page of what moderation comes to, in pictures and tables; and its part of Today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.forms import DateField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from community.admin.today import WEEK, against, begin_of, first_day
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
from community.models import Grant, Member
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
USUAL, LONGEST = 30, 731
# A picture of more days than this is one of weeks.
MOST_DAYS = 62
CHOICES = (7, 30, 90, 365)
MOST_DRAWN = 10
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Span:
    """The days a picture is of, the first and the last included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.last - self.first).days + 1

    @property
    def by_week(self) -> bool:
        """True when there are too many days to draw each."""
        return self.days > MOST_DAYS

    @property
    def bounds(self) -> dict[str, datetime]:
        """The moments between which these days lie."""
        return {"since": begin_of(self.first), "until": begin_of(self.last + timedelta(days=1))}

    @property
    def starts(self) -> list[date]:
        """The first day of each part of the picture."""
        step = timedelta(weeks=1) if self.by_week else timedelta(days=1)
        first = self.first - timedelta(days=self.first.weekday()) if self.by_week else self.first
        return [first + step * place for place in range((self.last - first) // step + 1)]


def span_of(request: HttpRequest) -> Span:
    """Read the days out of an address; what makes no sense is the usual span up to today."""
    today = timezone.localdate()
    last = min(_day(request.GET.get("until", "")) or today, today)
    first = _day(request.GET.get("from", "")) or last - timedelta(days=USUAL - 1)
    return Span(max(min(first, last), last - timedelta(days=LONGEST - 1)), last)


def _day(text: str) -> date | None:
    try:
        day: date | None = DateField(required=False).clean(text)
    except ValidationError:
        return None
    return day if day and date(2015, 1, 1) <= day < date(9999, 1, 1) else None


def statistics_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show who did what, when."""
    span, guild_id = span_of(request), guild_of(request).pk
    by_time = acts_by_time(guild_id=guild_id, by_week=span.by_week, **span.bounds)
    columns = [[by_time[start][name] for start in span.starts] for name in GROUPS]
    series = [Series(*pair) for pair in zip(GROUPS, columns, strict=True)]
    shares = acts_by_moderator(guild_id=guild_id, **span.bounds)
    lines = _lines(shares, span)
    told = {"title": "Statistics", "span": span, "choices": _choices(span), "lines": lines}
    charts = [_over_time(span, series), _by_kind(series), _by_moderator(lines)]
    told |= {"charts": charts, "groups": list(GROUPS), "more": len(shares) - len(lines)}
    return TemplateResponse(request, "moderation/statistics.html", {**context, **told})


def _over_time(span: Span, series: Sequence[Series]) -> Chart:
    axis, how = ("Week from", "week by week") if span.by_week else ("Day", "day by day")
    labels = [f"{day.day} {day:%b}" for day in span.starts]
    drawn = [each for each in series if any(each.values)] or series[:1]
    return Chart(title=f"Acts, {how}", kind="stacked", axis=axis, labels=labels, series=drawn)


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


def _choices(span: Span) -> list[tuple[str, str, bool]]:
    """Return the spans that are a press away."""
    today = timezone.localdate()
    return [
        (f"{days} days", f"?from={today - timedelta(days=days - 1)}", span == _until(today, days))
        for days in CHOICES
    ]


def _until(today: date, days: int) -> Span:
    return Span(today - timedelta(days=days - 1), today)


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
