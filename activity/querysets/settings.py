"""What we can ask about what a server wants counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from activity.models import ActivitySettings


class ActivitySettingsQuerySet(GuildQuerySet["ActivitySettings"]):
    """Questions about activity settings."""

    def counting(self) -> Self:
        """Servers that count messages or voice."""
        return self.filter(messages_counted=True) | self.filter(voice_counted=True)


ActivitySettingsManager = InScopeManager.from_queryset(ActivitySettingsQuerySet)
