"""What we can ask about voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from activity.models import VoiceEvent, VoiceSession


class VoiceSessionQuerySet(GuildQuerySet["VoiceSession"]):
    """Questions about voice sessions."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def open(self) -> Self:
        """Sessions that last."""
        return self.filter(ended_at=None)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Sessions that lasted at some time within a span."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=start), started_at__lt=end)


class VoiceEventQuerySet(GuildQuerySet["VoiceEvent"]):
    """Questions about voice events."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(at__gte=start, at__lt=end)


VoiceSessionManager = InScopeManager.from_queryset(VoiceSessionQuerySet)
VoiceEventManager = InScopeManager.from_queryset(VoiceEventQuerySet)
