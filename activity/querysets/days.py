"""What we can ask about daily and hourly counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import date, datetime

    from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals


class MemberDayQuerySet(GuildQuerySet["MemberDay"]):
    """Questions about members' days."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, first: date, last: date) -> Self:
        """Rows of the days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)


class ChannelDayQuerySet(GuildQuerySet["ChannelDay"]):
    """Questions about channels' days."""

    def between(self, first: date, last: date) -> Self:
        """Rows of the days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)


class GuildHourQuerySet(GuildQuerySet["GuildHour"]):
    """Questions about servers' hours."""

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(hour__gte=start, hour__lt=end)


class MemberTotalsQuerySet(GuildQuerySet["MemberTotals"]):
    """Questions about members' totals."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)


MemberDayManager = InScopeManager.from_queryset(MemberDayQuerySet)
ChannelDayManager = InScopeManager.from_queryset(ChannelDayQuerySet)
GuildHourManager = InScopeManager.from_queryset(GuildHourQuerySet)
MemberTotalsManager = InScopeManager.from_queryset(MemberTotalsQuerySet)
