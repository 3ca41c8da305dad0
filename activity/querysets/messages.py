"""What we can ask about messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count

from activity.snowflakes import first_id_at
from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from activity.models import MessageEvent


class MessageEventQuerySet(GuildQuerySet["MessageEvent"]):
    """Questions about messages."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, start: datetime, end: datetime) -> Self:
        """Messages written from a moment on and before another; prunes months by itself."""
        return self.filter(id__gte=first_id_at(start), id__lt=first_id_at(end))

    def latest_first(self) -> Self:
        """Messages, the newest first."""
        return self.order_by("-id")

    def by_channel(self) -> Any:
        """Channels, each with how many of these were written there, most first."""
        counted = self.order_by().values("channel_id").annotate(many=Count("*"))
        return counted.order_by("-many", "channel_id")


MessageEventManager = InScopeManager.from_queryset(MessageEventQuerySet)
