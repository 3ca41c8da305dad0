"""How a server is told of: whole, as in GUILD_CREATE, or without its people, as over REST."""

from sandbox.wire import Json
from sandbox.world import Guild, World

THREADS = (10, 11, 12)


def guild_wire(world: World, guild: Guild, *, most: int | None = None) -> Json:
    """Return GUILD_CREATE; of more than `most` members only the bot, as large servers do."""
    whole = most is None or len(guild.members) <= most
    told = guild.members if whole else [world.bot_id]
    return {
        **guild_facts(guild),
        "joined_at": guild.members[world.bot_id]["joined_at"],
        "large": not whole,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [world.member_wire(guild, user_id) for user_id in told],
        "channels": [each for each in guild.channels.values() if each["type"] not in THREADS],
        "threads": [each for each in guild.channels.values() if each["type"] in THREADS],
        "voice_states": list(guild.voice.values()),
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def guild_facts(guild: Guild) -> Json:
    """Return a server without its people and channels."""
    return {**guild.facts, "roles": list(guild.roles.values())}


def member_event(world: World, guild: Guild, user_id: str) -> Json:
    """Return a member as GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE tell of them."""
    return {**world.member_wire(guild, user_id), "guild_id": guild.id}
