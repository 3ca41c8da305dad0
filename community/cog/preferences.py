"""The command by which somebody says what they want from the house, in every server."""

import discord
from discord import app_commands
from discord.app_commands import Choice

from community.bridge import call
from community.cog.card import card
from community.services.preferences import (
    LANGUAGES,
    Wanted,
    choose_preferences,
    offer_zones,
    preferences_of,
)

AS_THE_SERVER = "server"
SPOKEN = [Choice(name="As the server", value=AS_THE_SERVER)] + [
    Choice(name=name, value=code) for code, name in LANGUAGES.items()
]


async def offer(interaction: discord.Interaction, typed: str) -> list[Choice[str]]:
    """Offer the zones that somebody may mean."""
    found = await call(offer_zones, typed=typed, now=interaction.created_at)
    return [Choice(name=name, value=value) for name, value in found]


@app_commands.command()
@app_commands.rename(dm_reminders="reminders_by_dm", dm_levels="levels_by_dm", shown="leaderboards")
@app_commands.describe(
    zone="Your time zone, such as Europe/Berlin; “server” is as the server has it",
    language="The language in which you write times",
    dm_reminders="Whether reminders come by direct message, unless you say otherwise",
    dm_levels="Whether you are told of a new level by direct message",
    shown="Whether leaderboards and ranks show you to others",
)
@app_commands.autocomplete(zone=offer)
@app_commands.choices(language=SPOKEN[:25])
async def preferences(
    interaction: discord.Interaction,
    *,
    zone: str | None = None,
    language: Choice[str] | None = None,
    dm_reminders: bool | None = None,
    dm_levels: bool | None = None,
    shown: bool | None = None,
) -> None:
    """Show what you want from me in every server, or change what you name."""
    await interaction.response.defer(ephemeral=True)
    switches = {"dm_reminders": dm_reminders, "dm_levels": dm_levels, "on_leaderboards": shown}
    said = language.value if language else None
    user_id = interaction.user.id
    await call(choose_preferences, user_id=user_id, zone=zone, language=said, **switches)
    wanted = await call(preferences_of, guild_id=interaction.guild_id, user_id=user_id)
    await interaction.followup.send(embed=describe_wanted(wanted), ephemeral=True)


def describe_wanted(wanted: Wanted) -> discord.Embed:
    """Put what somebody wants on one card."""
    whose = "" if wanted.has_own_zone else ", as the server"
    told = {
        "Time zone": f"{wanted.zone}{whose}",
        "Times written in": LANGUAGES.get(wanted.language, wanted.language),
        "Reminders": "by direct message" if wanted.dm_reminders else "where you ask for them",
        "New levels": "by direct message" if wanted.dm_levels else "where the server tells them",
        "Leaderboards": "show you" if wanted.on_leaderboards else "do not show you to others",
    }
    return card("What you want from me", told)
