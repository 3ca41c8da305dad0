"""Somebody's record, page by page."""

from re import Match
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, View

from community.bridge import call
from community.cog.buttons import complain
from moderation.cog.describing import describe_history
from moderation.services.lookups import Brief, brief_on, page_of_history

PAGE = 10


async def show_history(interaction: discord.Interaction, user_id: int) -> None:
    """Show the newest page, to whoever asked alone."""
    await interaction.response.defer(ephemeral=True)
    embed, view = await _page(interaction.guild_id or 0, user_id, None)
    await interaction.followup.send(embed=embed, view=view, ephemeral=True)
    view.stop()  # the house listens for its button, whatever becomes of this one


async def _page(guild_id: int, user_id: int, before: int | None) -> tuple[discord.Embed, View]:
    about = {"guild_id": guild_id, "user_id": user_id}
    brief: Brief = await call(brief_on, **about)
    cases = await call(page_of_history, **about, before=before, page=PAGE)
    view = View(timeout=None)
    if len(cases) == PAGE:
        view.add_item(Older(user_id, cases[-1].number))
    return describe_history(brief, cases), view


class Older(DynamicItem[Button[Any]], template=r"history:(?P<user>\d{1,19}):(?P<before>\d{1,9})"):
    """The button to the page before; it holds all it needs, so that it outlives every restart."""

    def __init__(self, user_id: int, before: int) -> None:
        self.user_id, self.before = user_id, before
        super().__init__(Button(label="Older", custom_id=f"history:{user_id}:{before}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["user"]), int(match["before"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        try:
            await interaction.response.defer()
            embed, view = await _page(interaction.guild_id or 0, self.user_id, self.before)
            await interaction.edit_original_response(embed=embed, view=view)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)
