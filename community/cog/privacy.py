"""Commands about what is kept of oneself: what it is, a copy of it, and being forgotten."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any, Self

import discord
from discord import app_commands

from community.bridge import call
from community.cog.buttons import complain
from community.cog.card import card
from community.services.keeping import Kept, what_is_kept
from community.services.preferences import Wanted, preferences_of
from community.services.requests import ask_for_copy, ask_to_be_erased

LONGEST_FIELD = 1024
WAITS = 120.0
COMING = (
    "Your copy is being made. It comes as a file in a direct message, unless it is too large: then "
    "I tell you where it waits."
)
QUESTION = (
    "Shall I forget you, in every server? Your names, texts, counters, preferences and coins go, "
    "and nobody can bring them back. That there were cases stays, without a word of what was said. "
    "While a punishment holds I cannot. What lies in backups is gone within three weeks."
)
FORGOTTEN = "You will be forgotten within minutes. I send you a message only if I cannot."

privacy = app_commands.Group(
    name="privacy", description="What I keep about you, a copy of it, and being forgotten.",
    guild_only=True,
)  # fmt: skip


@privacy.command()
async def kept(interaction: discord.Interaction) -> None:
    """Show what I keep about people, how long, and what you may switch off."""
    await interaction.response.defer(ephemeral=True)
    told = await call(what_is_kept)
    here, user_id = interaction.guild_id, interaction.user.id
    wanted = await call(preferences_of, guild_id=here, user_id=user_id)
    await interaction.followup.send(embed=describe_kept(told, wanted), ephemeral=True)


@privacy.command()
async def export(interaction: discord.Interaction) -> None:
    """Have a copy of everything I keep about you sent to you alone."""
    await interaction.response.defer(ephemeral=True)
    await call(ask_for_copy, user_id=interaction.user.id, guild_id=interaction.guild_id)
    await interaction.followup.send(COMING, ephemeral=True)


@privacy.command()
async def erase(interaction: discord.Interaction) -> None:
    """Have me forget you, in every server; I ask first."""
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send(QUESTION, view=Forget(), ephemeral=True)


class Forget(discord.ui.View):
    """The question before somebody is forgotten; it runs out, and with it nothing is done."""

    def __init__(self) -> None:
        super().__init__(timeout=WAITS)

    @discord.ui.button(label="Forget me", style=discord.ButtonStyle.danger)
    async def yes(self, interaction: discord.Interaction, _: discord.ui.Button[Self]) -> None:
        """Ask for it."""
        await interaction.response.defer()
        await call(ask_to_be_erased, user_id=interaction.user.id, guild_id=interaction.guild_id)
        await interaction.edit_original_response(content=FORGOTTEN, view=None)
        self.stop()

    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: discord.ui.Item[Any]
    ) -> None:
        """Tell what went wrong, as a command would."""
        await complain(interaction, error)


def describe_kept(told: Iterable[Kept], wanted: Wanted) -> discord.Embed:
    """Put what is kept on one card, app by app, and below what somebody chose."""
    fields = {
        app: "\n".join(f"{each.what}: {each.how_long}" for each in some)[:LONGEST_FIELD]
        for app, some in groupby(told, key=lambda each: each.app)
    }
    fields["You chose (`/preferences`)"] = describe_choices(wanted)
    return card("What I keep about people", fields, footer="Texts of messages are never kept.")


def describe_choices(wanted: Wanted) -> str:
    """Say what somebody has chosen, a line each."""
    told = (
        ("Shown on leaderboards", wanted.on_leaderboards),
        ("Reminders by message", wanted.dm_reminders),
        ("New levels by message", wanted.dm_levels),
    )
    return "\n".join(f"{what}: {'yes' if is_so else 'no'}" for what, is_so in told)
