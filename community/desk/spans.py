"""Which days a page is about: read out of its address, and offered as buttons."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.forms import DateField
from django.http import HttpRequest
from django.utils import timezone

from community.spans import Span, last_days

USUAL, LONGEST = 30, 731
CHOICES = (7, 30, 90, 365)


def span_of(request: HttpRequest) -> Span:
    """Read the days out of an address; what makes no sense is the usual span up to today."""
    today = timezone.localdate()
    last = min(_day(request.GET.get("until", "")) or today, today)
    first = _day(request.GET.get("from", "")) or last - timedelta(days=USUAL - 1)
    return Span(max(min(first, last), last - timedelta(days=LONGEST - 1)), last)


def choices_of(span: Span) -> list[tuple[str, str, bool]]:
    """Return the spans that are a press away: words, address, whether it is the one shown."""
    offered = [(days, last_days(days)) for days in CHOICES]
    return [(f"{days} days", f"?from={each.first}", span == each) for days, each in offered]


def _day(text: str) -> date | None:
    try:
        day: date | None = DateField(required=False).clean(text)
    except ValidationError:
        return None
    return day if day and date(2015, 1, 1) <= day < date(9999, 1, 1) else None
