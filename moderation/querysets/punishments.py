"""What we can ask about punishments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from moderation.models import Punishment


class PunishmentQuerySet(GuildQuerySet["Punishment"]):
    """Questions about punishments."""

    def standing(self) -> Self:
        """Punishments that hold."""
        return self.filter(state="active")

    def served(self, now: datetime) -> Self:
        """Punishments that hold although their time is over."""
        return self.filter(state="active", ends_at__lte=now)

    def temporary(self) -> Self:
        """Punishments that have an end."""
        return self.filter(ends_at__isnull=False)


PunishmentManager = InScopeManager.from_queryset(PunishmentQuerySet)
