"""Activity as pictures, for the desk and for Discord: each says its numbers in a table, too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from activity.models.days import MS_PER_HOUR
from activity.services.statistics import ChannelShare, Newcomers, Overview, PersonShare
from community.charts import Chart, HeatMap, Series
from community.spans import Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEADINGS = tuple(f"{hour:02}:00" for hour in range(24))
MOST_DRAWN = 12
MS_PER_MINUTE = 60_000
# Of less than so many hours a picture shows minutes.
FEW_HOURS = 12


def messages_over_time(seen: Overview) -> Chart:
    """Draw messages beside those of as many days before."""
    span = seen.span
    now = [each.messages for each in seen.parts(span)]
    before = [each.messages for each in seen.parts(_shifted(span))]
    return _over_time("Messages", "line", span, {"These days": now, "The days before": before})


def voice_over_time(seen: Overview) -> Chart:
    """Draw the time that people spent in voice."""
    spent = [each.voice_ms for each in seen.parts(seen.span)]
    unit, values = in_unit(spent)
    return _over_time(f"Voice, {unit}", "bar", seen.span, {unit.capitalize(): values})


def growth_over_time(seen: Overview) -> Chart:
    """Draw how many members there were."""
    chart = _over_time("Members", "line", seen.span, {"Members": seen.growth})
    return replace(chart, is_level=True)


def comings_and_goings(seen: Overview) -> Chart:
    """Draw who came and who left."""
    parts = seen.parts(seen.span)
    told = {"Came": [each.joins for each in parts], "Left": [each.leaves for each in parts]}
    return _over_time("Came and left", "bar", seen.span, told)


def week_by_hour(week: Sequence[Sequence[int]]) -> HeatMap:
    """Draw at what hours of the week people write."""
    return HeatMap(
        title="Messages by hour of the week",
        name="messages",
        axis="Day",
        labels=WEEKDAYS,
        headings=HEADINGS,
        values=week,
    )


def by_channel(shares: Sequence[ChannelShare]) -> Chart:
    """Draw where people write."""
    drawn = [each for each in shares if each.messages][:MOST_DRAWN]
    told = [each.name for each in drawn], [each.messages for each in drawn]
    return _ranking("Messages by channel", "Channel", "Messages", *told)


def voice_by_channel(shares: Sequence[ChannelShare]) -> Chart:
    """Draw where people talk."""
    talked = sorted((each for each in shares if each.voice_ms), key=lambda each: -each.voice_ms)
    drawn = talked[:MOST_DRAWN]
    unit, values = in_unit([each.voice_ms for each in drawn])
    names = [each.name for each in drawn]
    return _ranking(f"Voice by channel, {unit}", "Channel", unit.capitalize(), names, values)


def by_person(names: Sequence[str], shares: Sequence[PersonShare]) -> Chart:
    """Draw who writes most."""
    told = list(names)[:MOST_DRAWN], [each.messages for each in shares][:MOST_DRAWN]
    return _ranking("Messages by person", "Person", "Messages", *told)


def kept(weeks: Sequence[Newcomers]) -> Chart:
    """Draw how many came each week, how many of them wrote, and how many stayed a week."""
    told = {
        "Came in": [each.came for each in weeks],
        "Wrote within 7 days": [each.wrote or 0 for each in weeks],
        "Here after 7 days": [each.stayed or 0 for each in weeks],
    }
    labels = [f"{each.week.day} {each.week:%b}" for each in weeks]
    series = [Series(name, values) for name, values in told.items()]
    title = "Newcomers, week by week"
    return Chart(title=title, kind="bar", axis="Week from", labels=labels, series=series)


def days_of_person(span: Span, days: Mapping[date, int]) -> Chart:
    """Draw what one person wrote."""
    starts = dict.fromkeys(span.starts, 0)
    for day, many in days.items():
        starts[day - timedelta(days=day.weekday()) if span.by_week else day] += many
    return _over_time("Messages", "bar", span, {"Messages": list(starts.values())})


def in_channels(found: Sequence[tuple[str, int]]) -> Chart:
    """Draw where one person writes."""
    told = [name for name, _ in found], [many for _, many in found]
    return _ranking("Where they write", "Channel", "Messages", *told)


def in_unit(spent: Sequence[int]) -> tuple[str, list[int]]:
    """Return times in whole hours, or in minutes where none is long; and which it is."""
    is_long = max(spent, default=0) >= FEW_HOURS * MS_PER_HOUR
    unit, length = ("hours", MS_PER_HOUR) if is_long else ("minutes", MS_PER_MINUTE)
    return unit, [round(each / length) for each in spent]


def _over_time(
    what: str, kind: Literal["bar", "line"], span: Span, told: dict[str, list[int]]
) -> Chart:
    series = [Series(name, values) for name, values in told.items()]
    title, axis = f"{what}, {span.how}", span.axis
    return Chart(title=title, kind=kind, axis=axis, labels=span.labels, series=series)


def _ranking(
    title: str, axis: str, what: str, names: Sequence[str], values: Sequence[int]
) -> Chart:
    series = [Series(what, values)]
    return Chart(title=title, kind="ranking", axis=axis, labels=names, series=series)


def _shifted(span: Span) -> Span:
    """Return the days before, which make as many parts; those of weeks are whole weeks earlier."""
    back = timedelta(weeks=-(-span.days // 7)) if span.by_week else timedelta(days=span.days)
    return Span(span.first - back, span.last - back)
