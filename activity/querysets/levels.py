"""What we can ask about levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from activity.models import GlobalProgress, LevelReward, Progress


class ProgressQuerySet(GuildQuerySet["Progress"]):
    """Questions about levels."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)


class LevelRewardQuerySet(GuildQuerySet["LevelReward"]):
    """Questions about level rewards."""

    def reached(self, level: int) -> Self:
        """Rewards that somebody of this level has reached."""
        return self.filter(level__lte=level)


class GlobalProgressQuerySet(models.QuerySet["GlobalProgress"]):
    """Questions about levels in all servers together."""

    def of_person(self, user_id: int) -> Self:
        """The row of one person."""
        return self.filter(user_id=user_id)


ProgressManager = InScopeManager.from_queryset(ProgressQuerySet)
LevelRewardManager = InScopeManager.from_queryset(LevelRewardQuerySet)
