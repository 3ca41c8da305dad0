"""What we can ask about a server's own commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Count, Q

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from community.models import CustomCommand


class CustomCommandQuerySet(GuildQuerySet["CustomCommand"]):
    """Questions about custom commands."""

    def enabled(self) -> Self:
        """Commands that answer at present."""
        return self.filter(is_enabled=True)

    def called(self, name: str) -> Self:
        """The command that a name calls, its first or another, in any case."""
        return self.filter(names__name=name.lower())

    def troubled(self) -> Self:
        """Commands that could not answer the last time they tried."""
        return self.exclude(last_error="")

    def named_like(self, beginning: str) -> Self:
        """Commands with a name that holds these letters, those it begins with first."""
        small = beginning.lower()
        begins = Count("pk", filter=Q(name__startswith=small))
        return self.filter(name__contains=small).annotate(begins=begins).order_by("-begins", "name")


CustomCommandManager = InScopeManager.from_queryset(CustomCommandQuerySet)
