"""What we can ask about locked channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from moderation.models import ChannelLock


class ChannelLockQuerySet(GuildQuerySet["ChannelLock"]):
    """Questions about locks."""

    def standing(self) -> Self:
        """Locks that hold."""
        return self.filter(unlocked_at=None)


ChannelLockManager = InScopeManager.from_queryset(ChannelLockQuerySet)
