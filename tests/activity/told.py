"""What Discord might tell of messages, and what the counters must say of what is stored."""

from datetime import UTC, datetime, timedelta
from itertools import count

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals, MessageEvent
from activity.services.messages import Message
from activity.snowflakes import first_id_at

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = count(1)


def message(guild, after=timedelta(0), **facts):
    """A message some time after noon."""
    defaults = {"channel_id": 7, "user_id": 5, "characters": 20, "words": 4}
    key = first_id_at(NOON + after) + next(NUMBERS)
    return Message(**{"guild_id": guild, "id": key, **defaults, **facts})


def counted():
    """All counters of messages in scope, as plain rows."""
    return (
        set(MemberDay.objects.values_list("user_id", "day", "messages", "characters", "blocks")),
        set(ChannelDay.objects.values_list("channel_id", "day", "messages", "edited", "deleted")),
        set(GuildHour.objects.values_list("hour", "messages", "edited", "deleted")),
        set(MemberTotals.objects.values_list("user_id", "messages", "first_at", "last_at")),
    )


def stored():
    """The ids of all messages in scope."""
    return set(MessageEvent.objects.values_list("id", flat=True))
