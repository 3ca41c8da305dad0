"""Channels and threads: made, changed, gone; and who may do what in them."""

from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.deeds import audit
from sandbox.deeds.members import set_voice
from sandbox.wire import Json, iso
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

THREADS = (10, 11, 12)


def create(sandbox: "Sandbox", guild: Guild, by: By, kind: int, name: str, **facts: Any) -> Json:
    """Make a channel."""
    channel_id = sandbox.world.next_id(sandbox.now)
    facts.setdefault("position", len(guild.channels))
    channel = sandbox.world.add_channel(guild, channel_id, kind, name, **facts)
    sandbox.emit("CHANNEL_CREATE", channel, guild.id)
    sandbox.note(f"channel {channel_id} made in {guild.id}")
    changes = audit.differences({}, {"name": name, "type": kind})
    audit.record(sandbox, guild, by, audit.CHANNEL_CREATE, channel_id, changes=changes)
    return channel


def change(sandbox: "Sandbox", guild: Guild, by: By, channel: Json, **changes: Any) -> Json:
    """Change a channel or a thread."""
    differs = audit.differences(channel, changes)
    if differs:
        is_thread = channel["type"] in THREADS
        channel = guild.channels[channel["id"]] = {**channel, **changes}
        sandbox.emit("THREAD_UPDATE" if is_thread else "CHANNEL_UPDATE", channel, guild.id)
        sandbox.note(f"channel {channel['id']} changed: {sorted(changes)}")
        action = audit.THREAD_UPDATE if is_thread else audit.CHANNEL_UPDATE
        audit.record(sandbox, guild, by, action, channel["id"], changes=differs)
    return channel


def delete(sandbox: "Sandbox", guild: Guild, by: By, channel: Json) -> None:
    """Let a channel be gone, with its threads, its messages and those who talk in it."""
    for each in [c for c in guild.channels.values() if c["parent_id"] == channel["id"]]:
        if each["type"] in THREADS:
            delete(sandbox, guild, by, each)
        else:
            change(sandbox, guild, by, each, parent_id=None)
    for user_id, state in list(guild.voice.items()):
        if state["channel_id"] == channel["id"]:
            set_voice(sandbox, guild, user_id, None)
    del guild.channels[channel["id"]], sandbox.world.guild_of_channel[channel["id"]]
    for message_id in list(sandbox.world.messages.pop(channel["id"], {})):
        sandbox.world.reactions.pop(message_id, None)
    guild.invites = {k: v for k, v in guild.invites.items() if v["channel_id"] != channel["id"]}
    _tell_deleted(sandbox, guild, by, channel)


def _tell_deleted(sandbox: "Sandbox", guild: Guild, by: By, channel: Json) -> None:
    is_thread = channel["type"] in THREADS
    kept = ("id", "guild_id", "parent_id", "type")
    told = {key: channel[key] for key in kept} if is_thread else channel
    sandbox.emit("THREAD_DELETE" if is_thread else "CHANNEL_DELETE", told, guild.id)
    sandbox.note(f"channel {channel['id']} deleted in {guild.id}")
    changes = [{"key": "name", "old_value": channel["name"]}]
    action = audit.THREAD_DELETE if is_thread else audit.CHANNEL_DELETE
    audit.record(sandbox, guild, by, action, channel["id"], changes=changes)


def overwrite(sandbox: "Sandbox", guild: Guild, by: By, channel: Json, told: Json) -> None:
    """Say what a role or a member may do in a channel."""
    before = channel["permission_overwrites"]
    others = [each for each in before if each["id"] != told["id"]]
    changed = {**channel, "permission_overwrites": [*others, told]}
    action = audit.OVERWRITE_CREATE if len(others) == len(before) else audit.OVERWRITE_UPDATE
    _set_overwrites(sandbox, guild, by, changed, (action, told))


def forget_overwrite(
    sandbox: "Sandbox", guild: Guild, by: By, channel: Json, overwrite_id: str
) -> bool:
    """Let a channel say nothing of a role or member any more; False when it did not."""
    gone = [each for each in channel["permission_overwrites"] if each["id"] == overwrite_id]
    kept = [each for each in channel["permission_overwrites"] if each["id"] != overwrite_id]
    if gone:
        changed = {**channel, "permission_overwrites": kept}
        _set_overwrites(sandbox, guild, by, changed, (audit.OVERWRITE_DELETE, gone[0]))
    return bool(gone)


def _set_overwrites(
    sandbox: "Sandbox", guild: Guild, by: By, channel: Json, entry: tuple[int, Json]
) -> None:
    action, told = entry
    guild.channels[channel["id"]] = channel
    sandbox.emit("CHANNEL_UPDATE", channel, guild.id)
    sandbox.note(f"overwrite {told['id']} of channel {channel['id']}: {told}")
    options = {"id": told["id"], "type": str(told["type"])}
    changes = audit.differences({}, {"allow": told["allow"], "deny": told["deny"]})
    more = {"options": options, "changes": changes}
    audit.record(sandbox, guild, by, action, channel["id"], **more)


def open_thread(
    sandbox: "Sandbox", guild: Guild, by: By, parent: Json, kind: int, **facts: Any
) -> Json:
    """Open a thread."""
    thread_id = facts.pop("id", None) or sandbox.world.next_id(sandbox.now)
    archive = facts.pop("auto_archive_duration", None) or 1440
    told: Json = {
        "parent_id": parent["id"],
        "owner_id": by.user_id,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": archive,
            "archive_timestamp": iso(sandbox.now),
            "locked": False,
            "create_timestamp": iso(sandbox.now),
        },
        **facts,
    }
    name = told.pop("name")
    thread = sandbox.world.add_channel(guild, thread_id, kind, name, **told)
    sandbox.emit("THREAD_CREATE", {**thread, "newly_created": True}, guild.id)
    sandbox.note(f"thread {thread_id} opened in {parent['id']}")
    audit.record(sandbox, guild, by, audit.THREAD_CREATE, thread_id, changes=[])
    return thread
