"""Roles: made, changed, put in order, and gone from everybody who held them."""

from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.deeds import audit
from sandbox.payloads import member_event
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox


def create(sandbox: "Sandbox", guild: Guild, by: By, **facts: Any) -> Json:
    """Make a role, at the bottom."""
    role_id = sandbox.world.next_id(sandbox.now)
    facts.setdefault("name", "new role")
    role = sandbox.world.add_role(guild, role_id, position=1, **facts)
    sandbox.emit("GUILD_ROLE_CREATE", {"guild_id": guild.id, "role": role}, guild.id)
    sandbox.note(f"role {role_id} made in {guild.id}")
    changes = audit.differences({}, {"name": role["name"], "permissions": role["permissions"]})
    audit.record(sandbox, guild, by, audit.ROLE_CREATE, role_id, changes=changes)
    return role


def change(sandbox: "Sandbox", guild: Guild, by: By, role_id: str, **changes: Any) -> Json:
    """Change a role; nothing happens when nothing differs."""
    before = guild.roles[role_id]
    differs = audit.differences(before, changes)
    if not differs:
        return before
    role = guild.roles[role_id] = {**before, **changes}
    if "color" in changes:
        role["colors"] = {**role["colors"], "primary_color": changes["color"]}
    sandbox.emit("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role}, guild.id)
    sandbox.note(f"role {role_id} changed in {guild.id}: {sorted(changes)}")
    audit.record(sandbox, guild, by, audit.ROLE_UPDATE, role_id, changes=differs)
    return role


def delete(sandbox: "Sandbox", guild: Guild, by: By, role_id: str) -> None:
    """Let a role be gone; whoever held it holds it no longer, and channels forget it."""
    holders = [user for user, member in guild.members.items() if role_id in member["roles"]]
    role = guild.roles.pop(role_id)
    for user_id in holders:
        member = guild.members[user_id]
        left = [each for each in member["roles"] if each != role_id]
        guild.members[user_id] = {**member, "roles": left}
    _forget_overwrites(guild, role_id)
    sandbox.emit("GUILD_ROLE_DELETE", {"guild_id": guild.id, "role_id": role_id}, guild.id)
    for user_id in holders:
        told = member_event(sandbox.world, guild, user_id)
        sandbox.emit("GUILD_MEMBER_UPDATE", told, guild.id)
    sandbox.note(f"role {role_id} deleted in {guild.id}")
    changes = [{"key": "name", "old_value": role["name"]}]
    audit.record(sandbox, guild, by, audit.ROLE_DELETE, role_id, changes=changes)


def _forget_overwrites(guild: Guild, role_id: str) -> None:
    for channel_id, channel in list(guild.channels.items()):
        kept = [each for each in channel["permission_overwrites"] if each["id"] != role_id]
        if len(kept) != len(channel["permission_overwrites"]):
            guild.channels[channel_id] = {**channel, "permission_overwrites": kept}
