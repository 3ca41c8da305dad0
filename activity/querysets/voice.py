"""What we can ask about voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import connections
from django.db.models import Count, Q, Sum

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import datetime

    from activity.models import VoiceEvent, VoiceSession

# Whoever had been in a channel for longer than a day is not looked for: so an index is enough.
TOGETHER = """
SELECT other.user_id, count(*), (extract(epoch FROM sum(
    least(coalesce(other.ended_at, now()), coalesce(mine.ended_at, now()))
    - greatest(other.started_at, mine.started_at))) * 1000)::bigint AS together
FROM activity_voicesession mine JOIN activity_voicesession other
ON other.guild_id = mine.guild_id AND other.channel_id = mine.channel_id
    AND other.user_id <> mine.user_id
    AND other.started_at > mine.started_at - interval '1 day'
    AND other.started_at < coalesce(mine.ended_at, now())
    AND coalesce(other.ended_at, now()) > mine.started_at
WHERE mine.guild_id = %s AND mine.user_id = %s
    AND mine.started_at >= %s AND mine.started_at < %s AND other.user_id > 0
GROUP BY other.user_id ORDER BY together DESC, other.user_id LIMIT %s
"""


class Company(NamedTuple):
    """Somebody who was in voice together with another: how often, and how long."""

    user_id: int
    times: int
    ms: int


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

    def latest_first(self) -> Self:
        """Sessions, the newest first."""
        return self.order_by("-started_at", "-pk")

    def between(self, start: datetime, end: datetime) -> Self:
        """Sessions that began from a moment on and before another."""
        return self.filter(started_at__gte=start, started_at__lt=end)

    def by_person(self) -> Any:
        """People, each with how long and how often they were in voice, the longest first."""
        counted = self.order_by().values("user_id")
        summed = counted.annotate(voice_ms=Sum("counted_ms"), sessions=Count("*"))
        return summed.order_by("-voice_ms", "user_id")

    def in_company_of(
        self, *, guild_id: int, user_id: int, start: datetime, end: datetime, most: int
    ) -> list[Company]:
        """Return with whom somebody was in voice in sessions of a span, most time first."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(TOGETHER, [guild_id, user_id, start, end, most])
            return [Company(*row) for row in cursor.fetchall()]


class VoiceEventQuerySet(GuildQuerySet["VoiceEvent"]):
    """Questions about voice events."""

    def of_person(self, user_id: int) -> Self:
        """Rows of one person."""
        return self.filter(user_id=user_id)

    def between(self, start: datetime, end: datetime) -> Self:
        """Rows from a moment on and before another."""
        return self.filter(at__gte=start, at__lt=end)

    def latest_first(self) -> Self:
        """Steps, the newest first."""
        return self.order_by("-at", "-pk")


VoiceSessionManager = InScopeManager.from_queryset(VoiceSessionQuerySet)
VoiceEventManager = InScopeManager.from_queryset(VoiceEventQuerySet)
