"""Messages: said, changed, taken back, pinned, and what people think of them."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sandbox import permissions
from sandbox.ask import By
from sandbox.components import components_wire
from sandbox.deeds import audit
from sandbox.wire import Json, Upload, iso, time_of
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

EPHEMERAL = 64
USER, ROLE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>")


def compose(
    sandbox: "Sandbox",
    channel_id: str,
    author_id: str,
    body: Json,
    *,
    files: Iterable[Upload] = (),
    **more: Any,
) -> Json:
    """Make a message of what was asked for, without saying it yet."""
    world = sandbox.world
    return {
        "id": world.next_id(sandbox.now),
        "channel_id": channel_id,
        "author": world.users[author_id],
        "type": 0,
        "timestamp": iso(sandbox.now),
        "edited_timestamp": None,
        "tts": bool(body.get("tts")),
        "pinned": False,
        "flags": body.get("flags") or 0,
        "attachments": attach(sandbox, files),
        **_text(sandbox, channel_id, author_id, body),
        **more,
    }


def publish(sandbox: "Sandbox", message: Json) -> Json:
    """Say a message: it is kept, and everybody there hears of it."""
    world, channel_id = sandbox.world, message["channel_id"]
    world.keep_message(message)
    guild_id = world.guild_of_channel.get(channel_id)
    if guild_id:
        channels = world.guilds[guild_id].channels
        channels[channel_id] = {**channels[channel_id], "last_message_id": message["id"]}
    sandbox.emit("MESSAGE_CREATE", message_event(sandbox, message), guild_id)
    sandbox.note(f"{message['author']['id']} said {message['id']} in {channel_id}")
    return message


def message_event(sandbox: "Sandbox", message: Json) -> Json:
    """Return a message as the gateway tells of it: with its server, and the member who wrote."""
    guild_id = sandbox.world.guild_of_channel.get(message["channel_id"])
    if guild_id is None:
        return message
    member = sandbox.world.guilds[guild_id].members.get(message["author"]["id"])
    return {**message, "guild_id": guild_id, **({"member": member} if member else {})}


def message_wire(sandbox: "Sandbox", message: Json) -> Json:
    """Return a message as REST tells of it: with its reactions."""
    reactions = sandbox.world.reactions.get(message["id"])
    if not reactions:
        return message
    bot_id = sandbox.world.bot_id
    told = [_reaction(emoji, users, bot_id) for emoji, users in reactions.items()]
    return {**message, "reactions": told}


def edit(sandbox: "Sandbox", message: Json, body: Json) -> Json:
    """Change a message; what is not named stays."""
    author, channel_id = message["author"]["id"], message["channel_id"]
    kept = {key: message[key] for key in ("content", "embeds", "components")}
    told = _text(sandbox, channel_id, author, {**kept, **body})
    changed = {**message, **told, "edited_timestamp": iso(sandbox.now)}
    if "flags" in body:
        changed["flags"] = body["flags"] or 0
    sandbox.world.messages[channel_id][message["id"]] = changed
    guild_id = sandbox.world.guild_of_channel.get(channel_id)
    sandbox.emit("MESSAGE_UPDATE", message_event(sandbox, changed), guild_id)
    sandbox.note(f"message {message['id']} edited")
    return changed


def delete(sandbox: "Sandbox", by: By, message: Json) -> None:
    """Take a message back; only somebody else's shows in the audit log."""
    channel_id, message_id = message["channel_id"], message["id"]
    sandbox.world.drop_message(channel_id, message_id)
    guild_id = sandbox.world.guild_of_channel.get(channel_id)
    told = {"id": message_id, "channel_id": channel_id}
    sandbox.emit("MESSAGE_DELETE", {**told, **_in(guild_id)}, guild_id)
    sandbox.note(f"message {message_id} deleted by {by.user_id}")
    author = message["author"]["id"]
    if guild_id and by.user_id != author:
        options = {"channel_id": channel_id, "count": "1"}
        guild = sandbox.world.guilds[guild_id]
        audit.record(sandbox, guild, by, audit.MESSAGE_DELETE, author, options=options)


def delete_many(sandbox: "Sandbox", channel_id: str, ids: Iterable[str]) -> list[str]:
    """Take messages back at once, as far as they are there."""
    gone = [each for each in ids if sandbox.world.drop_message(channel_id, each)]
    if gone:
        guild_id = sandbox.world.guild_of_channel.get(channel_id)
        told = {"ids": gone, "channel_id": channel_id, **_in(guild_id)}
        sandbox.emit("MESSAGE_DELETE_BULK", told, guild_id)
        sandbox.note(f"messages {','.join(gone)} deleted in {channel_id}")
    return gone


def purge_author(sandbox: "Sandbox", guild: Guild, user_id: str, *, since: float) -> None:
    """Take back what somebody wrote in a server since a moment."""
    for channel_id in guild.channels:
        history = sandbox.world.messages.get(channel_id, {})
        ids = [
            each["id"]
            for each in history.values()
            if each["author"]["id"] == user_id and time_of(each["id"]) >= since
        ]
        delete_many(sandbox, channel_id, ids)


def react(sandbox: "Sandbox", user_id: str, message: Json, emoji: str) -> None:
    """Add somebody's reaction, once."""
    users = sandbox.world.reactions.setdefault(message["id"], {}).setdefault(emoji, [])
    if user_id not in users:
        users.append(user_id)
        _tell_reaction(sandbox, "MESSAGE_REACTION_ADD", user_id, message, emoji)


