"""The Discord door to activity: what it hears of messages, what it sees, and its commands."""

from typing import Any, Protocol

import discord
from discord import app_commands

from activity.cog import compliance, levels, messages, own, stats, watching

COMMANDS: tuple[app_commands.Command[Any, ..., Any], ...] = (
    own.activity, own.afk, own.back, compliance.compliance,
    levels.rank, levels.leaderboard, levels.shown, stats.stats,
)  # fmt: skip


class House(messages.Told, watching.Seeing, Protocol):
    """The bot, as far as this door knows it."""

    tree: app_commands.CommandTree[discord.Client]

    def add_dynamic_items(self, *items: type[Any]) -> None:
        """Listen for buttons that were shown before a restart, too."""


async def setup(bot: House) -> None:
    """Listen to messages, let time pass, and hang up the commands and their buttons."""
    await messages.listen(bot)
    await watching.let_time_pass(bot)
    for command in COMMANDS:
        bot.tree.add_command(command)
    bot.add_dynamic_items(levels.Turn)
