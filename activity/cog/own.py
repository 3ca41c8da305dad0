"""Commands about oneself: what one did here, which roles that brings, and being away."""

from collections.abc import Iterator

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.utils import format_dt

from activity.models import AfkLeave
from activity.services.leaves import LONGEST_REASON
from activity.services.own import Done, Own, come_back, go_on_leave, show_own
from activity.services.standings import Standing, State
from activity.words import hours_of, takes_of
from community.bridge import call
from community.cog.card import card, harmless

LONGEST_VALUE = 1_000
UNTIL = "How long: 3d, 2w, “until 2026-12-24”"
WORDS = {
    State.HAS: "you have it",
    State.GETS: "it is on its way to you",
    State.LOSES: "it is about to be taken back",
    State.LEAVE: "yours while you are on leave",
    State.EXEMPT: "yours whatever your hours",
    State.BY_HAND: "given to you by hand",
}


@app_commands.command()
@app_commands.guild_only()
async def activity(interaction: discord.Interaction) -> None:
    """Show what you did here, and which roles that brings you."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    own = await call(show_own, **about, now=interaction.created_at)
    await interaction.followup.send(embed=describe_own(own), ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.describe(until=UNTIL, reason="Why; moderators can read it")
async def afk(
    interaction: discord.Interaction, until: str, reason: Range[str, 0, LONGEST_REASON] = ""
) -> None:
    """Say that you will be away: your activity roles stay yours meanwhile."""
    await interaction.response.defer(ephemeral=True)
    leave = await call(
        go_on_leave,
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        until=until,
        reason=reason,
        now=interaction.created_at,
    )
    await interaction.followup.send(describe_leave(leave), ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
async def back(interaction: discord.Interaction) -> None:
    """Say that you are back, before the end you named."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    await call(come_back, **about, now=interaction.created_at)
    await interaction.followup.send("Welcome back. Your hours count as usual.", ephemeral=True)


def describe_own(own: Own) -> discord.Embed:
    """Put somebody's activity on one card."""
    told = {
        "Last 7 days": _done(own.week),
        "Last 30 days": _done(own.month),
        "Ever": _done(own.ever),
        "Counted since": format_dt(own.since, "D") if own.since else "",
        "On leave": f"until {format_dt(own.leave.ends_at, 'f')}" if own.leave else "",
        "Roles for activity": _fit(map(describe_standing, own.standings)),
    }
    return card("Your activity here", told)


def describe_standing(standing: Standing) -> str:
    """Say how somebody stands to one role, and what is missing."""
    rule = standing.rule
    of = f"<@&{rule.role_id}>: {hours_of(standing.voice_ms)} of {takes_of(rule)}"
    return f"{of}; {WORDS.get(standing.state) or _missing(standing)}"


def describe_leave(leave: AfkLeave) -> str:
    """Say until when somebody is on leave."""
    why = f"\nReason: {harmless(leave.reason)}" if leave.reason else ""
    return (
        f"You are on leave until {format_dt(leave.ends_at, 'f')}. You keep your activity roles "
        f"until then; `/back` ends it earlier.{why}"
    )


def _missing(standing: Standing) -> str:
    if standing.is_earned:
        return "you hold a higher one" if not standing.is_first else "not given at present"
    return f"{hours_of(standing.needed_ms - standing.voice_ms)} to go"


def _done(done: Done) -> str:
    return f"{hours_of(done.voice_ms)} in voice\n{done.messages:,} messages"


def _fit(lines: Iterator[str]) -> str:
    """Return as many lines as a card has room for."""
    told = ""
    for line in lines:
        if len(told) + len(line) >= LONGEST_VALUE:
            break
        told += f"{line}\n"
    return told.rstrip("\n")
