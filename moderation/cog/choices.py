"""What is offered while somebody types: reasons, cases, people who are banned."""

from typing import Any

import discord
from discord import app_commands

from community.bridge import call
from community.errors import HouseError
from moderation.services.lookups import banned_like, cases_like, presets_like

MOST = 25
LONGEST = 100
Offers = list[app_commands.Choice[Any]]
ID_DIGITS = range(15, 20)


async def offer_reasons(interaction: discord.Interaction, typed: str) -> Offers:
    """Offer the server's reasons for this command."""
    kind = interaction.command.name if interaction.command else ""
    guild_id = interaction.guild_id or 0
    found = await call(presets_like, guild_id=guild_id, kind=kind, text=typed)
    return [_offer(f"{each.name}: {each.text}", each.name) for each in found[:MOST]]


async def offer_cases(interaction: discord.Interaction, typed: int | str) -> Offers:
    """Offer the latest cases, or those whose number begins so."""
    guild_id = interaction.guild_id or 0
    found = await call(cases_like, guild_id=guild_id, text=str(typed).strip("# "))
    return [
        _offer(f"#{each.number} {each.get_kind_display()}: {each.reason}", each.number)
        for each in found
    ]


async def offer_banned(interaction: discord.Interaction, typed: str) -> Offers:
    """Offer who is banned, whoever did it."""
    found = await call(banned_like, guild_id=interaction.guild_id or 0, text=typed.strip("<@!> "))
    return [
        _offer(f"{name}: case #{case.number} {case.reason}", str(case.user_id))
        for case, name in found
    ]


def person_meant(typed: str) -> int:
    """Return the id in what was typed: a bare one, or a mention."""
    bare = typed.strip().strip("<@!>")
    if not (bare.isascii() and bare.isdecimal() and len(bare) in ID_DIGITS):
        raise HouseError(f"“{typed[:50]}” is nobody's id. Ids are numbers like 175928847299117063.")
    return int(bare)


def message_meant(typed: str) -> int:
    """Return the id of a message: a bare one, or the last part of its link."""
    bare = typed.strip().rpartition("/")[2]
    if not (bare.isascii() and bare.isdecimal() and len(bare) in ID_DIGITS):
        raise HouseError(f"“{typed[:50]}” is no message. Copy its link or its id.")
    return int(bare)


def people_meant(typed: str) -> list[int]:
    """Return the ids in what was typed, between spaces, commas or new lines."""
    found = [person_meant(each) for each in typed.replace(",", " ").split()]
    if not found:
        raise HouseError("Name at least one id.")
    return found


def _offer(name: str, value: object) -> app_commands.Choice[Any]:
    return app_commands.Choice(name=name[:LONGEST], value=value)
