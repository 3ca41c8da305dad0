"""Servers and users as wholes: their facts, and whether the bot is there at all."""

from typing import TYPE_CHECKING, Any

from sandbox import permissions
from sandbox.ask import By
from sandbox.deeds import audit
from sandbox.payloads import guild_facts, guild_wire, member_event
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox


def change(sandbox: "Sandbox", guild: Guild, by: By, **changes: Any) -> Json:
    """Change facts of a server."""
    differs = audit.differences(guild.facts, changes)
    if differs:
        guild.facts = {**guild.facts, **changes}
        sandbox.emit("GUILD_UPDATE", guild_facts(guild), guild.id)
        sandbox.note(f"server {guild.id} changed: {sorted(changes)}")
        audit.record(sandbox, guild, by, audit.GUILD_UPDATE, guild.id, changes=differs)
    return guild_facts(guild)


def change_user(sandbox: "Sandbox", user_id: str, **changes: Any) -> None:
    """Change somebody everywhere: each server that they are in tells of it."""
    world = sandbox.world
    world.users[user_id] = {**world.users[user_id], **changes}
    for guild in world.guilds.values():
        if user_id in guild.members:
            told = member_event(world, guild, user_id)
            sandbox.emit("GUILD_MEMBER_UPDATE", told, guild.id)
    sandbox.note(f"user {user_id} changed: {sorted(changes)}")


def remove_bot(sandbox: "Sandbox", guild: Guild) -> None:
    """Let the bot be gone from a server, with the role that was made for it."""
    member = guild.members.pop(sandbox.world.bot_id)
    for role_id in member["roles"]:
        if guild.roles[role_id]["managed"]:
            del guild.roles[role_id]
    sandbox.emit("GUILD_DELETE", {"id": guild.id}, guild.id)
    sandbox.note(f"the bot left {guild.id}")


def invite_bot(sandbox: "Sandbox", guild: Guild) -> None:
    """Let the bot be in a server, with a role of its own above all others."""
    employ_bot(sandbox.world, guild, sandbox.now)
    sandbox.emit("GUILD_CREATE", guild_wire(sandbox.world, guild), guild.id)
    sandbox.note(f"the bot joined {guild.id}")


def employ_bot(world: Any, guild: Guild, now: float, role_id: str = "") -> None:
    """Put the bot into a server and give it its role."""
    name = world.users[world.bot_id]["username"]
    facts = {
        "permissions": str(permissions.BOT),
        "position": max(each["position"] for each in guild.roles.values()) + 1,
        "managed": True,
        "tags": {"bot_id": world.bot_id},
    }
    role = world.add_role(guild, role_id or world.next_id(now), name, **facts)
    world.add_member(guild, world.bot_id, now, roles=[role["id"]])
