"""What we can ask about warnings and the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Expression, Q, Sum, Value

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from moderation.models import LadderStep, MemberWarning


class WarningQuerySet(GuildQuerySet["MemberWarning"]):
    """Questions about warnings."""

    def standing(self, now: datetime) -> Self:
        """Warnings that count: not ended, and not past their end."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), ended_at=None)

    def run_out(self, now: datetime) -> Self:
        """Warnings past their end that nobody has ended yet."""
        return self.filter(ended_at=None, expires_at__lte=now)

    def given_within(self, window: Expression, now: datetime) -> Self:
        """Warnings given within the window before now."""
        return self.filter(given_at__gt=Value(now) - window)

    def points(self) -> int:
        """Return what these count together."""
        return self.aggregate(sum=Sum("points"))["sum"] or 0


class LadderStepQuerySet(GuildQuerySet["LadderStep"]):
    """Questions about rungs."""

    def between(self, before: int, after: int) -> Self:
        """Rungs that are crossed when points rise from one number to another, lowest first."""
        return self.filter(points__gt=before, points__lte=after).order_by("points")


WarningManager = InScopeManager.from_queryset(WarningQuerySet)
LadderStepManager = InScopeManager.from_queryset(LadderStepQuerySet)
