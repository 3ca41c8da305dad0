"""Invites: listed, made, looked at, withdrawn."""

from sandbox.ask import Ask
from sandbox.deeds import invites
from sandbox.permissions import CREATE_INSTANT_INVITE, MANAGE_CHANNELS, MANAGE_GUILD
from sandbox.refusals import Refusal
from sandbox.routing import route
from sandbox.wire import Json
from sandbox.world import Guild

ONE = "/invites/{code}"


@route("GET", "/guilds/{guild_id}/invites")
def list_invites(ask: Ask) -> list[Json]:
    """List a server's invites with their uses."""
    guild = ask.guild_with(MANAGE_GUILD)
    return [invites.wire(ask.world, guild, each) for each in guild.invites.values()]


@route("GET", "/channels/{channel_id}/invites")
def list_channel_invites(ask: Ask) -> list[Json]:
    """List the invites into a channel."""
    guild, channel = ask.server_channel_with(MANAGE_CHANNELS)
    found = [each for each in guild.invites.values() if each["channel_id"] == channel["id"]]
    return [invites.wire(ask.world, guild, each) for each in found]


@route("POST", "/channels/{channel_id}/invites")
def create_invite(ask: Ask) -> Json:
    """Make an invite."""
    guild, channel = ask.server_channel_with(CREATE_INSTANT_INVITE)
    body = ask.body
    facts = {"max_age": body.get("max_age", 86_400), "max_uses": body.get("max_uses") or 0}
    facts["temporary"] = bool(body.get("temporary"))
    made = invites.create(ask.sandbox, guild, ask.by, channel["id"], **facts)
    return invites.wire(ask.world, guild, made)


@route("GET", ONE)
def get_invite(ask: Ask) -> Json:
    """Look at an invite."""
    guild, invite = _find(ask)
    return invites.wire(ask.world, guild, invite)


@route("DELETE", ONE)
def delete_invite(ask: Ask) -> Json:
    """Withdraw an invite."""
    guild, invite = _find(ask)
    ask.values["guild_id"] = guild.id
    ask.guild_with(MANAGE_GUILD)
    told = invites.wire(ask.world, guild, invite)
    invites.delete(ask.sandbox, guild, ask.by, invite)
    return told


def _find(ask: Ask) -> tuple[Guild, Json]:
    for guild in ask.world.guilds.values():
        if ask.values["code"] in guild.invites:
            return guild, guild.invites[ask.values["code"]]
    raise Refusal(10006)
