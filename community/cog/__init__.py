"""The Discord door to community: the house itself, its people and its servers."""

from typing import Any, Protocol

import discord
from discord import app_commands
from django.utils import timezone

from community.calls import Calls
from community.cog import own_commands
from community.cog.house import help_command, ping
from community.cog.mirror import Connected, hang_up
from community.cog.people import who_is_this, whois
from community.cog.preferences import preferences
from community.cog.privacy import privacy
from community.cog.reminders import Confirm, Deleting, Press, remind, reminders
from community.cog.self_roles import ITEMS
from community.cog.server import server
from community.cog.settings import settings
from community.intake import Tallying

Offered = app_commands.Command[Any, ..., Any] | app_commands.Group | app_commands.ContextMenu


class House(Connected, Protocol):
    """The bot, as far as this door knows it."""

    tree: app_commands.CommandTree[discord.Client]

    def add_dynamic_items(self, *items: type[Any]) -> None:
        """Listen for buttons that were shown before a restart, too."""


COMMANDS: tuple[Offered, ...] = (
    ping, help_command, whois, who_is_this, server, settings, own_commands.use,
    own_commands.command, preferences, privacy, remind, reminders,
)  # fmt: skip


async def setup(bot: House) -> None:
    """Hang up the mirror, what hears of messages, and the commands."""
    hang_up(bot)
    calls = Calls(now=lambda: bot.clock.now() or timezone.now())
    bot.events.listeners.append(calls.hear)
    bot.closing += [calls.close, Tallying().close]
    for command in COMMANDS:
        bot.tree.add_command(command)
    bot.add_dynamic_items(*ITEMS, Confirm, Press, Deleting)
