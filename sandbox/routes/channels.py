"""Channels: looked at, made, changed, gone; permissions in them."""

from typing import Any

from sandbox.ask import Ask
from sandbox.deeds import channels
from sandbox.permissions import MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_THREADS
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json

ONE = "/channels/{channel_id}"
OVERWRITE = ONE + "/permissions/{overwrite_id}"
THREADS = (10, 11, 12)
MOST, NAME_LENGTH = 500, 100
FIELDS = (
    "name", "topic", "nsfw", "rate_limit_per_user", "position", "parent_id", "bitrate",
    "user_limit", "rtc_region", "flags", "default_auto_archive_duration",
)  # fmt: skip
IN_METADATA = ("archived", "locked", "auto_archive_duration")


@route("GET", ONE)
def get_channel(ask: Ask) -> Json:
    """Look at a channel."""
    return ask.channel_with()


@route("GET", "/guilds/{guild_id}/channels")
def list_channels(ask: Ask) -> list[Json]:
    """List a server's channels, without threads."""
    return [each for each in ask.guild.channels.values() if each["type"] not in THREADS]


@route("POST", "/guilds/{guild_id}/channels", status=201)
def create_channel(ask: Ask) -> Json:
    """Make a channel."""
    guild = ask.guild_with(MANAGE_CHANNELS)
    if len(guild.channels) >= MOST:
        raise Refusal(30013)
    facts = _facts(ask)
    if "name" not in facts:
        raise invalid("name", "BASE_TYPE_REQUIRED", "This field is required")
    if overwrites := ask.body.get("permission_overwrites"):
        facts["permission_overwrites"] = [_overwrite(str(e["id"]), e) for e in overwrites]
    kind = ask.body.get("type") or 0
    return channels.create(ask.sandbox, guild, ask.by, kind, **facts)


@route("PATCH", ONE)
def change_channel(ask: Ask) -> Json:
    """Change a channel, or a thread."""
    guild, channel = ask.server_channel_with()
    ask.channel_with(MANAGE_THREADS if channel["type"] in THREADS else MANAGE_CHANNELS)
    facts = _facts(ask)
    if channel["type"] in THREADS:
        told = {key: ask.body[key] for key in IN_METADATA if key in ask.body}
        facts["thread_metadata"] = {**channel["thread_metadata"], **told}
    if "permission_overwrites" in ask.body:
        rules = ask.body["permission_overwrites"] or []
        facts["permission_overwrites"] = [_overwrite(str(each["id"]), each) for each in rules]
    return channels.change(ask.sandbox, guild, ask.by, channel, **facts)


@route("DELETE", ONE)
def delete_channel(ask: Ask) -> Json:
    """Let a channel or a thread be gone; a direct one is only closed."""
    channel = ask.channel_with()
    if "guild_id" in channel:
        ask.channel_with(MANAGE_THREADS if channel["type"] in THREADS else MANAGE_CHANNELS)
        guild = ask.world.guilds[channel["guild_id"]]
        channels.delete(ask.sandbox, guild, ask.by, channel)
    return channel


@route("PATCH", "/guilds/{guild_id}/channels")
def order_channels(ask: Ask) -> None:
    """Put channels in order."""
    guild = ask.guild_with(MANAGE_CHANNELS)
    told = ask.call.body or []
    if any(str(each["id"]) not in guild.channels for each in told):
        raise Refusal(10003)
    for each in told:
        keys = ("position", "parent_id")
        changes = {key: each[key] for key in keys if key in each}
        channel = guild.channels[str(each["id"])]
        channels.change(ask.sandbox, guild, ask.by, channel, **changes)


@route("PUT", OVERWRITE)
def overwrite_permissions(ask: Ask) -> None:
    """Say what a role or a member may do in a channel."""
    guild, channel = ask.server_channel_with(MANAGE_ROLES)
    told = _overwrite(ask.values["overwrite_id"], ask.body)
    if told["type"] == 0:
        if told["id"] not in guild.roles:
            raise Refusal(10009)
        if told["id"] != guild.id:
            ask.must_rule(guild, guild.roles[told["id"]])
    channels.overwrite(ask.sandbox, guild, ask.by, channel, told)


@route("DELETE", OVERWRITE)
def forget_overwrite(ask: Ask) -> None:
    """Let a channel say nothing of a role or member any more."""
    guild, channel = ask.server_channel_with(MANAGE_ROLES)
    gone = ask.values["overwrite_id"]
    if not channels.forget_overwrite(ask.sandbox, guild, ask.by, channel, gone):
        raise Refusal(10009)


def _overwrite(overwrite_id: str, told: Json) -> Json:
    allow, deny = str(told.get("allow") or "0"), str(told.get("deny") or "0")
    return {"id": overwrite_id, "type": int(told.get("type") or 0), "allow": allow, "deny": deny}


def _facts(ask: Ask) -> dict[str, Any]:
    facts = {key: ask.body[key] for key in FIELDS if key in ask.body}
    if "name" in facts and not 1 <= len(facts["name"] or "") <= NAME_LENGTH:
        words = f"Must be between 1 and {NAME_LENGTH} in length."
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", words)
    if facts.get("parent_id") is not None:
        facts["parent_id"] = str(facts["parent_id"])
    return facts
