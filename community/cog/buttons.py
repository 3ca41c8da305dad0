"""Buttons of the bot's messages: what goes wrong is told as it would be of a command."""

from typing import Any

import discord
from discord import app_commands


async def complain(interaction: discord.Interaction, error: Exception) -> None:
    """Tell the one who pressed a button what went wrong, as a command would."""
    tree: app_commands.CommandTree[Any] = interaction.client.tree  # type: ignore[attr-defined]
    wrapped = app_commands.AppCommandError()
    wrapped.original = wrapped.__cause__ = error  # type: ignore[attr-defined]
    await tree.on_error(interaction, wrapped)
