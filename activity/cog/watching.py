"""Where the bot's own time, and what it sees, reach what passes minute by minute."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import discord
from django.utils import timezone

from activity.cog.messages import Events
from activity.minutes import Minutes
from community.clock import DiscordClock


class Seeing(Protocol):
    """The bot, as far as time needs it."""

    clock: DiscordClock
    events: Events
    closing: list[Callable[[], Awaitable[None]]]

    @property
    def is_here(self) -> bool:
        """Whether every connection of ours stands at this moment."""

    @property
    def guilds(self) -> Sequence[discord.Guild]:
        """The servers it is in."""


class Eyes:
    """What the bot sees, for whoever does not know Discord's library."""

    def __init__(self, bot: Seeing) -> None:
        self._bot = bot

    @property
    def is_here(self) -> bool:
        """Whether it sees anything at this moment."""
        return self._bot.is_here

    def servers(self) -> list[int]:
        """Return the servers that it sees."""
        return [guild.id for guild in self._bot.guilds]


async def let_time_pass(bot: Seeing) -> Minutes:
    """Let minutes pass for as long as the bot is on Discord, which tells most at the beginning."""
    # This machine's own time is asked before Discord's first answer only.
    minutes = Minutes(Eyes(bot), now=lambda: bot.clock.now() or timezone.now())
    await minutes.look()
    bot.events.listeners += [minutes.texts.hear, minutes.presence.hear]
    bot.closing.append(minutes.close)
    return minutes
