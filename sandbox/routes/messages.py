"""Messages: read, sent, changed, taken back, pinned."""

from sandbox.ask import Ask
from sandbox.checks import check_message, check_parts
from sandbox.deeds import messages
from sandbox.permissions import (
    ATTACH_FILES,
    MANAGE_MESSAGES,
    PIN_MESSAGES,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    permissions_of,
)
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json, iso, time_of

ALL, ONE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
NONCE_SPAN = 300.0  # "unique for the past few minutes"
OLDEST_IN_BULK = 14 * 86_400
MOST_PINS = 50
SPEAKABLE = (0, 1, 2, 3, 5, 10, 11, 12, 13)
THREADS = (10, 11, 12)


@route("GET", ALL)
def list_messages(ask: Ask) -> list[Json]:
    """List messages, the newest first."""
    channel = ask.channel_with()
    limit, query = ask.whole("limit", 50, 1, 100), ask.call.query
    allowed = _allowed(ask, channel)
    if not allowed & READ_MESSAGE_HISTORY:
        return []
    history = list(ask.world.messages.get(channel["id"], {}).values())
    if "after" in query:
        found = [each for each in history if int(each["id"]) > int(query["after"])][:limit]
    elif "around" in query:
        middle = int(query["around"])
        found = sorted(history, key=lambda each: abs(int(each["id"]) - middle))[:limit]
    else:
        before = int(query.get("before", 1 << 63))
        found = [each for each in history if int(each["id"]) < before][-limit:]
    newest_first = sorted(found, key=lambda each: -int(each["id"]))
    return [messages.message_wire(ask.sandbox, each) for each in newest_first]


@route("GET", ONE)
def get_message(ask: Ask) -> Json:
    """Look at one message."""
    ask.channel_with(READ_MESSAGE_HISTORY)
    return messages.message_wire(ask.sandbox, find_message(ask))


@route("POST", ALL)
def send_message(ask: Ask) -> Json:
    """Send a message; with `enforce_nonce`, a second one of the same nonce is the first."""
    channel = ask.channel_with()
    if channel["type"] not in SPEAKABLE:
        raise Refusal(50024)
    _may_send(ask, channel)
    check_message(ask.body, files=len(ask.call.files))
    if known := _same_nonce(ask, channel["id"]):
        return known
    said = _compose(ask, channel["id"])
    messages.publish(ask.sandbox, said)
    if "nonce" in said:
        ask.sandbox.nonces[channel["id"], str(said["nonce"])] = (ask.now, said["id"])
    return said


def _compose(ask: Ask, channel_id: str) -> Json:
    more: Json = {"nonce": ask.body["nonce"]} if ask.body.get("nonce") is not None else {}
    if reference := ask.body.get("message_reference"):
        more |= _reply_to(ask, channel_id, reference)
    by, files = ask.world.bot_id, ask.call.files
    return messages.compose(ask.sandbox, channel_id, by, ask.body, files=files, **more)


def _reply_to(ask: Ask, channel_id: str, reference: Json) -> Json:
    message_id = str(reference["message_id"])
    told = {"type": 0, "channel_id": channel_id, "message_id": message_id}
    found = ask.world.messages.get(channel_id, {}).get(message_id)
    if found is None and reference.get("fail_if_not_exists", True):
        code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
        raise invalid("message_reference", code, "Unknown message")
    return {"type": 19, "message_reference": told, "referenced_message": found} if found else {}


def _may_send(ask: Ask, channel: Json) -> None:
    if "guild_id" not in channel:
        _may_write_to(ask, ask.world.dms[channel["id"]])
        return
    speak = SEND_MESSAGES_IN_THREADS if channel["type"] in THREADS else SEND_MESSAGES
    ask.channel_with(speak, *([ATTACH_FILES] if ask.call.files else []))


def _may_write_to(ask: Ask, user_id: str) -> None:
    """Refuse direct messages to bots, to those who closed them, and to those nowhere near."""
    if not ask.world.shared_guilds(user_id):
        raise Refusal(50278)
    if user_id in ask.world.closed_dms or ask.world.users[user_id]["bot"]:
        raise Refusal(50007)


def _same_nonce(ask: Ask, channel_id: str) -> Json | None:
    """Return the message that was sent with this nonce lately."""
    nonces = ask.sandbox.nonces
    if not ask.body.get("enforce_nonce"):
        return None
    while nonces and next(iter(nonces.values()))[0] <= ask.now - NONCE_SPAN:
        del nonces[next(iter(nonces))]
    _, message_id = nonces.get((channel_id, str(ask.body.get("nonce"))), (0.0, ""))
    found = ask.world.messages.get(channel_id, {}).get(message_id)
    return messages.message_wire(ask.sandbox, found) if found else None