def unreact(sandbox: "Sandbox", user_id: str, message: Json, emoji: str) -> None:
    """Take somebody's reaction away."""
    reactions = sandbox.world.reactions.get(message["id"], {})
    if user_id in reactions.get(emoji, ()):
        reactions[emoji].remove(user_id)
        if not reactions[emoji]:
            del reactions[emoji]
        _tell_reaction(sandbox, "MESSAGE_REACTION_REMOVE", user_id, message, emoji)


def unreact_all(sandbox: "Sandbox", message: Json, emoji: str = "") -> None:
    """Take all reactions away, or all of one kind."""
    reactions = sandbox.world.reactions.get(message["id"], {})
    for each in [emoji] if emoji else list(reactions):
        reactions.pop(each, None)
    guild_id = sandbox.world.guild_of_channel.get(message["channel_id"])
    told = {"channel_id": message["channel_id"], "message_id": message["id"], **_in(guild_id)}
    name = "MESSAGE_REACTION_REMOVE_EMOJI" if emoji else "MESSAGE_REACTION_REMOVE_ALL"
    sandbox.emit(name, {**told, **({"emoji": emoji_wire(emoji)} if emoji else {})}, guild_id)


def pin(sandbox: "Sandbox", by: By, message: Json, *, is_pinned: bool) -> None:
    """Pin a message, or let it go."""
    channel_id = message["channel_id"]
    changed = {**message, "pinned": is_pinned}
    sandbox.world.messages[channel_id][message["id"]] = changed
    guild_id = sandbox.world.guild_of_channel.get(channel_id)
    told = {"channel_id": channel_id, "last_pin_timestamp": iso(sandbox.now), **_in(guild_id)}
    sandbox.emit("CHANNEL_PINS_UPDATE", told, guild_id)
    sandbox.emit("MESSAGE_UPDATE", message_event(sandbox, changed), guild_id)
    if guild_id:
        action = audit.PIN if is_pinned else audit.UNPIN
        options = {"channel_id": channel_id, "message_id": message["id"]}
        guild, author = sandbox.world.guilds[guild_id], message["author"]["id"]
        audit.record(sandbox, guild, by, action, author, options=options)


def emoji_wire(emoji: str) -> Json:
    """Return an emoji: a character, or name:id."""
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def _tell_reaction(sandbox: "Sandbox", name: str, user_id: str, message: Json, emoji: str) -> None:
    channel_id = message["channel_id"]
    guild_id = sandbox.world.guild_of_channel.get(channel_id)
    told = {
        "user_id": user_id,
        "channel_id": channel_id,
        "message_id": message["id"],
        "emoji": emoji_wire(emoji),
        "burst": False,
        "type": 0,
        **_in(guild_id),
    }
    if guild_id and name == "MESSAGE_REACTION_ADD":
        guild = sandbox.world.guilds[guild_id]
        told["message_author_id"] = message["author"]["id"]
        if user_id in guild.members:
            told["member"] = sandbox.world.member_wire(guild, user_id)
    sandbox.emit(name, told, guild_id)
    sandbox.note(f"{user_id} {name.rsplit('_', 1)[1].lower()} {emoji} at {message['id']}")


def _reaction(emoji: str, users: list[str], bot_id: str) -> Json:
    return {
        "emoji": emoji_wire(emoji),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "me": bot_id in users,
    }


def _in(guild_id: str | None) -> Json:
    return {"guild_id": guild_id} if guild_id else {}


def _text(sandbox: "Sandbox", channel_id: str, author_id: str, body: Json) -> Json:
    content = body.get("content") or ""
    allowed = body.get("allowed_mentions")
    users = _mentioned(USER.findall(content), allowed, "users")
    roles = _mentioned(ROLE.findall(content), allowed, "roles")
    everyone = "@everyone" in content or "@here" in content
    may = everyone and _may_call_everyone(sandbox, channel_id, author_id)
    return {
        "content": content,
        "embeds": [_embed(each) for each in body.get("embeds") or []],
        "components": components_wire(body.get("components") or []),
        "mentions": [sandbox.world.users[each] for each in users if each in sandbox.world.users],
        "mention_roles": roles,
        "mention_everyone": may and bool(_mentioned(["everyone"], allowed, "everyone")),
    }


def _embed(told: Json) -> Json:
    fields = [{"inline": False, **each} for each in told.get("fields") or []]
    return {"type": "rich", **told, **({"fields": fields} if fields else {})}


def _mentioned(found: list[str], allowed: Json | None, kind: str) -> list[str]:
    """Keep the mentions that `allowed_mentions` lets ring."""
    unique = list(dict.fromkeys(found))
    if allowed is None or kind in allowed.get("parse", ()):
        return unique
    named = {str(each) for each in allowed.get(kind) or ()}
    return [each for each in unique if each in named]


def _may_call_everyone(sandbox: "Sandbox", channel_id: str, author_id: str) -> bool:
    guild_id = sandbox.world.guild_of_channel.get(channel_id)
    if guild_id is None:
        return False
    guild = sandbox.world.guilds[guild_id]
    channel = guild.channels[channel_id]
    allowed = permissions.permissions_of(guild, author_id, sandbox.now, channel)
    return bool(allowed & permissions.MENTION_EVERYONE)


def attach(sandbox: "Sandbox", files: Iterable[Upload]) -> list[Json]:
    """Return files as a message carries them."""
    return [_attachment(sandbox.world.next_id(sandbox.now), each) for each in files]


def _attachment(attachment_id: str, upload: Upload) -> Json:
    url = f"http://127.0.0.1/attachments/{attachment_id}/{upload.filename}"
    return {
        "id": attachment_id,
        "filename": upload.filename,
        "size": upload.size,
        "content_type": upload.content_type,
        "url": url,
        "proxy_url": url,
    }
