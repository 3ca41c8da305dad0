"""Roles: listed, made, changed, put in order, gone."""

from typing import Any

from sandbox.ask import Ask
from sandbox.deeds import roles
from sandbox.permissions import MANAGE_ROLES, permissions_of
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json
from sandbox.world import Guild

ALL, ONE = "/guilds/{guild_id}/roles", "/guilds/{guild_id}/roles/{role_id}"
FIELDS = ("name", "permissions", "color", "hoist", "mentionable", "unicode_emoji")
MOST, NAME_LENGTH = 250, 100


@route("GET", ALL)
def list_roles(ask: Ask) -> list[Json]:
    """List a server's roles."""
    return list(ask.guild.roles.values())


@route("GET", ONE)
def get_role(ask: Ask) -> Json:
    """Look at a role."""
    return ask.role(ask.guild)


@route("POST", ALL)
def create_role(ask: Ask) -> Json:
    """Make a role, at the bottom."""
    guild = ask.guild_with(MANAGE_ROLES)
    if len(guild.roles) >= MOST:
        raise Refusal(30005)
    return roles.create(ask.sandbox, guild, ask.by, **_facts(ask, guild))


@route("PATCH", ONE)
def change_role(ask: Ask) -> Json:
    """Change a role that stands below the bot."""
    guild = ask.guild_with(MANAGE_ROLES)
    role = ask.role(guild)
    ask.must_rule(guild, role)
    return roles.change(ask.sandbox, guild, ask.by, role["id"], **_facts(ask, guild))


@route("DELETE", ONE)
def delete_role(ask: Ask) -> None:
    """Let a role be gone."""
    guild = ask.guild_with(MANAGE_ROLES)
    role = ask.role(guild)
    ask.must_rule(guild, role)
    if role["id"] == guild.id or role["managed"]:
        raise Refusal(50028)
    roles.delete(ask.sandbox, guild, ask.by, role["id"])


@route("PATCH", ALL)
def order_roles(ask: Ask) -> list[Json]:
    """Put roles in order, none of them at or above the bot's own."""
    guild = ask.guild_with(MANAGE_ROLES)
    for each in ask.call.body or []:
        if str(each["id"]) not in guild.roles:
            raise Refusal(10011)
        ask.must_rule(guild, guild.roles[str(each["id"])])
        ask.must_rule(guild, {"id": str(each["id"]), "position": each.get("position") or 0})
    for each in ask.call.body or []:
        position = {"position": each.get("position") or 0}
        roles.change(ask.sandbox, guild, ask.by, str(each["id"]), **position)
    return list(guild.roles.values())


def _facts(ask: Ask, guild: Guild) -> dict[str, Any]:
    """Read a role; nobody gives permissions that they do not have."""
    facts = {key: ask.body[key] for key in FIELDS if ask.body.get(key) is not None}
    if "permissions" in facts:
        facts["permissions"] = str(facts["permissions"])
        own = permissions_of(guild, ask.world.bot_id, ask.now)
        if int(facts["permissions"]) & ~own:
            raise Refusal(50013)
    if len(facts.get("name", "")) > NAME_LENGTH:
        words = f"Must be {NAME_LENGTH} or fewer in length."
        raise invalid("name", "BASE_TYPE_MAX_LENGTH", words)
    return facts
