"""Servers: looked at, changed, previewed, closed for a while."""

from sandbox.ask import Ask
from sandbox.deeds import guilds
from sandbox.payloads import guild_facts
from sandbox.permissions import MANAGE_GUILD
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json, seconds_of

ONE = "/guilds/{guild_id}"
FIELDS = (
    "name", "description", "afk_channel_id", "afk_timeout", "system_channel_id",
    "rules_channel_id", "public_updates_channel_id", "safety_alerts_channel_id",
    "verification_level", "default_message_notifications", "explicit_content_filter",
    "preferred_locale", "premium_progress_bar_enabled",
)  # fmt: skip
INCIDENTS = ("invites_disabled_until", "dms_disabled_until")
LONGEST_INCIDENT = 86_400


@route("GET", ONE)
def get_guild(ask: Ask) -> Json:
    """Look at a server; with its counts when asked for."""
    guild = ask.guild
    told = guild_facts(guild)
    if ask.call.query.get("with_counts", "").lower() in {"1", "true"}:
        told["approximate_member_count"] = len(guild.members)
        told["approximate_presence_count"] = len(guild.members) // 3
    return told


@route("PATCH", ONE)
def change_guild(ask: Ask) -> Json:
    """Change a server."""
    guild = ask.guild_with(MANAGE_GUILD)
    facts = {key: ask.body[key] for key in FIELDS if key in ask.body}
    if not 2 <= len(facts.get("name", "  ")) <= 100:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
    return guilds.change(ask.sandbox, guild, ask.by, **facts)


@route("GET", "/guilds/{guild_id}/preview")
def preview_guild(ask: Ask) -> Json:
    """Look at a server as somebody outside would."""
    guild = ask.guild
    keys = ("id", "name", "icon", "description", "home_header", "splash", "discovery_splash")
    told = {key: guild.facts[key] for key in (*keys, "features", "emojis", "stickers")}
    count = len(guild.members)
    counts = {"approximate_member_count": count, "approximate_presence_count": count // 3}
    return {**told, **counts}


@route("PUT", "/guilds/{guild_id}/incident-actions")
def act_upon_incident(ask: Ask) -> Json:
    """Pause invites or direct messages, for a day at most."""
    guild = ask.guild_with(MANAGE_GUILD)
    before = guild.facts["incidents_data"] or dict.fromkeys(INCIDENTS)
    told = {key: ask.body.get(key) for key in INCIDENTS if key in ask.body}
    for key, until in told.items():
        if until and seconds_of(until) > ask.now + LONGEST_INCIDENT:
            raise invalid(key, "DATE_TIME_TOO_FAR", "Must be within 24 hours.")
    data = {**before, **told}
    guilds.change(ask.sandbox, guild, ask.by, incidents_data=data)
    return data


@route("GET", "/users/@me/guilds")
def list_guilds(ask: Ask) -> list[Json]:
    """List the servers that the bot is in."""
    world, limit = ask.world, ask.whole("limit", 200, 1, 200)
    after = int(ask.call.query.get("after", "0"))
    mine = [g for g in world.guilds.values() if world.bot_id in g.members and int(g.id) > after]
    keys = ("id", "name", "icon", "banner", "features")
    return [
        {**{key: each.facts[key] for key in keys}, "owner": False, "permissions": "0"}
        for each in sorted(mine, key=lambda g: int(g.id))[:limit]
    ]


@route("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(ask: Ask) -> None:
    """Leave a server."""
    guild = ask.guild
    if guild.facts["owner_id"] == ask.world.bot_id:
        raise Refusal(50013)
    guilds.remove_bot(ask.sandbox, guild)