@route("PATCH", ONE)
def edit_message(ask: Ask) -> Json:
    """Change the bot's own message; of others' only flags may change."""
    ask.channel_with()
    message = find_message(ask)
    if message["author"]["id"] != ask.world.bot_id:
        raise Refusal(50005)
    check_parts(ask.body)
    changed = messages.edit(ask.sandbox, message, ask.body)
    return messages.message_wire(ask.sandbox, changed)


@route("DELETE", ONE)
def delete_message(ask: Ask) -> None:
    """Take a message back."""
    channel = ask.channel_with()
    message = find_message(ask)
    if message["author"]["id"] != ask.world.bot_id:
        if "guild_id" not in channel:
            raise Refusal(50003)
        ask.channel_with(MANAGE_MESSAGES)
    messages.delete(ask.sandbox, ask.by, message)


@route("POST", "/channels/{channel_id}/messages/bulk-delete")
def delete_messages(ask: Ask) -> None:
    """Take 2 to 100 messages back that are not too old."""
    _, channel = ask.server_channel_with(MANAGE_MESSAGES)
    ids = list(dict.fromkeys(str(each) for each in ask.body.get("messages") or ()))
    if not 2 <= len(ids) <= 100:
        raise Refusal(50016)
    if any(time_of(each) < ask.now - OLDEST_IN_BULK for each in ids):
        raise Refusal(50034)
    messages.delete_many(ask.sandbox, channel["id"], ids)


@route("POST", "/channels/{channel_id}/typing")
def type_something(ask: Ask) -> None:
    """Show that the bot is typing."""
    channel = ask.channel_with()
    _may_send(ask, channel)
    told = {"channel_id": channel["id"], "user_id": ask.world.bot_id, "timestamp": int(ask.now)}
    guild_id = channel.get("guild_id")
    ask.sandbox.emit("TYPING_START", {**told, "guild_id": guild_id}, guild_id)


@route("GET", "/channels/{channel_id}/messages/pins")
def list_pins(ask: Ask) -> Json:
    """List what is pinned, the newest first."""
    ask.channel_with(READ_MESSAGE_HISTORY)
    items = [{"pinned_at": iso(time_of(each["id"])), "message": each} for each in _pins(ask)]
    return {"items": items, "has_more": False}


@route("GET", "/channels/{channel_id}/pins")
def list_pins_as_before(ask: Ask) -> list[Json]:
    """List what is pinned, the way that is going out of use."""
    ask.channel_with(READ_MESSAGE_HISTORY)
    return _pins(ask)


@route("PUT", "/channels/{channel_id}/messages/pins/{message_id}")
def pin(ask: Ask) -> None:
    """Pin a message."""
    _pin(ask, is_pinned=True)


@route("DELETE", "/channels/{channel_id}/messages/pins/{message_id}")
def unpin(ask: Ask) -> None:
    """Let a pinned message go."""
    _pin(ask, is_pinned=False)


def _pin(ask: Ask, *, is_pinned: bool) -> None:
    channel = ask.channel_with()
    if "guild_id" in channel and not _allowed(ask, channel) & (PIN_MESSAGES | MANAGE_MESSAGES):
        raise Refusal(50013)
    message = find_message(ask)
    if is_pinned and len(_pins(ask)) >= MOST_PINS:
        raise Refusal(30003)
    messages.pin(ask.sandbox, ask.by, message, is_pinned=is_pinned)


def _pins(ask: Ask) -> list[Json]:
    history = ask.world.messages.get(ask.values["channel_id"], {})
    pinned = [messages.message_wire(ask.sandbox, m) for m in history.values() if m["pinned"]]
    return pinned[::-1]


def find_message(ask: Ask) -> Json:
    """Return the message in the path."""
    history = ask.world.messages.get(ask.values["channel_id"], {})
    found = history.get(ask.values["message_id"])
    if found is None:
        raise Refusal(10008)
    return found


def _allowed(ask: Ask, channel: Json) -> int:
    if "guild_id" not in channel:
        return READ_MESSAGE_HISTORY | VIEW_CHANNEL
    guild = ask.world.guilds[channel["guild_id"]]
    return permissions_of(guild, ask.world.bot_id, ask.now, channel)
