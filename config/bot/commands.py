"""Slash commands: told to Discord when they changed, and answered also when something breaks."""

import logging
import secrets

import aiohttp
import discord
from discord import app_commands

from config.bot.words import UNFORESEEN, words_for

log = logging.getLogger(__name__)

# Nobody waits for an answer any more: the three seconds are over, or Discord is away.
TOO_LATE = (discord.DiscordException, aiohttp.ClientError, OSError)


class Commands(app_commands.CommandTree[discord.Client]):
    """All commands of the house."""

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Tell the one who asked, and only them, what went wrong."""
        words = words_for(error) or _log_unforeseen(interaction, error)
        try:
            await _answer(interaction, words)
        except TOO_LATE as unanswered:
            log.warning("Nobody could be told what went wrong: %s", type(unanswered).__name__)


async def _answer(interaction: discord.Interaction, words: str) -> None:
    if interaction.response.is_done():
        await interaction.followup.send(words, ephemeral=True)
    else:
        await interaction.response.send_message(words, ephemeral=True)


def _log_unforeseen(interaction: discord.Interaction, error: Exception) -> str:
    """Log it under a number that the one who asked is told."""
    number = secrets.token_hex(3).upper()
    command = interaction.command.qualified_name if interaction.command else "of an unknown name"
    log.error("%s: the command %s broke.", number, command, exc_info=error)
    return UNFORESEEN.format(number)
