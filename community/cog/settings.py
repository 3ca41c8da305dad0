"""Commands about this server's settings: what they are, and changing one of them."""

from typing import Any

import discord
from discord import app_commands

from community.bridge import call
from community.cog.card import card, harmless
from community.services.grants import who_on_discord
from community.services.settings import (
    MOST_OFFERED,
    Shown,
    all_sections,
    names_like,
    set_setting,
    show_section,
    values_like,
)

LONGEST = 100
Offers = list[app_commands.Choice[str]]

settings = app_commands.Group(
    name="settings",
    description="This server's settings: what they are, and changing them.",
    guild_only=True,
    default_permissions=discord.Permissions(manage_guild=True),
)


@settings.command()
@app_commands.describe(section="Which of them")
async def show(interaction: discord.Interaction, section: str) -> None:
    """Show some of this server's settings, and what they would be by default."""
    await interaction.response.defer(ephemeral=True)
    told = await call(show_section, guild_id=interaction.guild_id or 0, name=section)
    await interaction.followup.send(embed=describe_section(section, told), ephemeral=True)


@settings.command(name="set")
@app_commands.describe(
    setting="Which one", value="What it shall be; “default” is as it was in the beginning"
)
async def set_one(interaction: discord.Interaction, setting: str, value: str) -> None:
    """Change one of this server's settings."""
    await interaction.response.defer(ephemeral=True)
    of = interaction.guild_id or 0
    rights = interaction.permissions.value
    by = await call(who_on_discord, guild_id=of, user_id=interaction.user.id, permissions=rights)
    now = await call(set_setting, guild_id=of, by=by, name=setting, typed=value)
    await interaction.followup.send(describe_setting(now), ephemeral=True)


@show.autocomplete("section")
async def offer_sections(_: discord.Interaction, typed: str) -> Offers:
    """Offer the sections that are called so."""
    named = [(f"{each.topic}: {each.title}", each.name) for each in all_sections()]
    return [_offer(*each) for each in named if typed.lower() in each[0].lower()][:MOST_OFFERED]


@set_one.autocomplete("setting")
async def offer_settings(_: discord.Interaction, typed: str) -> Offers:
    """Offer the settings that say these words."""
    return [_offer(*each) for each in names_like(typed)]


@set_one.autocomplete("value")
async def offer_values(interaction: discord.Interaction, typed: str) -> Offers:
    """Offer what the setting may be, where that can be said."""
    about: Any = interaction.namespace
    name = getattr(about, "setting", None) or ""
    found = await call(values_like, guild_id=interaction.guild_id or 0, name=name, typed=typed)
    return [_offer(each, each) for each in found]


def describe_section(name: str, told: list[Shown]) -> discord.Embed:
    """Put a section on one card."""
    titles = {each.name: f"{each.topic}: {each.title}" for each in all_sections()}
    return card(titles.get(name, name), {each.label: _value(each) for each in told})


def describe_setting(now: Shown) -> str:
    """Say what a setting is now."""
    return f"**{now.label}** is now: {_value(now)}"


def _value(shown: Shown) -> str:
    value = harmless(shown.value)
    default = "" if shown.value == shown.default else f"\n-# by default {harmless(shown.default)}"
    return value[:900] + default


def _offer(name: str, value: str) -> app_commands.Choice[str]:
    return app_commands.Choice(name=name[:LONGEST], value=value[:LONGEST])
