"""Why Discord does not let the bot in, in one line that says the fix."""

import discord
from django.conf import settings

from config.bot.intents import how_to_allow

REFUSED = (
    "Discord refuses DISCORD_TOKEN: make a new one at discord.com/developers/applications, your "
    "application, Bot, Reset Token, and set it."
)
CLOSED = {
    4004: REFUSED,
    4010: "Discord refuses DISCORD_SHARDS: the range does not fit what it counts; correct it.",
    4011: "Discord wants more shards for so many servers: raise or remove DISCORD_SHARDS.",
    4012: "Discord no longer speaks this gateway version: upgrade Guildhall.",
    4013: "Discord does not know one of the intents: correct DISCORD_INTENTS.",
}


class CannotStart(Exception):
    """Discord does not let the bot in; the words say what to do about it."""


def refusal_in(error: Exception) -> CannotStart | None:
    """Return the refusal for an error that trying again does not mend; None for any other."""
    match error:
        case discord.PrivilegedIntentsRequired():
            return CannotStart(how_to_allow(settings.DISCORD_INTENTS))
        case discord.LoginFailure() | discord.HTTPException(status=401):
            return CannotStart(REFUSED)
        case discord.ConnectionClosed(code=code) if code in CLOSED:
            return CannotStart(CLOSED[code])
    return None
