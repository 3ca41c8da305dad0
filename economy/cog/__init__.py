"""The Discord door to the economy: its commands, and the buttons below what it asks."""

from typing import Any, Protocol

import discord
from discord import app_commands

from economy.cog import earning, own, paying, shop

COMMANDS: tuple[app_commands.Command[Any, ..., Any] | app_commands.Group, ...] = (
    own.balance, own.statement, own.richest_here, earning.daily, earning.work, earning.gamble,
    paying.pay, shop.shop, shop.buy, shop.inventory,
)  # fmt: skip


class House(Protocol):
    """The bot, as far as this door knows it."""

    tree: app_commands.CommandTree[discord.Client]

    def add_dynamic_items(self, *items: type[Any]) -> None:
        """Listen for buttons that were shown before a restart, too."""


async def setup(bot: House) -> None:
    """Hang up the commands, and listen for the buttons."""
    for command in COMMANDS:
        bot.tree.add_command(command)
    bot.add_dynamic_items(paying.Sure, shop.Turn, shop.Buy)
