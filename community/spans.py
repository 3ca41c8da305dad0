"""Spans of days, in the zone that is in force: their moments, their parts, the days before."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone

WEEK = timedelta(days=7)
# A picture of more days than this is one of weeks.
MOST_DAYS = 62


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

    @property
    def labels(self) -> list[str]:
        """What stands below each part of the picture."""
        return [f"{day.day} {day:%b}" for day in self.starts]

    @property
    def how(self) -> str:
        """How finely the picture is drawn."""
        return "week by week" if self.by_week else "day by day"

    @property
    def axis(self) -> str:
        """What each part of the picture is."""
        return "Week from" if self.by_week else "Day"

    @property
    def before(self) -> "Span":
        """As many days, just before these."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def last_days(many: int) -> Span:
    """Return so many days, today the last of them."""
    today = timezone.localdate()
    return Span(today - timedelta(days=many - 1), today)


def begin_of(day: date) -> datetime:
    """Return the first moment of a day, in the zone that is in force."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def first_day() -> date:
    """Return the first of the seven days that end today."""
    return timezone.localdate() - WEEK + timedelta(days=1)


def zone_called(name: str) -> ZoneInfo:
    """Return the zone of a name; UTC when it names none we know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
