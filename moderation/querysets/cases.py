"""What we can ask about cases and their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from moderation.models import Case, CaseEvent


class CaseQuerySet(GuildQuerySet["Case"]):
    """Questions about cases."""

    def about(self, user_id: int) -> Self:
        """Cases about one person."""
        return self.filter(user_id=user_id)

    def latest_first(self) -> Self:
        """Cases, the newest first."""
        return self.order_by("-id")


class CaseEventQuerySet(GuildQuerySet["CaseEvent"]):
    """Questions about what happened to cases."""

    def in_order(self) -> Self:
        """Events in the order of the server's history."""
        return self.order_by("seq")


CaseManager = InScopeManager.from_queryset(CaseQuerySet)
CaseEventManager = InScopeManager.from_queryset(CaseEventQuerySet)
