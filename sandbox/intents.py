"""Intents: which event needs which, and what a bot may not see without one."""

from typing import Any

from sandbox.wire import Event, Json

GUILDS, MEMBERS, MODERATION = 1 << 0, 1 << 1, 1 << 2
VOICE, PRESENCES = 1 << 7, 1 << 8
MESSAGES, REACTIONS, TYPING = 1 << 9, 1 << 10, 1 << 11  # in servers; three bits on for direct ones
DIRECT = 3
CONTENT = 1 << 15
KNOWN = (1 << 26) - 1
# What an application has to be allowed: either flag of the pair will do.
PRIVILEGED = {PRESENCES: 3 << 12, MEMBERS: 3 << 14, CONTENT: 3 << 18}
ALLOWED_FLAGS = (1 << 13) | (1 << 15) | (1 << 19)

_BY_START = {
    "GUILD_MEMBER": MEMBERS,
    "GUILD_BAN": MODERATION,
    "GUILD_AUDIT_LOG": MODERATION,
    "GUILD_EMOJIS": 1 << 3,
    "GUILD_STICKERS": 1 << 3,
    "GUILD_INTEGRATIONS": 1 << 4,
    "INTEGRATION": 1 << 4,
    "WEBHOOKS": 1 << 5,
    "INVITE": 1 << 6,
    "VOICE_STATE": VOICE,
    "PRESENCE": PRESENCES,
    "MESSAGE_REACTION": REACTIONS,
    "MESSAGE": MESSAGES,
    "TYPING": TYPING,
    "GUILD_SCHEDULED": 1 << 16,
    "AUTO_MODERATION_RULE": 1 << 20,
    "AUTO_MODERATION_ACTION": 1 << 21,
    "GUILD": GUILDS,
    "CHANNEL": GUILDS,
    "THREAD": GUILDS,
}
_ALSO_DIRECT = REACTIONS | MESSAGES | TYPING
_NEEDED: dict[str, int] = {}


def needed_for(event: Event) -> int:
    """Return the intent without which an event is not told; 0 when everybody hears of it."""
    if event.name not in _NEEDED:
        starts = (bit for start, bit in _BY_START.items() if event.name.startswith(start))
        _NEEDED[event.name] = next(starts, 0)
    needed = _NEEDED[event.name]
    return needed << DIRECT if needed & _ALSO_DIRECT and event.guild_id is None else needed


def refused_intents(intents: int, flags: int) -> list[int]:
    """List the privileged intents that are asked for, but not allowed to the application."""
    return [bit for bit, allowed in PRIVILEGED.items() if intents & bit and not flags & allowed]


def without_content(message: Json, bot_id: str) -> Json:
    """Hide what was written, unless the bot wrote it, is spoken to, or is alone with somebody."""
    if "guild_id" not in message or _is_for(message, bot_id):
        return message
    hidden: Json = {**message, "content": "", "embeds": [], "attachments": [], "components": []}
    quoted = message.get("referenced_message")
    if quoted and not _is_for(quoted, bot_id):
        hidden["referenced_message"] = {**quoted, "content": "", "embeds": [], "attachments": []}
    return hidden


def _is_for(message: Json, bot_id: str) -> bool:
    mentions: list[dict[str, Any]] = message.get("mentions", [])
    return message["author"]["id"] == bot_id or any(each["id"] == bot_id for each in mentions)
