"""What activity hangs at Today: the week that ends today, beside the one before."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from activity.models.days import MS_PER_HOUR
from activity.services.charts import messages_over_time
from activity.services.statistics import Overview, look_over
from community.admin.today import against
from community.charts import Chart
from community.desk.current_guild import guild_of
from community.desk.registry import TodayCard, TodayFigure, today_card
from community.models import Grant
from community.spans import last_days

SEE = Grant.Capability.SEE
DAYS = 7


def messages(request: HttpRequest) -> TodayFigure:
    """Count what was written this week."""
    seen = _week(request)
    before = seen.of(seen.span.before).messages
    return TodayFigure(value=seen.of(seen.span).messages, words=against(before), url=_url())


def active(request: HttpRequest) -> TodayFigure:
    """Count who did anything this week."""
    seen = _week(request)
    people = _url("people", "&by=active_days")
    return TodayFigure(value=seen.active, words=against(seen.active_before), url=people)


def voice(request: HttpRequest) -> TodayFigure:
    """Count the hours in voice this week."""
    seen = _week(request)
    now, before = (seen.of(span).voice_ms // MS_PER_HOUR for span in (seen.span, seen.span.before))
    return TodayFigure(value=now, words=against(before), url=_url())


def week(request: HttpRequest) -> Chart:
    """Draw what was written this week, beside the week before."""
    return messages_over_time(_week(request))


def _week(request: Any) -> Overview:
    """Look at the week once for each request."""
    if (seen := getattr(request, "week_of_activity", None)) is None:
        seen = look_over(guild=guild_of(request), span=last_days(DAYS))
        request.week_of_activity = seen
    found: Overview = seen
    return found


def _url(page: str = "overview", more: str = "") -> str:
    return f"{reverse(f'admin:activity_{page}')}?from={last_days(DAYS).first}{more}"


today_card(TodayCard(title="Messages this week", needs=SEE, figure=messages, order=31))
today_card(TodayCard(title="Active this week", needs=SEE, figure=active, order=32))
today_card(TodayCard(title="Voice hours this week", needs=SEE, figure=voice, order=33))
today_card(TodayCard(title="Messages", needs=SEE, chart=week, order=5))
