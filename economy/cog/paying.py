"""The command that pays somebody; a large payment is asked about first, also across a restart."""

from re import Match
from typing import Any, Self

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ui import Button, DynamicItem, View

from community.cog.card import harmless
from community.errors import HouseError
from economy.cog.wishes import carry_out
from economy.errors import AskFirst
from economy.models.settings import MOST_AT_ONCE
from economy.services.paying import Paid, pay_member

MOST_NOTES = 1_000
# What was written to payments that are not sure yet; after a restart they are paid without.
_notes: dict[str, str] = {}


@app_commands.command()
@app_commands.guild_only()
@app_commands.describe(person="Whom", coins="How many", note="What for; they can read it")
async def pay(
    interaction: discord.Interaction,
    person: discord.Member,
    coins: Range[int, 1, MOST_AT_ONCE],
    note: Range[str, 0, 200] = "",
) -> None:
    """Pay somebody of this server with your own coins."""
    await interaction.response.defer()
    wish: dict[str, Any] = {"to": person.id, "coins": coins, "note": note}
    try:
        paid = await carry_out(interaction, pay_member, **wish)
    except AskFirst as doubt:
        _keep_note(str(interaction.id), note)
        await _ask(interaction, str(doubt), person.id, coins)
        return
    told = describe_paid(paid, person.id)
    await interaction.followup.send(told, allowed_mentions=only(person.id))


def _keep_note(asked: str, note: str) -> None:
    """Keep what somebody wrote to a payment until it is sure; the oldest gives way."""
    _notes[asked] = note
    while len(_notes) > MOST_NOTES:
        del _notes[next(iter(_notes))]


async def _ask(interaction: discord.Interaction, words: str, to: int, coins: int) -> None:
    view = View(timeout=None)
    view.add_item(Sure(interaction.user.id, to, coins, str(interaction.id)))
    await interaction.followup.send(words, view=view, allowed_mentions=only())
    view.stop()  # the house listens for its button, whatever becomes of this one


class Sure(
    DynamicItem[Button[Any]],
    template=r"pay:(?P<who>\d+):(?P<to>\d+):(?P<coins>\d+):(?P<asked>\d+)",
):
    """The button below a large payment; it says itself who pays whom what, and pays once."""

    def __init__(self, who: int, to: int, coins: int, asked: str) -> None:
        self.who, self.to, self.coins, self.asked = who, to, coins, asked
        mark = f"pay:{who}:{to}:{coins}:{asked}"
        style = discord.ButtonStyle.primary
        super().__init__(Button(label="Pay", style=style, custom_id=mark))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["who"]), int(match["to"]), int(match["coins"]), match["asked"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Pay, if it is the payer who pressed."""
        await interaction.response.defer()
        if interaction.user.id != self.who:
            await interaction.followup.send("This is not yours to pay.", ephemeral=True)
            return
        told = await self._told(interaction)
        await interaction.edit_original_response(
            content=told, view=None, allowed_mentions=only(self.to)
        )

    async def _told(self, interaction: discord.Interaction) -> str:
        wish: dict[str, Any] = {
            "to": self.to,
            "coins": self.coins,
            "note": _notes.get(self.asked, ""),
        }
        try:
            paid = await carry_out(interaction, pay_member, asked=self.asked, **wish)
        except HouseError as refusal:
            return harmless(str(refusal))
        return describe_paid(paid, self.to)


def describe_paid(paid: Paid, to: int) -> str:
    """Say what a payment came to."""
    tax = f" {paid.tax:,} went to the house." if paid.tax else ""
    return f"<@{to}> has **{paid.coins:,}** more.{tax} You have {paid.left:,} left."


def only(*user_ids: int) -> discord.AllowedMentions:
    """Let a message call these people and nobody else."""
    users = [discord.Object(user_id) for user_id in user_ids]
    return discord.AllowedMentions(everyone=False, roles=False, users=users)
