"""What we can ask about activity roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from activity.models import ActivityRole, ActivityRoleHolding


class ActivityRoleQuerySet(GuildQuerySet["ActivityRole"]):
    """Questions about activity roles."""

    def in_force(self) -> Self:
        """Roles that are given and taken at present, the first choice first."""
        return self.filter(is_enabled=True).order_by("group", "-priority", "-min_hours", "id")


class ActivityRoleHoldingQuerySet(GuildQuerySet["ActivityRoleHolding"]):
    """Questions about who holds activity roles."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def standing(self) -> Self:
        """Holdings that have not ended."""
        return self.filter(ended_at=None)

    def held(self, now: datetime) -> Self:
        """Holdings that stand, and whose time is not over."""
        return self.standing().exclude(expires_at__lte=now)


ActivityRoleManager = InScopeManager.from_queryset(ActivityRoleQuerySet)
ActivityRoleHoldingManager = InScopeManager.from_queryset(ActivityRoleHoldingQuerySet)
