"""What we can ask about coming and going."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from community.models import RoleReturn, Stay


class StayQuerySet(GuildQuerySet["Stay"]):
    """Questions about stays."""

    def open(self) -> Self:
        """Stays of whom something is still to be seen to."""
        return self.filter(closed_at=None)


class RoleReturnQuerySet(GuildQuerySet["RoleReturn"]):
    """Questions about roles that staff had."""

    def waiting(self) -> Self:
        """Those that nobody has decided about."""
        return self.filter(state="waiting")


StayManager = InScopeManager.from_queryset(StayQuerySet)
RoleReturnManager = InScopeManager.from_queryset(RoleReturnQuerySet)
