"""Which of the servers we know a connection to the gateway should have told of."""

from collections.abc import Collection

from community.models import Guild
from community.scope import cross_guild

SHARD_BITS = 22  # Discord shares servers out by what stands above these


def guilds_not_told_of(*, shard: int, shards: int, told: Collection[int]) -> list[int]:
    """Return the servers of a shard the bot was in, and is not any more: READY left them out."""
    with cross_guild("a connection to Discord begins, and tells of all its servers"):
        known = list(Guild.objects.present().values_list("pk", flat=True))
    return [key for key in known if shard_of(key, shards) == shard and key not in told]


def shard_of(guild_id: int, shards: int) -> int:
    """Return which of so many connections tells of a server."""
    return (guild_id >> SHARD_BITS) % shards
