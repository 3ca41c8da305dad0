"""Commands about the house itself: how it is, and what can be asked of it."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import discord
from discord import app_commands
from discord.utils import format_dt
from django.apps import apps

from community.bridge import call
from community.cog.card import COLOUR, card
from community.services.bots import BotFacts, look_at_bot

LONGEST_PAGE = 4000
Command = app_commands.Command[Any, ..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long three ways took, in seconds; the gateway may not have told yet."""

    gateway: float
    api: float
    database: float


@app_commands.command()
async def ping(interaction: discord.Interaction) -> None:
    """Show how quickly I hear, speak and remember."""
    began = time.perf_counter()
    await interaction.response.defer(ephemeral=True)
    spoke = time.perf_counter()
    facts = await call(look_at_bot)
    remembered = time.perf_counter() - spoke
    heard = interaction.client.latency
    times = Times(gateway=heard, api=spoke - began, database=remembered)
    await interaction.followup.send(embed=describe_state(times, facts), ephemeral=True)


@app_commands.command(name="help")
async def help_command(interaction: discord.Interaction) -> None:
    """Show what you can ask me."""
    await interaction.response.defer(ephemeral=True)
    usable = [each for each in _commands_of(interaction.client) if _is_for(each, interaction)]
    for page in describe_commands(usable):
        await interaction.followup.send(embed=page, ephemeral=True)


def describe_state(times: Times, facts: BotFacts | None) -> discord.Embed:
    """Put the house's state in figures."""
    told = {
        "Hearing (gateway)": _milliseconds(times.gateway),
        "Speaking (API)": _milliseconds(times.api),
        "Remembering (database)": _milliseconds(times.database),
        "Waiting for Discord": _orders(facts.waiting) if facts else "",
        "Leads": _lead(facts) if facts else "",
    }
    return card("Pong", told)


def describe_commands(commands: Iterable[Command]) -> list[discord.Embed]:
    """List commands by the app they belong to, on as many pages as Discord's limits ask for."""
    pages = [""]
    for line in _lines(commands):
        if len(pages[-1]) + len(line) > LONGEST_PAGE:
            pages.append("")
        pages[-1] += line
    title = "What you can ask me"
    return [discord.Embed(title=title, description=page, colour=COLOUR) for page in pages]


def _lines(commands: Iterable[Command]) -> Iterator[str]:
    for app, group in groupby(sorted(commands, key=_place), key=_app):
        yield f"**{app}**\n"
        yield from (f"`/{each.qualified_name}` {each.description}\n" for each in group)


def is_allowed(command: Command, permissions: discord.Permissions, *, in_server: bool) -> bool:
    """Tell whether Discord offers a command to somebody, unless a server set it otherwise."""
    above: list[Command | app_commands.Group] = [command, *_parents(command)]
    if not in_server and any(each.guild_only for each in above):
        return False
    needed = [each.default_permissions for each in above if each.default_permissions is not None]
    return permissions.administrator or all(permissions.is_superset(each) for each in needed)


def _is_for(command: Command, interaction: discord.Interaction) -> bool:
    in_server = interaction.guild_id is not None
    return is_allowed(command, interaction.permissions, in_server=in_server)


def _commands_of(client: Any) -> list[Command]:
    walked = client.tree.walk_commands()
    return [each for each in walked if isinstance(each, app_commands.Command)]


def _parents(command: Command) -> list[app_commands.Group]:
    return [each for each in (command.parent, command.root_parent) if each is not None]


def _app(command: Command) -> str:
    within = apps.get_containing_app_config(command.module or "")
    return str(within.verbose_name) if within else "Others"


def _place(command: Command) -> tuple[str, str]:
    return _app(command), command.qualified_name


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < float("inf") else "not measured yet"


def _lead(facts: BotFacts) -> str:
    since = f", since {format_dt(facts.leads_since, 'R')}" if facts.leads_since else ""
    return f"{facts.process}{since}"


def _orders(number: int) -> str:
    return {0: "nothing", 1: "1 order"}.get(number, f"{number} orders")
