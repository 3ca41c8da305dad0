"""Commands about channels: purge, lock, slow down, and give them back as they were."""

from typing import Literal

import discord
from discord import app_commands
from discord.app_commands import Range

from community.bridge import call
from moderation.cog.choices import message_meant
from moderation.cog.deciding import act_of, decide
from moderation.cog.members import WHY, Reason
from moderation.services.answers import purge_here, slow_here, tell_done
from moderation.services.channels import Filter, lock_channels, unlock_channels
from moderation.services.lookups import locked_channels, text_channels

Place = discord.TextChannel | discord.VoiceChannel
WHERE = "Which channel; empty is this one"
HEAVY_PURGE = 50


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_messages=True)
@app_commands.describe(
    count="How many go at most, of the latest hundred",
    person="Only what they wrote",
    contains="Only what holds these words",
    only="Only messages of this sort",
    after="Only what came after this message: its id or its link",
    reason=WHY,
)
async def purge(  # noqa: PLR0913, PLR0917 - options of a command
    interaction: discord.Interaction,
    count: Range[int, 1, 100],
    person: discord.User | None = None,
    contains: Range[str, 0, 100] = "",
    only: Literal["bots", "links", "attachments"] | None = None,
    after: Range[str, 0, 120] = "",
    reason: Reason = "",
) -> None:
    """Delete some of this channel's latest messages; a record of it stays."""
    who = person.id if person else None
    last = message_meant(after) if after else None
    which = Filter(count=count, user_id=who, contains=contains, only=only or "", after=last)
    given = {"channel_id": interaction.channel_id or 0, "which": which, "reason": reason}
    await decide(interaction, act_of(purge_here, tell_done, **given), is_heavy=count > HEAVY_PURGE)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
@app_commands.describe(channel=WHERE, reason=WHY)
async def lock(
    interaction: discord.Interaction, channel: Place | None = None, reason: Reason = ""
) -> None:
    """Let nobody write in a channel until it is unlocked."""
    which = [channel.id if channel else interaction.channel_id or 0]
    await decide(interaction, act_of(lock_channels, tell_done, channel_ids=which, reason=reason))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
@app_commands.describe(channel=WHERE, everywhere="All that are locked", reason=WHY)
async def unlock(
    interaction: discord.Interaction,
    channel: Place | None = None,
    everywhere: bool = False,  # noqa: FBT001, FBT002 - an option of a command
    reason: Reason = "",
) -> None:
    """Give a channel back exactly as it was."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    which = [channel.id if channel else interaction.channel_id or 0]
    if everywhere:
        which = await call(locked_channels, guild_id=interaction.guild_id or 0)
    act = act_of(unlock_channels, tell_done, channel_ids=which, reason=reason)
    await decide(interaction, act)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True, manage_guild=True)
@app_commands.describe(reason=WHY)
async def lockdown(interaction: discord.Interaction, reason: Reason = "") -> None:
    """Let nobody write anywhere, until /unlock everywhere."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    which = await call(text_channels, guild_id=interaction.guild_id or 0)
    act = act_of(lock_channels, tell_done, channel_ids=which, reason=reason)
    await decide(interaction, act, is_heavy=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
@app_commands.describe(pause="Between two messages: 10s, 5m, at most 6h; 0 is none", reason=WHY)
async def slowmode(interaction: discord.Interaction, pause: str, reason: Reason = "") -> None:
    """Let everybody wait between two messages in this channel."""
    given = {"channel_id": interaction.channel_id or 0, "pause": pause, "reason": reason}
    await decide(interaction, act_of(slow_here, tell_done, **given))
