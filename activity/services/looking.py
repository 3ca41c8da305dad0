"""What Discord shows of a server's activity: one picture of some days, in the server's zone."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from activity.services import charts
from activity.services.statistics import Overview, busiest_channels, hours_of_week, look_over
from community.charts import Chart, HeatMap
from community.models import Guild
from community.scope import guild_scope
from community.spans import Span, last_days, zone_called

DAYS = (7, 30, 90, 365)
OVER_TIME: dict[str, Callable[[Overview], Chart]] = {
    "messages": charts.messages_over_time,
    "members": charts.growth_over_time,
    "comings": charts.comings_and_goings,
    "voice": charts.voice_over_time,
}
# What can be looked at, and what it is called.
PICTURES = {
    "messages": "Messages",
    "members": "Members",
    "comings": "Came and left",
    "voice": "Time in voice",
    "hours": "Messages by hour of the week",
    "channels": "Messages by channel",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A picture, and the same in words."""

    title: str
    words: str
    chart: Chart | HeatMap


def look_at(*, guild_id: int, of: str, days: int) -> Look:
    """Return a picture of so many days, today the last of them."""
    with guild_scope(guild_id):
        guild = Guild.objects.get(pk=guild_id)
        with timezone.override(zone_called(guild.tz)):
            chart = _chart(guild, of, last_days(days))
    title = f"{PICTURES[of]}, the last {days} days"
    return Look(title, "Nothing was counted yet." if chart.is_empty else chart.summary, chart)


def _chart(guild: Guild, of: str, span: Span) -> Chart | HeatMap:
    if of in OVER_TIME:
        return OVER_TIME[of](look_over(guild=guild, span=span))
    if of == "hours":
        return charts.week_by_hour(hours_of_week(guild_id=guild.pk, span=span))
    return charts.by_channel(busiest_channels(guild_id=guild.pk, span=span))
