"""Commands about this server as a whole."""

import discord
from discord import app_commands
from discord.utils import escape_markdown, format_dt, snowflake_time

from community.bridge import call
from community.cog.card import card
from community.services.portraits import Place, portray_server


@app_commands.command()
@app_commands.guild_only()
async def server(interaction: discord.Interaction) -> None:
    """Show this server in figures."""
    await interaction.response.defer(ephemeral=True)
    place = await call(portray_server, guild_id=interaction.guild_id or 0)
    await interaction.followup.send(embed=describe_server(place), ephemeral=True)


def describe_server(place: Place) -> discord.Embed:
    """Put a server on one card."""
    told = {
        "Members": f"{place.members:,}, {place.bots:,} of them bots",
        "Owner": f"<@{place.owner_id}>" if place.owner_id else "",
        "Founded": format_dt(snowflake_time(place.guild_id), "D"),
        "I came in": format_dt(place.bot_joined_at, "D"),
        "Channels": _channels(place.channels),
        "Roles": f"{place.roles:,}",
        "Invites": f"{place.invites:,}",
    }
    return card(escape_markdown(place.name), told, footer=f"Id {place.guild_id}")


def _channels(kinds: dict[str, int]) -> str:
    told = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{number} {kind.lower()}" for kind, number in told) or "none"
