"""What we can ask about how servers handle coins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from economy.models import EconomySettings


class EconomySettingsQuerySet(GuildQuerySet["EconomySettings"]):
    """Questions about settings of the economy."""

    def in_force(self, guild_id: int) -> EconomySettings:
        """Return how a server handles coins; without a row as the fields begin."""
        return self.of(guild_id).first() or self.model(guild_id=guild_id)


EconomySettingsManager = InScopeManager.from_queryset(EconomySettingsQuerySet)
