"""Members: joining, leaving, names, roles, silence and voices."""

from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.deeds import audit
from sandbox.payloads import member_event
from sandbox.refusals import Refusal
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

VOICE_KEYS = ("mute", "deaf")
STATUSES = ("online", "dnd", "idle")  # which of several clients' is shown


def join(sandbox: "Sandbox", guild: Guild, user_id: str, *, invite: str = "") -> Json:
    """Let somebody in, unless banned; a timeout that has not ended goes on."""
    if user_id in guild.bans:
        raise Refusal(40007)
    if user_id in guild.members:
        return guild.members[user_id]
    if invite in guild.invites:
        told = guild.invites[invite]
        guild.invites[invite] = {**told, "uses": told["uses"] + 1}
    silenced = guild.left_silenced.pop(user_id, None)
    facts = {"communication_disabled_until": silenced}
    member = sandbox.world.add_member(guild, user_id, sandbox.now, **facts)
    sandbox.emit("GUILD_MEMBER_ADD", member_event(sandbox.world, guild, user_id), guild.id)
    sandbox.note(f"{user_id} joined {guild.id}")
    return member


def leave(sandbox: "Sandbox", guild: Guild, user_id: str) -> None:
    """Let somebody be gone."""
    set_voice(sandbox, guild, user_id, None)
    member = guild.members.pop(user_id)
    if silenced := member["communication_disabled_until"]:
        guild.left_silenced[user_id] = silenced
    told = {"guild_id": guild.id, "user": sandbox.world.users[user_id]}
    sandbox.emit("GUILD_MEMBER_REMOVE", told, guild.id)
    sandbox.note(f"{user_id} left {guild.id}")


def kick(sandbox: "Sandbox", guild: Guild, by: By, user_id: str) -> None:
    """Put somebody out, who may come back."""
    leave(sandbox, guild, user_id)
    sandbox.note(f"{user_id} kicked from {guild.id} by {by.user_id}")
    audit.record(sandbox, guild, by, audit.KICK, user_id)


def change(sandbox: "Sandbox", guild: Guild, by: By, user_id: str, **changes: Any) -> Json:
    """Change nickname, silence, mute or deafness; nothing happens when nothing differs."""
    before = guild.members[user_id]
    differs = audit.differences(before, changes)
    if differs:
        guild.members[user_id] = {**before, **changes}
        _tell(sandbox, guild, user_id)
        _hush(sandbox, guild, user_id, changes)
        words = ", ".join(f"{key}={value}" for key, value in changes.items())
        sandbox.note(f"{user_id} changed in {guild.id}: {words}")
        audit.record(sandbox, guild, by, audit.MEMBER_UPDATE, user_id, changes=differs)
    return guild.members[user_id]


def set_roles(sandbox: "Sandbox", guild: Guild, by: By, user_id: str, roles: list[str]) -> None:
    """Let somebody hold exactly these roles."""
    held = guild.members[user_id]["roles"]
    given, taken = [r for r in roles if r not in held], [r for r in held if r not in roles]
    if not given and not taken:
        return
    kept = [role_id for role_id in held if role_id in roles]
    guild.members[user_id] = {**guild.members[user_id], "roles": kept + given}
    _tell(sandbox, guild, user_id)
    changes = []
    for key, words, moved in ("$add", "given to", given), ("$remove", "taken from", taken):
        if moved:
            changes.append(audit.role_change(key, [guild.roles[each] for each in moved]))
            sandbox.note(f"roles {','.join(moved)} {words} {user_id} in {guild.id}")
    audit.record(sandbox, guild, by, audit.MEMBER_ROLES, user_id, changes=changes)


def set_voice(
    sandbox: "Sandbox", guild: Guild, user_id: str, channel_id: str | None, **facts: Any
) -> None:
    """Let somebody be in a voice channel, another one, or none."""
    before = guild.voice.get(user_id)
    if before is None and channel_id is None:
        return
    state = {**PLAIN_VOICE, **(before or {}), "user_id": user_id, "guild_id": guild.id, **facts}
    state |= {"channel_id": channel_id, "session_id": f"voice{user_id}"}
    if channel_id is None:
        guild.voice.pop(user_id)
    else:
        guild.voice[user_id] = state
    told = {**state, "member": sandbox.world.member_wire(guild, user_id)}
    sandbox.emit("VOICE_STATE_UPDATE", told, guild.id)
    sandbox.note(f"{user_id} in voice channel {channel_id} of {guild.id}")


def take_elsewhere(
    sandbox: "Sandbox", guild: Guild, by: By, user_id: str, channel_id: str | None
) -> None:
    """Take somebody to another voice channel, or out of voice; the log does not name them."""
    if user_id not in guild.voice or guild.voice[user_id]["channel_id"] == channel_id:
        return
    set_voice(sandbox, guild, user_id, channel_id)
    if by.user_id != user_id:
        action = audit.MEMBER_MOVE if channel_id else audit.DISCONNECT
        options = {"count": "1", **({"channel_id": channel_id} if channel_id else {})}
        audit.record(sandbox, guild, by, action, None, options=options)


def show(sandbox: "Sandbox", user_id: str, clients: Json) -> None:
    """Let somebody be seen: with which status on which client; on none they are offline."""
    world = sandbox.world
    status = next((each for each in STATUSES if each in clients.values()), "offline")
    shown = {"status": status, "activities": [], "client_status": dict(clients)}
    if clients:
        world.presences[user_id] = shown
    else:
        world.presences.pop(user_id, None)
    for guild in world.guilds.values():
        if user_id in guild.members:
            told = {**shown, "user": {"id": user_id}, "guild_id": guild.id}
            sandbox.emit("PRESENCE_UPDATE", told, guild.id)
    sandbox.note(f"{user_id} is {status}")


def _tell(sandbox: "Sandbox", guild: Guild, user_id: str) -> None:
    told = member_event(sandbox.world, guild, user_id)
    sandbox.emit("GUILD_MEMBER_UPDATE", told, guild.id)


def _hush(sandbox: "Sandbox", guild: Guild, user_id: str, changes: Json) -> None:
    """Let voices follow: the muted are muted at once, the timed out leave the channel."""
    if user_id not in guild.voice:
        return
    if changes.get("communication_disabled_until"):
        set_voice(sandbox, guild, user_id, None)
    elif voices := {key: changes[key] for key in VOICE_KEYS if key in changes}:
        set_voice(sandbox, guild, user_id, guild.voice[user_id]["channel_id"], **voices)


PLAIN_VOICE: Json = {
    "deaf": False, "mute": False, "self_deaf": False, "self_mute": False, "self_video": False,
    "self_stream": False, "suppress": False, "request_to_speak_timestamp": None,
}  # fmt: skip
