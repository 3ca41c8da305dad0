"""From an interaction on Discord to a wish about coins."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import discord

from community.bridge import call
from economy.services.gestures import Gesture, in_its_server

R = TypeVar("R")
# Calls nobody, whoever is named.
QUIET = discord.AllowedMentions.none()


async def carry_out(
    interaction: discord.Interaction, service: Callable[..., R], *, asked: str = "", **given: Any
) -> R:
    """Do what somebody asked for with their coins."""
    gesture = gesture_of(interaction, asked=asked)
    return await call(partial(in_its_server, service, gesture=gesture, **given))


def gesture_of(interaction: discord.Interaction, *, asked: str = "") -> Gesture:
    """Return who asks here; one interaction counts once, and so does the button below it."""
    return Gesture(
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        asked=asked or str(interaction.id),
        now=interaction.created_at,  # Discord's time, also when it is told twice
        is_sure=bool(asked),
    )
