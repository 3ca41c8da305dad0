"""The Discord door to activity: its commands."""

from typing import Any, Protocol

import discord
from discord import app_commands

from activity.cog import compliance, own

COMMANDS: tuple[app_commands.Command[Any, ..., Any], ...] = (
    own.activity, own.afk, own.back, compliance.compliance,
)  # fmt: skip


class House(Protocol):
    """The bot, as far as this door knows it."""

    tree: app_commands.CommandTree[discord.Client]


async def setup(bot: House) -> None:
    """Hang up the commands."""
    for command in COMMANDS:
        bot.tree.add_command(command)
