"""Where the gateway's events reach the mirror, and where the mirror asks Discord.

It hears raw payloads, so that it misses nothing when the library keeps no members in memory.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord
from discord.http import HTTPClient
from django.conf import settings
from django.utils import timezone

from community.clock import DiscordClock
from community.mirror.mirror import Mirror
from community.runner.pacer import at_leisure

Payload = dict[str, Any]


class Events(Protocol):
    """What passes on every event of the gateway as it comes."""

    listeners: list[Callable[[str, Payload], None]]


class Connected(Protocol):
    """The bot, as far as the mirror needs it."""

    http: HTTPClient
    clock: DiscordClock
    events: Events
    closing: list[Callable[[], Awaitable[None]]]
    _connection: Any

    @property
    def intents(self) -> discord.Intents:
        """What Discord tells the bot of."""


class Gateway:
    """Discord, as the mirror may ask it."""

    def __init__(self, bot: Connected) -> None:
        self._bot = bot

    @property
    def lists_members(self) -> bool:
        """Tell whether Discord lets us know who is in a server."""
        return self._bot.intents.members and settings.DISCORD_CHUNKING

    async def ask_for_members(self, guild_id: int, nonce: str) -> None:
        """Ask for everybody in a server; the answer comes in chunks."""
        # The library's own question keeps every member in memory and hides the nonce.
        await self._bot._connection.chunker(guild_id, nonce=nonce)  # noqa: SLF001

    async def guild(self, guild_id: int) -> Payload:
        """Return a server as it is now, with its roles, channels and threads."""
        http = self._bot.http
        with at_leisure():
            told: Any = await http.get_guild(guild_id, with_counts=False)
            active = await http.get_active_threads(guild_id)
            channels = await http.get_all_guild_channels(guild_id)
        return {**told, "channels": channels, "threads": active["threads"]}

    async def invites(self, guild_id: int) -> list[Payload]:
        """Return the invites of a server."""
        with at_leisure():
            told: Any = await self._bot.http.invites_from(guild_id)
        return list(told)

    async def audit_log(self, guild_id: int, *, after: int) -> list[Payload]:
        """Return the first hundred entries of a server's audit log after one of them."""
        with at_leisure():
            told: Any = await self._bot.http.get_audit_logs(guild_id, limit=100, after=after)
        return list(told["audit_log_entries"])

    async def bans(self, guild_id: int, *, after: int) -> list[Payload]:
        """Return the first thousand bans of a server after somebody; none where we may not see."""
        try:
            with at_leisure():
                told: Any = await self._bot.http.get_bans(guild_id, 1_000, after=after)
        except discord.Forbidden:
            return []
        return list(told)


def hang_up(bot: Connected) -> Mirror:
    """Let the mirror hear everything the bot hears, for as long as the bot is on Discord."""
    # This machine's own time is asked before Discord's first answer only.
    mirror = Mirror(Gateway(bot), now=lambda: bot.clock.now() or timezone.now())
    bot.events.listeners.append(mirror.hear)
    bot.closing.append(mirror.close)
    return mirror
