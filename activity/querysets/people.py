"""What we can ask about comings and goings, roles, presence and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from activity.models import AfkLeave, MemberEvent, PresenceDay, RoleChange


class MemberEventQuerySet(GuildQuerySet["MemberEvent"]):
    """Questions about comings and goings."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(at__gte=start, at__lt=end)

    def last_of(self, user_ids: Collection[int], kinds: Collection[str]) -> Self:
        """The last thing of these kinds that was written down about each of these people."""
        # That nobody's id is nought lets the database use the key that leaves strangers out.
        theirs = self.filter(user_id__in=user_ids, user_id__gt=0, kind__in=kinds)
        return theirs.order_by("user_id", "-id").distinct("user_id")


class RoleChangeQuerySet(GuildQuerySet["RoleChange"]):
    """Questions about role changes."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(at__gte=start, at__lt=end)


class PresenceDayQuerySet(GuildQuerySet["PresenceDay"]):
    """Questions about presence."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, first: date, last: date) -> Self:
        """Rows of the days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last)


class AfkLeaveQuerySet(GuildQuerySet["AfkLeave"]):
    """Questions about leave."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def current(self, now: datetime) -> Self:
        """Leave that holds now."""
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at=None)


MemberEventManager = InScopeManager.from_queryset(MemberEventQuerySet)
RoleChangeManager = InScopeManager.from_queryset(RoleChangeQuerySet)
PresenceDayManager = InScopeManager.from_queryset(PresenceDayQuerySet)
AfkLeaveManager = InScopeManager.from_queryset(AfkLeaveQuerySet)
