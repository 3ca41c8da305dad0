"""What people are told when something goes wrong in a command: every such text of the house."""

from collections.abc import Callable
from typing import Any

import aiohttp
import discord
from discord import app_commands
from django.db import Error

from community.cog.card import harmless
from community.errors import HouseError
from config.postgres.errors import EngineError

DATABASE_IS_AWAY = "The database does not answer; try again in a moment."
DISCORD_IS_AWAY = "Discord does not answer; try again in a moment."
OUT_OF_DATE = "This command has just changed; try again in a minute."
UNFORESEEN = (
    "Something went wrong. Tell whoever runs this bot the number {}: it says where to look."
)


def words_for(error: Exception) -> str | None:
    """Return what to tell the one who asked; None for what nobody has foreseen."""
    cause = getattr(error, "original", error)
    return next((words(cause) for kind, words in WORDS if isinstance(cause, kind)), None)


def _always(words: str) -> Callable[[Any], str]:
    return lambda _: words


def _named(permissions: list[str]) -> str:
    return ", ".join(name.replace("_", " ").title() for name in permissions)


# The first that fits is told, so what is particular stands above what is general.
WORDS: list[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], str]]] = [
    (HouseError, lambda error: harmless(str(error))),
    ((Error, EngineError), _always(DATABASE_IS_AWAY)),
    (app_commands.NoPrivateMessage, _always("Use this command in a server.")),
    (
        app_commands.MissingPermissions,
        lambda error: f"You need the permission {_named(error.missing_permissions)} for that.",
    ),
    (
        app_commands.BotMissingPermissions,
        lambda error: f"I need the permission {_named(error.missing_permissions)} for that.",
    ),
    (
        app_commands.CommandOnCooldown,
        lambda error: f"Not so fast: try again in {error.retry_after:.0f} s.",
    ),
    (app_commands.TransformerError, lambda error: f"I cannot make sense of {error.value!r}."),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        _always(OUT_OF_DATE),
    ),
    (app_commands.CheckFailure, _always("You may not use this command here.")),
    (
        discord.Forbidden,
        _always("Discord does not let me: a permission is missing, or my role stands too low."),
    ),
    (discord.NotFound, _always("Discord no longer knows what this is about.")),
    (
        (discord.DiscordServerError, discord.RateLimited, aiohttp.ClientError, OSError),
        _always(DISCORD_IS_AWAY),
    ),
]
