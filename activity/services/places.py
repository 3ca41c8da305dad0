"""Where a server does not want to be counted."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from django.db.models import Q

from activity.models import ActivitySettings
from community.models import Channel

Place = tuple[int, int]  # a server and one of its channels
Counted = Literal["messages_counted", "voice_counted"]


class Rule(NamedTuple):
    """What a server says: whether it wants something counted, and in which channels not."""

    guild_id: int
    is_counted: bool
    ignored: Collection[int]


def uncounted_places(asked: Mapping[int, Collection[int]], what: Counted) -> set[Place]:
    """Return, of some channels of each server, those in which something is not counted."""
    rules = ActivitySettings.objects.filter(guild_id__in=asked)
    strict = rules.filter(Q(**{what: False}) | ~Q(ignored_channel_ids=[]))
    told = strict.values_list("guild_id", what, "ignored_channel_ids")
    return silent_among(asked, [Rule(*row) for row in told])


def silent_among(asked: Mapping[int, Collection[int]], rules: Iterable[Rule]) -> set[Place]:
    """Return, of some channels of each server, those that its rule leaves out."""
    found: set[Place] = set()
    for guild_id, is_counted, ignored in rules:
        channels = asked.get(guild_id, ())
        silent = _under(guild_id, channels, set(ignored)) if is_counted else channels
        found.update((guild_id, channel_id) for channel_id in silent)
    return found


def _under(guild_id: int, channels: Collection[int], ignored: set[int]) -> Iterator[int]:
    """Yield the channels that are ignored themselves, or by what they stand in."""
    yield from ignored & set(channels)
    known = Channel.objects.of(guild_id).filter(pk__in=channels)
    for key, parent, above in known.values_list("pk", "parent_id", "parent__parent_id"):
        if {parent, above} & ignored:  # a thread's channel, a channel's category
            yield key
