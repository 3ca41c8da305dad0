"""The command about everybody: who has an activity role, who shall have it, who is away."""

from collections.abc import Sequence

import discord
from discord import app_commands

from activity.services.own import Report, report_on_role
from activity.services.standings import Standing
from activity.words import hours_of, takes_of
from community.bridge import call
from community.cog.card import card, harmless

MOST_NAMED = 20
MORE = "At the desk: everybody, and a file to take along."


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_roles=True)
@app_commands.describe(role="An activity role")
async def compliance(interaction: discord.Interaction, role: discord.Role) -> None:
    """Show who has an activity role, who shall have it, and who is on leave."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "role_id": role.id}
    report = await call(report_on_role, **about, now=interaction.created_at)
    await interaction.followup.send(embed=describe_report(report), ephemeral=True)


def describe_report(report: Report) -> discord.Embed:
    """Put a report on one card: how many stand how, and who has most hours of them."""
    rule = report.rule
    told = {
        f"{state.label}: {len(people):,}": _named(people) for state, people in report.people.items()
    }
    embed = card(f"Who is active enough for {harmless(str(rule.role))}", told, footer=MORE)
    embed.description = takes_of(rule)
    return embed


def _named(people: Sequence[Standing]) -> str:
    told = [f"<@{each.user_id}> {hours_of(each.voice_ms)}" for each in people]
    more = len(told) - MOST_NAMED
    return "\n".join([*told[:MOST_NAMED], *([f"and {more:,} more"] if more > 0 else [])])
