"""Slash commands: told to Discord when they changed, and answered also when something breaks."""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Sequence
from functools import partial

import aiohttp
import discord
from discord import app_commands

from community.bridge import call
from community.errors import HouseError
from community.intake import count_command_use
from community.services.bots import KnownCommands, are_commands_known, note_commands
from community.services.uses import Use
from config.bot.words import UNFORESEEN, words_for

log = logging.getLogger(__name__)

# Nobody waits for an answer any more: the three seconds are over, or Discord is away.
# Told twice of the same, Discord takes the first answer; the second is nobody's trouble.
ANSWERED_ALREADY = 40060
TOO_LATE = (discord.DiscordException, aiohttp.ClientError, OSError)
# Not a fault of the house: whoever asked may not, or asked for what cannot be.
REFUSALS = (HouseError, app_commands.CheckFailure, app_commands.TransformerError)


class Commands(app_commands.CommandTree[discord.Client]):
    """All commands of the house."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Note when somebody began to wait; everybody may go on."""
        interaction.extras["began"] = time.perf_counter()
        return True

    async def on_error(
        self, interaction: discord.Interaction, error: app_commands.AppCommandError
    ) -> None:
        """Tell the one who asked, and only them, what went wrong."""
        if getattr(getattr(error, "original", None), "code", None) == ANSWERED_ALREADY:
            return
        count_use(interaction, error)
        words = words_for(error) or _log_unforeseen(interaction, error)
        try:
            await _answer(interaction, words)
        except TOO_LATE as unanswered:
            log.warning("Nobody could be told what went wrong: %s", type(unanswered).__name__)


def count_use(interaction: discord.Interaction, error: Exception | None = None) -> None:
    """Count that somebody used a command, and how it came out; buttons are no commands."""
    command = interaction.command
    if command is None or interaction.type != discord.InteractionType.application_command:
        return
    began = interaction.extras.get("began", time.perf_counter())
    sign = "" if isinstance(command, app_commands.ContextMenu) else "/"
    use = Use(
        id=interaction.id,
        guild_id=interaction.guild_id,
        command=f"{sign}{command.qualified_name}",
        user_id=interaction.user.id,
        result=_result_of(error),
        took_ms=round((time.perf_counter() - began) * 1000),
        used_at=interaction.created_at,
    )
    count_command_use(use)


def _result_of(error: Exception | None) -> str:
    if error is None:
        return "ok"
    return "refused" if isinstance(getattr(error, "original", error), REFUSALS) else "failed"


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


async def tell_commands(tree: Commands) -> bool:
    """Tell Discord of the commands when it knows others; True when it was told.

    The versions it gives them are remembered too: what was changed there by hand is put right.
    """
    application = tree.client.application_id or 0
    described = _digest([command.to_dict(tree) for command in tree.get_commands()])
    known = partial(KnownCommands, application_id=application, fingerprint=described)
    if await call(are_commands_known, known=known(receipt=await _receipt(tree.client))):
        return False
    await tree.sync()
    await call(note_commands, known=known(receipt=await _receipt(tree.client)))
    log.info("Discord was told of the commands.")
    return True


async def _receipt(client: discord.Client) -> str:
    known = await client.http.get_global_commands(client.application_id or 0)
    return _digest(sorted(f"{each['id']} {each.get('version')}" for each in known))


def _digest(told: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
