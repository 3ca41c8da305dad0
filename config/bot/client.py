"""The house's presence on Discord, for one time of leading."""

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from django.conf import settings

from community.clock import DiscordClock
from community.runner.pacer import Pacer
from config.bot.commands import Commands, count_use, tell_commands
from config.bot.doors import open_doors
from config.bot.events import Events
from config.bot.leader import Lead
from config.bot.trace import Trace

# Longer waits than this are for whoever asked, not for the library. It takes no less.
LONGEST_PATIENCE = 30.0
LEAVING = 1.0
BETWEEN_LOOKS = 0.05
# For so long a thread that writes to the database may keep the event loop from going on.
TURN = 0.001


class Bot(discord.AutoShardedClient):
    """Nothing it says pings anybody who is not meant."""

    def __init__(self, lead: Lead) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        self.lead, self.clock = lead, DiscordClock()
        intents = discord.Intents(**dict.fromkeys(settings.DISCORD_INTENTS, True))
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.CustomActivity("/help"),
            max_messages=None,
            member_cache_flags=_cache_of(intents),
            chunk_guilds_at_startup=False,  # the mirror asks, as Discord gives each list out once
            guild_ready_timeout=settings.DISCORD_READY_PAUSE_MS / 1000,
            max_ratelimit_timeout=LONGEST_PATIENCE,
            http_trace=Trace(note_date=self.clock.note).config(),
            **_shards(),
        )
        # Everything of the house's goes at one pace, whoever asks.
        paced = Pacer().paced(self.http.request)
        self.http.request = paced  # type: ignore[assignment, method-assign]
        self.tree = Commands(self)
        self.events = Events(self._connection.parsers)
        # What a door wants done before the bot leaves, and what it tells of itself meanwhile.
        self.closing: list[Callable[[], Awaitable[None]]] = []
        self.telling: list[Callable[[], dict[str, object]]] = []

    @property
    def is_here(self) -> bool:
        """Tell whether every connection of ours stands at this moment."""
        return self.is_ready() and not any(shard.is_closed() for shard in self.shards.values())

    async def wait_until_here(self) -> None:
        """Wait until every connection of ours has stood once."""
        while not self.is_here:  # noqa: ASYNC110 - the library has no word for it before login
            await asyncio.sleep(BETWEEN_LOOKS)

    async def setup_hook(self) -> None:
        """Open the doors of every app, and tell Discord of commands that are new."""
        await open_doors(self)
        self.pass_over_messages()
        leave_the_loop_its_turn()
        await tell_commands(self.tree)

    async def on_app_command_completion(
        self,
        interaction: discord.Interaction,
        _: discord.app_commands.Command[Any, ..., Any] | discord.app_commands.ContextMenu,
    ) -> None:
        """Count a command that worked."""
        count_use(interaction)

    def pass_over_messages(self) -> None:
        """Spare the library the reading of messages, unless somebody waits for them from it.

        The doors hear each as it comes; the library's reading costs more than all we do with it.
        """
        if not hasattr(self, "on_message"):
            self.events.unread.add("MESSAGE_CREATE")

    async def close(self) -> None:
        """Leave Discord; one that does not answer is left without a word."""
        deeds = [super().close(), *(leave() for leave in self.closing)]
        self.closing.clear()
        try:
            async with asyncio.timeout(LEAVING):
                await asyncio.gather(*deeds, return_exceptions=True)
        except TimeoutError:
            await self.http.close()

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connect to the gateway of the settings, whichever one Discord's answer names."""
        await super().launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard_id, initial=initial)


def leave_the_loop_its_turn() -> None:
    """Let nothing of ours keep the event loop waiting for long."""
    # What is loaded stays; looking through it again and again would stop everything else.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN)


def speak_to(api: str, gateway: str) -> None:
    """Tell the library where Discord is."""
    discord.http.Route.BASE = api
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


def _shards() -> Any:
    if (shards := settings.DISCORD_SHARDS) is None:
        return {}
    ids = list(range(shards.first, shards.last + 1))
    return {"shard_ids": ids, "shard_count": shards.total}


def _cache_of(intents: discord.Intents) -> discord.MemberCacheFlags:
    if settings.DISCORD_MEMBER_CACHE:
        return discord.MemberCacheFlags.from_intents(intents)
    return discord.MemberCacheFlags.none()


class InOneLine(logging.Filter):
    """Takes the traceback off what the library says of a connection that broke."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, shortened where it is about the world outside."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, OSError | aiohttp.ClientError | discord.DiscordException):
            record.msg = f"{record.getMessage()} ({type(error).__name__}: {error})"
            record.args, record.exc_info = (), None
        return True


for _name in ("discord.client", "discord.shard", "discord.gateway"):
    logging.getLogger(_name).addFilter(InOneLine())
