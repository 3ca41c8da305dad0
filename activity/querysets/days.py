"""What we can ask about daily and hourly counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, Rank, TruncDate

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals


def _sums(*columns: str) -> dict[str, Sum]:
    return {column: Sum(column, default=0) for column in columns}


class MemberDayQuerySet(GuildQuerySet["MemberDay"]):
    """Questions about members' days."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, first: date, last: date) -> Self:
        """Rows of the days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)

    def summed(self) -> dict[str, int]:
        """Return what these days come to."""
        return self.aggregate(**_sums("messages", "characters", "words", "attachments", "voice_ms"))

    def leading(self, by: str = "messages") -> Any:
        """People, those who did most first: what they did, their rank, how many they are."""
        some = self if by == "active_days" else self.filter(**{f"{by}__gt": 0})
        counted = some.order_by().values("user_id")
        summed = counted.annotate(
            **_sums("messages", "characters", "words", "voice_ms"), active_days=Count("day")
        )
        rank = Window(Rank(), order_by=F(by).desc())
        ranked = summed.annotate(rank=rank, people=Window(Count("*")))
        return ranked.order_by(F(by).desc(), "user_id")

    def active_people(self, **spans: tuple[date, date]) -> Mapping[str, int]:
        """Return how many people did anything, in each of some spans of days."""
        return self.aggregate(
            **{
                name: Count("user_id", filter=Q(day__gte=first, day__lte=last), distinct=True)
                for name, (first, last) in spans.items()
            }
        )

    def voice_since(self, **starts: date) -> dict[str, dict[int, int]]:
        """Return who spent how long in voice since each of some days, under the days' names."""
        columns = {
            name: Sum("voice_ms", filter=Q(day__gte=start), default=0)
            for name, start in starts.items()
        }
        lately = self.filter(day__gte=min(starts.values()), voice_ms__gt=0).order_by()
        rows = list(lately.values_list("user_id").annotate(**columns))
        return {
            name: {row[0]: row[place] for row in rows if row[place]}
            for place, name in enumerate(starts, start=1)
        }


class ChannelDayQuerySet(GuildQuerySet["ChannelDay"]):
    """Questions about channels' days."""

    def between(self, first: date, last: date) -> Self:
        """Rows of the days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)

    def busiest(self) -> Any:
        """Channels, the one with most messages first, then the one with most voice."""
        counted = self.order_by().values("channel_id")
        summed = counted.annotate(
            **_sums("messages", "characters", "edited", "deleted", "voice_ms")
        )
        return summed.order_by("-messages", "-voice_ms", "channel_id")


class GuildHourQuerySet(GuildQuerySet["GuildHour"]):
    """Questions about servers' hours."""

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(hour__gte=start, hour__lt=end)

    def daily(self) -> Any:
        """Days of the zone in force, each with what happened."""
        counted = self.order_by().annotate(day=TruncDate("hour")).values("day")
        return counted.annotate(
            **_sums("messages", "edited", "deleted", "joins", "leaves", "voice_ms")
        )

    def by_hour_of_week(self) -> Any:
        """Hours of the week in the zone in force, Monday being 1, each with what happened."""
        told = {"weekday": ExtractIsoWeekDay("hour"), "at": ExtractHour("hour")}
        counted: Any = self.order_by().annotate(**told)
        counted = counted.values("weekday", "at")
        return counted.annotate(**_sums("messages", "voice_ms"))


class MemberTotalsQuerySet(GuildQuerySet["MemberTotals"]):
    """Questions about members' totals."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)


MemberDayManager = InScopeManager.from_queryset(MemberDayQuerySet)
ChannelDayManager = InScopeManager.from_queryset(ChannelDayQuerySet)
GuildHourManager = InScopeManager.from_queryset(GuildHourQuerySet)
MemberTotalsManager = InScopeManager.from_queryset(MemberTotalsQuerySet)
