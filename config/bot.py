"""The bot: it loads one cog from each app that has one, and leaves a sign of life."""

import asyncio
import logging
import socket

import aiohttp
import discord
from discord.ext import commands
from django.apps import apps
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from community.bridge import call
from community.services.heartbeats import forget_heartbeat, note_heartbeat

log = logging.getLogger(__name__)

BETWEEN_HEARTBEATS = 10.0


class CannotStart(Exception):
    """Discord does not let the bot in; the words say what to do about it."""


class Bot(commands.Bot):
    """The house's voice on Discord. Nothing it says pings anybody who is not meant."""

    def __init__(self) -> None:
        super().__init__(
            commands.when_mentioned,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.name = f"bot@{socket.gethostname()}"[:100]
        self.started_at = timezone.now()

    async def setup_hook(self) -> None:
        """Load the doors, and begin to beat."""
        for app in settings.HOUSE_APPS:
            if module_has_submodule(apps.get_app_config(app).module, "cog"):
                await self.load_extension(f"{app}.cog")
        self._beating = asyncio.create_task(self._beat())

    async def close(self) -> None:
        """Leave Discord, and no sign of life behind."""
        await super().close()
        await call(forget_heartbeat, process=self.name)

    async def _beat(self) -> None:
        while not self.is_closed():
            # discord.py has no latency to tell before its first heartbeat was answered.
            latency = None if self.latency != self.latency else round(self.latency * 1000)
            figures: dict[str, object] = {"latency_ms": latency, "guilds": len(self.guilds)}
            await call(
                note_heartbeat, process=self.name, started_at=self.started_at, figures=figures
            )
            await asyncio.sleep(BETWEEN_HEARTBEATS)


async def run_bot(token: str) -> None:
    """Keep the bot on Discord until it is told to stop."""
    async with Bot() as bot:
        try:
            await bot.start(token)
        except discord.LoginFailure as error:
            raise CannotStart("Discord refuses DISCORD_TOKEN: make a new one, set it.") from error
        except discord.PrivilegedIntentsRequired as error:
            raise CannotStart(
                "Discord wants the bot's intents switched on: discord.com/developers, Bot, "
                "Privileged Gateway Intents."
            ) from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            raise CannotStart(f"Discord cannot be reached: {error}") from error
