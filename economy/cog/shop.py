"""Commands of the shop: what is for sale, buying it, and what one has."""

from re import Match
from typing import Any, Self

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.ui import Button, DynamicItem, View
from discord.utils import format_dt

from community.bridge import call
from community.cog.buttons import complain
from community.cog.card import COLOUR, harmless
from community.durations import say_duration
from community.errors import HouseError
from economy.cog.wishes import QUIET, carry_out
from economy.models import ShopItem
from economy.services.belongings import Belonging, belongings_of
from economy.services.buying import Bought, buy_item, try_to_buy
from economy.services.shelf import Shelf, items_like, shelf_of


@app_commands.command()
@app_commands.guild_only()
async def shop(interaction: discord.Interaction) -> None:
    """Show what can be bought here."""
    await interaction.response.defer()
    embed, view = await _page(interaction, 0)
    await interaction.followup.send(embed=embed, view=view)
    view.stop()  # the house listens for its buttons, whatever becomes of these


@app_commands.command()
@app_commands.guild_only()
@app_commands.describe(item="What; begin to type its name")
async def buy(interaction: discord.Interaction, item: Range[str, 1, 80]) -> None:
    """Buy something from the shop; you are asked before any coin moves."""
    await interaction.response.defer(ephemeral=True)
    offer = await carry_out(interaction, try_to_buy, name=item)
    view = View(timeout=None)
    view.add_item(Buy(interaction.user.id, offer.item.pk, offer.price, str(interaction.id)))
    words = describe_offer(offer)
    await interaction.followup.send(words, view=view, ephemeral=True, allowed_mentions=QUIET)
    view.stop()


@app_commands.command()
@app_commands.guild_only()
async def inventory(interaction: discord.Interaction) -> None:
    """Show what you have from the shop, and how long your roles last."""
    await interaction.response.defer(ephemeral=True)
    about = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    found = await call(belongings_of, **about, now=interaction.created_at)
    await interaction.followup.send(embed=describe_belongings(found), ephemeral=True)


@buy.autocomplete("item")
async def offer_items(
    interaction: discord.Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Offer what is for sale."""
    found = await call(items_like, guild_id=interaction.guild_id or 0, text=typed)
    return [
        app_commands.Choice(name=f"{each.name[:70]} ({each.price:,})", value=each.name)
        for each in found
    ]


async def _page(interaction: discord.Interaction, page: int) -> tuple[discord.Embed, View]:
    shelf = await call(shelf_of, guild_id=interaction.guild_id or 0, page=page)
    view = View(timeout=None)
    if page:
        view.add_item(Turn(page - 1, "Before"))
    if shelf.has_more:
        view.add_item(Turn(page + 1, "Next"))
    return describe_shelf(shelf), view


class Turn(DynamicItem[Button[Any]], template=r"shop:(?P<page>\d{1,2})"):
    """The button to another page of the shop."""

    def __init__(self, page: int, label: str = "Next") -> None:
        self.page = page
        super().__init__(Button(label=label, custom_id=f"shop:{page}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Turn the page."""
        try:
            await interaction.response.defer()
            embed, view = await _page(interaction, self.page)
            await interaction.edit_original_response(embed=embed, view=view)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)


class Buy(
    DynamicItem[Button[Any]],
    template=r"buy:(?P<who>\d+):(?P<item>\d+):(?P<price>\d+):(?P<asked>\d+)",
):
    """The button below an offer; it says itself who buys what at which price, and buys once."""

    def __init__(self, who: int, item: int, price: int, asked: str) -> None:
        self.who, self.item_id, self.price, self.asked = who, item, price, asked
        mark = f"buy:{who}:{item}:{price}:{asked}"
        style = discord.ButtonStyle.primary
        super().__init__(Button(label="Buy", style=style, custom_id=mark))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["who"]), int(match["item"]), int(match["price"]), match["asked"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Buy it, if it is who asked that pressed."""
        try:
            await interaction.response.defer()
            told = await self._told(interaction)
            await interaction.edit_original_response(
                content=told, view=None, allowed_mentions=QUIET
            )
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)

    async def _told(self, interaction: discord.Interaction) -> str:
        wish: dict[str, Any] = {"item_id": self.item_id, "price": self.price}
        if interaction.user.id != self.who:
            return "This is not yours to buy."
        try:
            bought = await carry_out(interaction, buy_item, asked=self.asked, **wish)
        except HouseError as refusal:
            return harmless(str(refusal))
        return describe_bought(bought)


def describe_shelf(shelf: Shelf) -> discord.Embed:
    """Put a page of the shop on a card."""
    embed = discord.Embed(title="The shop", colour=COLOUR)
    for item in shelf.items:
        name = f"{harmless(item.name)}: {item.price:,} {harmless(shelf.currency)}"
        embed.add_field(name=name[:256], value=describe_item(item)[:1024], inline=False)
    if not shelf.items:
        embed.description = "There is nothing for sale." if not shelf.page else "That was all."
    return embed.set_footer(text="Buy with /buy" if shelf.items else None)


def describe_item(item: ShopItem) -> str:
    """Say what something is, what it gives, and who may buy it."""
    needs = [
        f"for <@&{item.required_role_id}>" if item.required_role_id else "",
        f"from level {item.required_level:,}" if item.required_level else "",
        f"{item.most_each:,} each at most" if item.most_each else "",
        {None: "", 0: "**sold out**"}.get(item.left, f"{item.left} left"),
    ]
    gives = f"Gives <@&{item.role_id}> {_span(item)}." if item.role_id else ""
    about = ", ".join(filter(None, needs))
    return "\n".join(filter(None, [harmless(item.description), gives, about])) or "\u200b"


def describe_offer(offer: Bought) -> str:
    """Ask whether somebody wants to buy it, with what it would come to."""
    return (
        f"Buy **{harmless(offer.item.name)}** for **{offer.price:,}**?{_role_of(offer)} "
        f"You would have {offer.left:,} left."
    )


def describe_bought(bought: Bought) -> str:
    """Say what was bought."""
    told = f"**{harmless(bought.item.name)}** is yours for {bought.price:,}."
    return f"{told}{_role_of(bought)} You have {bought.left:,} left."


def describe_belongings(found: list[Belonging]) -> discord.Embed:
    """Put what somebody has on a card."""
    told = "\n".join(map(_describe_belonging, found)) or "You have nothing from the shop yet."
    return discord.Embed(title="Your inventory", description=told[:4000], colour=COLOUR)


def _describe_belonging(each: Belonging) -> str:
    name = f"**{harmless(each.name)}**"
    if each.role_id is None:
        return name if each.count == 1 else f"{each.count:,} of {name}"
    end = f"until {format_dt(each.ends_at, 'f')}" if each.ends_at else "for ever"
    return f"{name}: <@&{each.role_id}> {end}{'' if each.has_come else ', on its way'}"


def _role_of(bought: Bought) -> str:
    if bought.role_id is None:
        return ""
    end = f"until {format_dt(bought.ends_at, 'f')}" if bought.ends_at else "for ever"
    return f" It brings <@&{bought.role_id}> {end}."


def _span(item: ShopItem) -> str:
    return f"for {say_duration(item.lasts)}" if item.lasts else "for ever"
