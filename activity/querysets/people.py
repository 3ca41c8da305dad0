"""What we can ask about comings and goings, roles, presence and leave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate, TruncWeek

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

    def latest_first(self) -> Self:
        """Events, the newest first."""
        return self.order_by("-at", "-pk")

    def joins(self) -> Self:
        """People who came in; bots are none."""
        bots = apps.get_model("community", "User").objects.filter(is_bot=True)
        people = self.filter(kind="join", user_id__gt=0)
        return people.filter(~Exists(bots.filter(pk=OuterRef("user_id"))))

    def newcomers(self) -> Any:
        """Weeks of the zone in force: how many came, wrote, came back to write, and stayed."""
        weeks = self.joins().order_by().annotate(week=TruncWeek("at"), on=TruncDate("at"))
        told = {
            "wrote": Q(_wrote(0, 7)),
            "returned": Q(_wrote(7, 14)),
            "stayed": ~Q(self._left_within(7)),
            "remained": ~Q(self._left_within(30)),
        }
        counts = {name: Count("pk", filter=which) for name, which in told.items()}
        return weeks.values("week").annotate(came=Count("pk"), **counts).order_by("week")

    def _left_within(self, days: int) -> Exists:
        gone = self.model._default_manager.filter(
            guild_id=OuterRef("guild_id"),
            user_id=OuterRef("user_id"),
            user_id__gt=0,  # as the index has it
            kind="leave",
            at__gte=OuterRef("at"),
            at__lt=OuterRef("at") + timedelta(days=days),
        )
        return Exists(gone)


def _wrote(first: int, last: int) -> Exists:
    """Tell whether somebody wrote from so many days after they came, and before as many others."""
    days = apps.get_model("activity", "MemberDay").objects.filter(
        guild_id=OuterRef("guild_id"), user_id=OuterRef("user_id"), messages__gt=0
    )
    since = OuterRef("on") + timedelta(days=first)
    return Exists(days.filter(day__gte=since, day__lt=OuterRef("on") + timedelta(days=last)))


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
