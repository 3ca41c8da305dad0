"""What we can ask about reminders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from community.models import Reminder


class ReminderQuerySet(GuildQuerySet["Reminder"]):
    """Questions about reminders."""

    def open(self) -> Self:
        """Reminders that are still to be said."""
        return self.filter(state="open")

    def whose(self, user_id: int) -> Self:
        """Reminders of one person."""
        return self.filter(user_id=user_id)


ReminderManager = InScopeManager.from_queryset(ReminderQuerySet)
