"""Commands about one's own coins, and about who has most."""

import discord
from discord import app_commands
from discord.utils import format_dt

from community.bridge import call
from community.cog.card import card, harmless
from economy.services.showing import Line, Purse, Rich, purse_of, richest, statement_of


@app_commands.command()
@app_commands.guild_only()
async def balance(interaction: discord.Interaction) -> None:
    """Show how many coins you have here."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    purse = await call(purse_of, **about)
    await interaction.followup.send(embed=describe_purse(purse), ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
async def statement(interaction: discord.Interaction) -> None:
    """Show what came to you and what went, with what was left each time."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    lines = await call(statement_of, **about)
    await interaction.followup.send(embed=describe_statement(lines), ephemeral=True)


@app_commands.command(name="richest")
@app_commands.guild_only()
async def richest_here(interaction: discord.Interaction) -> None:
    """Show who has most coins here."""
    await interaction.response.defer()
    found = await call(richest, guild_id=interaction.guild_id or 0)
    await interaction.followup.send(embed=describe_richest(found))


def describe_purse(purse: Purse) -> discord.Embed:
    """Put what somebody has on a card."""
    streak = f"{purse.streak} days, at best {purse.best}" if purse.best else ""
    return card("Your purse", {harmless(purse.currency): f"{purse.coins:,}", "In a row": streak})


def describe_statement(lines: list[Line]) -> discord.Embed:
    """Put the newest lines of a statement on a card."""
    told = "\n".join(map(_describe_line, lines)) or "Nothing has moved yet."
    return discord.Embed(title="Your statement", description=told[:4000])


def describe_richest(found: list[Rich]) -> discord.Embed:
    """Put who has most on a card."""
    told = "\n".join(f"**{each.place}.** {harmless(each.name)}: {each.coins:,}" for each in found)
    return discord.Embed(title="The richest here", description=told or "Nobody has a coin yet.")


def _describe_line(line: Line) -> str:
    other = f" <@{line.other_id}>" if line.other_id > 0 else ""
    words = f" “{harmless(line.words)}”" if line.words else ""
    left = f"({line.after:,} left)"
    return f"{format_dt(line.at, 'd')} **{line.amount:+,}** {line.kind}{other}{words} {left}"
