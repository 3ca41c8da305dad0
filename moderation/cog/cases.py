"""Commands about what stands on record: look it up, put it right, take it back."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Range

from community.bridge import call
from moderation.cog.choices import offer_cases
from moderation.cog.deciding import decide
from moderation.cog.describing import describe_case, describe_warnings
from moderation.cog.history import show_history
from moderation.cog.members import Reason
from moderation.services.answers import change_case, change_length
from moderation.services.lookups import brief_on, standing_warnings, story_of
from moderation.services.overruling import overrule_case
from moderation.services.records import amend_reason
from moderation.services.warnings import pardon_warning

Number = Range[int, 1, 2_000_000_000]
NUMBER = "The case's number"
NEW_LENGTH = "2d4h from its beginning, “until friday 18:00”, or “for ever”"


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(number=NUMBER)
@app_commands.autocomplete(number=offer_cases)
async def case(interaction: discord.Interaction, number: Number) -> None:
    """Show a case with all that happened to it."""
    await interaction.response.defer(ephemeral=True)
    story = await call(story_of, guild_id=interaction.guild_id or 0, number=number)
    await interaction.followup.send(embed=describe_case(story), ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person="Whose")
async def history(interaction: discord.Interaction, person: discord.User) -> None:
    """Show somebody's record, the newest first."""
    await show_history(interaction, person.id)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person="Whose")
async def warnings(interaction: discord.Interaction, person: discord.User) -> None:
    """Show the warnings that count for somebody, and what comes next."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": person.id}
    brief, standing = await call(brief_on, **about), await call(standing_warnings, **about)
    await interaction.followup.send(embed=describe_warnings(brief, standing), ephemeral=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(number=NUMBER, text="The reason as it shall be")
@app_commands.autocomplete(number=offer_cases)
async def reason(interaction: discord.Interaction, number: Number, text: Reason) -> None:
    """Give a case another reason; what it said before stays in its history."""
    await decide(interaction, partial(change_case, amend_reason, number=number, reason=text))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(number=NUMBER, length=NEW_LENGTH)
@app_commands.autocomplete(number=offer_cases)
async def duration(interaction: discord.Interaction, number: Number, length: str) -> None:
    """Let a mute, ban or warning last longer or less long, counted from its beginning."""
    await decide(interaction, partial(change_length, number=number, length=length))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(number=NUMBER, why="Why")
@app_commands.autocomplete(number=offer_cases)
async def pardon(interaction: discord.Interaction, number: Number, why: Reason = "") -> None:
    """Forgive a warning: it stays on record and counts no more."""
    await decide(interaction, partial(change_case, pardon_warning, number=number, reason=why))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(number=NUMBER, why="Why")
@app_commands.autocomplete(number=offer_cases)
async def overrule(interaction: discord.Interaction, number: Number, why: Reason = "") -> None:
    """Undo a case with all that followed from it."""
    act = partial(change_case, overrule_case, number=number, reason=why)
    await decide(interaction, act, is_heavy=True)
