"""What we can ask about how commands are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import date, datetime

    from community.models import CommandDay, CommandUse


class CommandUseQuerySet(GuildQuerySet["CommandUse"]):
    """Questions about uses of commands."""

    def during(self, begin: datetime, end: datetime) -> Self:
        """Uses from one moment up to another."""
        return self.filter(used_at__gte=begin, used_at__lt=end)


class CommandDayQuerySet(GuildQuerySet["CommandDay"]):
    """Questions about the sums of each day."""

    def between(self, first: date, last: date) -> Self:
        """Days from the first to the last, both included."""
        return self.filter(day__range=(first, last))


CommandUseManager = InScopeManager.from_queryset(CommandUseQuerySet)
CommandDayManager = InScopeManager.from_queryset(CommandDayQuerySet)
