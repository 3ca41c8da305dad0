"""The audit log: who did what to whom, and why; kept for 45 days."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

GUILD_UPDATE = 1
CHANNEL_CREATE, CHANNEL_UPDATE, CHANNEL_DELETE = 10, 11, 12
OVERWRITE_CREATE, OVERWRITE_UPDATE, OVERWRITE_DELETE = 13, 14, 15
KICK, BAN, UNBAN, MEMBER_UPDATE, MEMBER_ROLES, MEMBER_MOVE, DISCONNECT = 20, 22, 23, 24, 25, 26, 27
ROLE_CREATE, ROLE_UPDATE, ROLE_DELETE = 30, 31, 32
INVITE_CREATE, INVITE_DELETE = 40, 42
MESSAGE_DELETE, MESSAGES_DELETE, PIN, UNPIN = 72, 73, 74, 75
THREAD_CREATE, THREAD_UPDATE, THREAD_DELETE = 110, 111, 112


def record(
    sandbox: "Sandbox",
    guild: Guild,
    by: By,
    action: int,
    target_id: str | None,
    **more: Any,
) -> None:
    """Write an entry and tell of it; `changes` and `options` as Discord spells them."""
    entry: Json = {
        "id": sandbox.world.next_id(sandbox.now),
        "action_type": action,
        "user_id": by.user_id,
        "target_id": target_id,
        **more,
    }
    if by.reason:
        entry["reason"] = by.reason
    guild.audit.append(entry)
    sandbox.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", {**entry, "guild_id": guild.id}, guild.id)


def differences(before: Json, after: Json) -> list[Json]:
    """Say what differs, as the audit log does; empty values are left out there."""
    return [
        _change(key, before.get(key), value)
        for key, value in after.items()
        if before.get(key) != value
    ]


def _change(key: str, old: Any, new: Any) -> Json:
    told = {"key": key, "old_value": old, "new_value": new}
    return {name: value for name, value in told.items() if value is not None}


def role_change(key: str, roles: Iterable[Json]) -> Json:
    """Tell of roles given ($add) or taken ($remove)."""
    return {"key": key, "new_value": [{"id": each["id"], "name": each["name"]} for each in roles]}
