"""The Discord door to moderation: its commands, menus and buttons."""

from typing import Any, Protocol

import discord
from discord import app_commands

from moderation.cog import cases, members, menus, places
from moderation.cog.deciding import Answer
from moderation.cog.history import Older

COMMANDS: tuple[app_commands.Command[Any, ..., Any], ...] = (
    members.warn, members.note, members.mute, members.unmute, members.kick, members.softban,
    members.ban, members.unban, members.massban,
    places.purge, places.lock, places.unlock, places.lockdown, places.slowmode,
    cases.case, cases.history, cases.warnings, cases.reason, cases.duration, cases.pardon,
    cases.overrule,
)  # fmt: skip
MENUS: tuple[app_commands.ContextMenu, ...] = (menus.warn_menu, menus.history_menu)


class House(Protocol):
    """The bot, as far as this door knows it."""

    tree: app_commands.CommandTree[discord.Client]

    def add_dynamic_items(self, *items: type[Any]) -> None:
        """Listen for buttons that were shown before a restart, too."""


async def setup(bot: House) -> None:
    """Hang up the commands, and listen for their buttons."""
    for command in COMMANDS:
        bot.tree.add_command(command)
    for menu in MENUS:
        bot.tree.add_command(menu)
    bot.add_dynamic_items(Answer, Older)
