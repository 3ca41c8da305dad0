"""Commands about levels: somebody's rank as a picture, leaderboards, and not to be shown."""

import asyncio
from io import BytesIO
from re import Match
from typing import Any, Self, get_args

import discord
from discord import app_commands
from discord.app_commands import Choice
from discord.ui import Button, DynamicItem, View

from activity.cog.describing import describe_board, describe_rank
from activity.services.boards import Measure, Span, board_of, rank_of
from activity.services.cards import draw_rank
from community.bridge import call
from community.cog.buttons import complain
from community.services.preferences import choose_to_be_shown

OF = [Choice(name=name, value=value) for name, value in (
    ("XP", "xp"), ("Messages", "messages"), ("Time in voice", "voice"), ("Coins", "coins"),
)]  # fmt: skip
OVER = [Choice(name=name, value=value) for name, value in (
    ("Ever", "ever"), ("Today", "day"), ("Last 7 days", "week"), ("Last 30 days", "month"),
)]  # fmt: skip
ID = r"board:(?P<of>{}):(?P<over>{}):(?P<page>\d{{1,2}})"


@app_commands.command()
@app_commands.guild_only()
@app_commands.describe(person="Whose; empty is yours", alone="Show it to you alone")
async def rank(
    interaction: discord.Interaction, person: discord.User | None = None, *, alone: bool = False
) -> None:
    """Show how far somebody has come here."""
    await interaction.response.defer(ephemeral=alone)
    about = {"guild_id": interaction.guild_id or 0, "user_id": (person or interaction.user).id}
    found = await call(rank_of, **about, asked_by=interaction.user.id, is_alone=alone)
    picture = await asyncio.to_thread(draw_rank, found)
    words = describe_rank(found)
    file = discord.File(BytesIO(picture), "rank.png", description=words[:1024])
    await interaction.followup.send(words, file=file, ephemeral=alone)


@app_commands.command()
@app_commands.guild_only()
@app_commands.rename(measure="of", span="over")
@app_commands.describe(measure="Of what; empty is XP", span="Over which days; empty is ever")
@app_commands.choices(measure=OF, span=OVER)
async def leaderboard(
    interaction: discord.Interaction,
    measure: Choice[str] | None = None,
    span: Choice[str] | None = None,
) -> None:
    """Show who did most here."""
    await interaction.response.defer()
    of: Any = measure.value if measure else "xp"
    over: Any = span.value if span else "ever"
    embed, view = await _page(interaction, of, over, 0)
    await interaction.followup.send(embed=embed, view=view)
    view.stop()  # the house listens for its buttons, whatever becomes of these


@app_commands.command()
@app_commands.describe(to_others="Whether leaderboards and ranks show you to others")
async def shown(interaction: discord.Interaction, *, to_others: bool) -> None:
    """Choose whether leaderboards and ranks show you, in every server."""
    await interaction.response.defer(ephemeral=True)
    await call(choose_to_be_shown, user_id=interaction.user.id, is_shown=to_others)
    words = "show you again" if to_others else "no longer show you to others, anywhere"
    await interaction.followup.send(f"Leaderboards and ranks {words}.", ephemeral=True)


async def _page(
    interaction: discord.Interaction, measure: Measure, span: Span, page: int
) -> tuple[discord.Embed, View]:
    about: Any = {"guild_id": interaction.guild_id or 0, "measure": measure, "span": span}
    board = await call(board_of, **about, page=page, asked_by=interaction.user.id)
    view = View(timeout=None)
    if page:
        view.add_item(Turn(measure, span, page - 1, "Before"))
    if board.has_more:
        view.add_item(Turn(measure, span, page + 1, "Next"))
    return describe_board(board), view


class Turn(
    DynamicItem[Button[Any]],
    template=ID.format("|".join(get_args(Measure)), "|".join(get_args(Span))),
):
    """The button to another page; it holds all it needs, so that it outlives every restart."""

    def __init__(self, measure: Measure, span: Span, page: int, label: str = "Next") -> None:
        self.measure, self.span, self.page = measure, span, page
        super().__init__(Button(label=label, custom_id=f"board:{measure}:{span}:{page}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        of: Any = match["of"]
        over: Any = match["over"]
        return cls(of, over, int(match["page"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        try:
            await interaction.response.defer()
            embed, view = await _page(interaction, self.measure, self.span, self.page)
            await interaction.edit_original_response(embed=embed, view=view)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)
