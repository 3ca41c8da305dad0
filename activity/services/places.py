"""Where a server does not want to be counted."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from django.db.models import Q

from activity.models import ActivitySettings
from community.models import Channel

Place = tuple[int, int]  # a server and one of its channels
Counted = Literal["messages_counted", "voice_counted"]


def uncounted_places(asked: Mapping[int, Collection[int]], what: Counted) -> set[Place]:
    """Return, of some channels of each server, those in which something is not counted."""
    rules = ActivitySettings.objects.filter(guild_id__in=asked)
    strict = rules.filter(Q(**{what: False}) | ~Q(ignored_channel_ids=[]))
    found: set[Place] = set()
    for guild_id, counted, ignored in strict.values_list("guild_id", what, "ignored_channel_ids"):
        channels = asked[guild_id]
        silent = _under(guild_id, channels, set(ignored)) if counted else channels
        found.update((guild_id, channel_id) for channel_id in silent)
    return found


def _under(guild_id: int, channels: Collection[int], ignored: set[int]) -> Iterator[int]:
    """Yield the channels that are ignored themselves, or by what they stand in."""
    yield from ignored & set(channels)
    known = Channel.objects.of(guild_id).filter(pk__in=channels)
    for key, parent, above in known.values_list("pk", "parent_id", "parent__parent_id"):
        if {parent, above} & ignored:  # a thread's channel, a channel's category
            yield key
