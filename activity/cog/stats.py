"""The command that shows how this server does, as a picture."""

import asyncio
from io import BytesIO

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.utils import escape_markdown

from activity.services.looking import DAYS, PICTURES, Look, look_at
from community.bridge import call
from community.services.pictures import draw_chart

OF: list[Choice[str]] = [Choice(name=name, value=value) for value, name in PICTURES.items()]
OVER: list[Choice[int]] = [Choice(name=f"The last {days} days", value=days) for days in DAYS]
LONGEST = 1024


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(view_guild_insights=True)
@app_commands.describe(of="Of what; empty is messages", over="Over which days; empty is 30")
@app_commands.choices(of=OF)
@app_commands.choices(over=OVER)
async def stats(
    interaction: discord.Interaction, of: Choice[str] | None = None, over: Choice[int] | None = None
) -> None:
    """Show how this server does, as a picture, to you alone."""
    await interaction.response.defer(ephemeral=True)
    what, days = of.value if of else "messages", over.value if over else DAYS[1]
    seen = await call(look_at, guild_id=interaction.guild_id or 0, of=what, days=days)
    files = [] if seen.chart.is_empty else [await _file(seen)]
    await interaction.followup.send(describe_look(seen), files=files, ephemeral=True)


def describe_look(seen: Look) -> str:
    """Say what the picture shows."""
    return f"**{seen.title}**\n{escape_markdown(seen.words)}"[:2000]


async def _file(seen: Look) -> discord.File:
    picture = await asyncio.to_thread(draw_chart, seen.chart)
    return discord.File(BytesIO(picture), "stats.png", description=seen.words[:LONGEST])
