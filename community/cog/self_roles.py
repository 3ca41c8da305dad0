"""Buttons and menus on which people choose roles; they outlive every restart."""

from re import Match
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Select, View

from community.bridge import call
from community.cog.buttons import complain
from community.models import RoleChoice
from community.services.panels import label_of
from community.services.self_roles import (
    Chooser,
    Chosen,
    Offer,
    choose_roles,
    flip_role,
    offer_roles,
)


class Flip(DynamicItem[Button[Any]], template=r"roles:flip:(?P<panel>\d{1,18}):(?P<role>\d{1,19})"):
    """The button of one role on a panel."""

    def __init__(self, panel: int, role: int) -> None:
        self.panel, self.role = panel, role
        super().__init__(Button(custom_id=f"roles:flip:{panel}:{role}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["panel"]), int(match["role"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Give the role, or take it back."""
        await _answer(interaction, flip_role, panel_id=self.panel, role_id=self.role)


class Open(DynamicItem[Button[Any]], template=r"roles:open:(?P<panel>\d{1,18})"):
    """The button of a panel that shows a menu to whoever presses it, alone."""

    def __init__(self, panel: int) -> None:
        self.panel = panel
        super().__init__(Button(custom_id=f"roles:open:{panel}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["panel"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Show what there is, and what they have."""
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            chooser = chooser_of(interaction)
            offer = await call(offer_roles, chooser=chooser, panel_id=self.panel)
            words = "Choose the roles you want to have; the others of this list are taken back."
            await interaction.followup.send(words, view=_menu(offer, chooser), ephemeral=True)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)


class Choose(DynamicItem[Select[Any]], template=r"roles:set:(?P<panel>\d{1,18})"):
    """The menu in which somebody marks the roles they want."""

    def __init__(self, panel: int, menu: Select[Any]) -> None:
        self.panel = panel
        super().__init__(menu)

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, item: Any, match: Match[str], /) -> Self:
        """Return the menu in which something was chosen."""
        return cls(int(match["panel"]), item)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Let them have what they marked."""
        role_ids = [int(value) for value in self.item.values if value.isdecimal()]
        await _answer(interaction, choose_roles, panel_id=self.panel, role_ids=role_ids)


ITEMS = (Flip, Open, Choose)


def chooser_of(interaction: discord.Interaction) -> Chooser:
    """Return who chooses; which roles they have, Discord tells with the click."""
    roles = getattr(interaction.user, "roles", [])
    return Chooser(
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        held=frozenset(role.id for role in roles),
    )


def describe_choice(chosen: Chosen) -> str:
    """Say what somebody is given and what is taken back."""
    told = [
        (chosen.given, "You are being given {}."),
        (chosen.taken, "{} you give back."),
    ]
    said = [words.format(_names(roles)) for roles, words in told if roles]
    return " ".join(said) or "You have these already."


async def _answer(interaction: discord.Interaction, service: Any, **about: Any) -> None:
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
        chosen = await call(service, chooser=chooser_of(interaction), **about)
        await interaction.followup.send(describe_choice(chosen), ephemeral=True)
    except Exception as error:  # noqa: BLE001 - told in the same words as of any command
        await complain(interaction, error)


def _menu(offer: Offer, chooser: Chooser) -> View:
    most = 1 if offer.panel.is_unique else len(offer.choices)
    mark = f"roles:set:{offer.panel.pk}"
    menu: Select[Any] = Select(custom_id=mark, min_values=0, max_values=most)
    for each in offer.choices:
        menu.append_option(_option(each, is_held=each.role_id in chooser.held))
    view = View(timeout=None)
    view.add_item(menu)
    view.stop()  # the house listens for its menus, whatever becomes of this one
    return view


def _option(choice: RoleChoice, *, is_held: bool) -> discord.SelectOption:
    return discord.SelectOption(
        label=label_of(choice),
        value=str(choice.role_id),
        description=choice.description or None,
        emoji=choice.emoji or None,
        default=is_held,
    )


def _names(role_ids: tuple[int, ...]) -> str:
    return ", ".join(f"<@&{role_id}>" for role_id in role_ids)
