"""Commands that a server made itself: used by /c, made and looked at by /command."""

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.utils import escape_markdown, format_dt

from community.bridge import call
from community.calls import have_answered
from community.cog.buttons import complain
from community.cog.card import COLOUR, card
from community.services.answering import Answer, Wish
from community.services.commands import Maker
from community.services.making import (
    Draft,
    Shown,
    list_commands,
    make_from_draft,
    remove_by_name,
    show_command,
    suggest_commands,
)

NOTHING = "The command had nothing to say."
LONGEST_INPUT = 4_000


@app_commands.command(name="c")
@app_commands.guild_only()
@app_commands.describe(name="Which command", args="What you say to it, if it asks for anything")
async def use(interaction: discord.Interaction, name: str, args: Range[str, 0, 2000] = "") -> None:
    """Use a command that this server made itself."""
    await interaction.response.defer()
    answer = await have_answered(_wish(interaction, name, args))
    if answer is None or not answer.message:
        await interaction.followup.send(NOTHING)
        return
    await interaction.followup.send(**as_discord_takes_it(answer))


@use.autocomplete("name")
async def suggest(interaction: discord.Interaction, current: str) -> list[Choice[str]]:
    """Offer the names of commands that answer at present."""
    found = await call(suggest_commands, guild_id=interaction.guild_id or 0, beginning=current)
    return [Choice(name=each, value=each) for each in found]


command = app_commands.Group(
    name="command",
    description="Make, change and look at this server's own commands.",
    guild_only=True,
    default_permissions=discord.Permissions(manage_guild=True),
)


@command.command()
async def add(interaction: discord.Interaction) -> None:
    """Make a command of this server's own."""
    await interaction.response.send_modal(Making("Make a command", Draft()))


@command.command()
@app_commands.describe(name="Which command")
@app_commands.autocomplete(name=suggest)
async def edit(interaction: discord.Interaction, name: str) -> None:
    """Change what a command of this server's own answers."""
    shown = await call(show_command, guild_id=interaction.guild_id or 0, name=name)
    await interaction.response.send_modal(Making("Change a command", shown.draft))


@command.command()
@app_commands.describe(name="Which command")
@app_commands.autocomplete(name=suggest)
async def remove(interaction: discord.Interaction, name: str) -> None:
    """Take a command of this server's own away."""
    await interaction.response.defer(ephemeral=True)
    await call(remove_by_name, maker=_maker(interaction), name=name)
    told = f"`{escape_markdown(name)}` is removed."
    await interaction.followup.send(told, ephemeral=True)


@command.command(name="list")
async def list_(interaction: discord.Interaction) -> None:
    """Show the commands that this server made itself."""
    await interaction.response.defer(ephemeral=True)
    shown = await call(list_commands, guild_id=interaction.guild_id or 0)
    await interaction.followup.send(embed=describe_commands(shown), ephemeral=True)


@command.command()
@app_commands.describe(name="Which command")
@app_commands.autocomplete(name=suggest)
async def show(interaction: discord.Interaction, name: str) -> None:
    """Show a command of this server's own: what it answers, to whom, and how often it did."""
    await interaction.response.defer(ephemeral=True)
    shown = await call(show_command, guild_id=interaction.guild_id or 0, name=name)
    await interaction.followup.send(embed=describe_command(shown), ephemeral=True)


SHORT, LONG = discord.TextStyle.short, discord.TextStyle.paragraph
INPUTS = (
    ("names", "Name, and other names after it", 400, SHORT),
    ("response", "What it answers, like: Hello, {{ user.name }}", LONGEST_INPUT, LONG),
    ("embed_title", "Title of a card", 256, SHORT),
    ("embed_text", "Text of the card", LONGEST_INPUT, LONG),
    ("buttons", "Buttons, one a line: Label | https://...", 2000, LONG),
)


class Making(discord.ui.Modal):
    """The form in which a command is made or changed."""

    def __init__(self, title: str, draft: Draft) -> None:
        super().__init__(title=title, timeout=3600)
        self._pk = draft.pk
        self._inputs = {
            name: _input(name, label, longest, style, getattr(draft, name))
            for name, label, longest, style in INPUTS
        }
        for each in self._inputs.values():
            self.add_item(each)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Keep what was written."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        written = {name: each.value for name, each in self._inputs.items()}
        draft = Draft(pk=self._pk, **written)
        shown = await call(make_from_draft, maker=_maker(interaction), draft=draft)
        await interaction.followup.send(embed=describe_command(shown), ephemeral=True)

    async def on_error(  # type: ignore[override]
        self, interaction: discord.Interaction, error: Exception, /
    ) -> None:
        """Tell what went wrong as a command would."""
        await complain(interaction, error)


def _input(
    name: str, label: str, longest: int, style: discord.TextStyle, told: str
) -> "discord.ui.TextInput[Making]":
    return discord.ui.TextInput(
        label=label,
        custom_id=name,
        style=style,
        default=told or None,
        required=name == "names",
        max_length=longest,
    )


def as_discord_takes_it(answer: Answer) -> dict[str, Any]:
    """Return an answer as the library sends it."""
    told: dict[str, Any] = {"content": answer.message.get("content", "")}
    users = [discord.Object(int(each)) for each in answer.mentions.get("users", ())]
    may_call = True if "users" in answer.mentions["parse"] else users
    told["allowed_mentions"] = discord.AllowedMentions(everyone=False, roles=False, users=may_call)
    told["embeds"] = [discord.Embed.from_dict(each) for each in answer.message.get("embeds", ())]
    if rows := answer.message.get("components"):
        told["view"] = _links(rows[0]["components"])
    return told


def _links(buttons: list[dict[str, Any]]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for each in buttons:
        view.add_item(discord.ui.Button(label=each["label"], url=each["url"]))
    return view


def describe_commands(shown: list[Shown]) -> discord.Embed:
    """List commands, those that are used most first."""
    lines = [
        f"{_called(each)}: {_used(each)}{'' if each.is_enabled else ', switched off'}"
        for each in shown
    ]
    told = "\n".join(lines)[:LONGEST_INPUT]
    nothing = "This server has made none yet: `/command add` makes one."
    return discord.Embed(title="Own commands", description=told or nothing, colour=COLOUR)


def describe_command(shown: Shown) -> discord.Embed:
    """Put a command on a card."""
    told = {
        "Called by": _called(shown),
        "Answers": _code(shown.draft.response),
        "Card": _code("\n".join(filter(None, (shown.draft.embed_title, shown.draft.embed_text)))),
        "Buttons": shown.draft.buttons,
        "For": shown.for_whom,
        "Used": f"{_used(shown)}{_ago(shown)}",
        "Trouble": shown.last_error,
    }
    return card(f"Command {shown.draft.names.split()[0]}", told, footer=shown.state)


def _called(shown: Shown) -> str:
    name, *others = (f"`{shown.prefix}{each}`" for each in shown.draft.names.split())
    return f"{name} (or {', '.join(others)})" if others else name


def _used(shown: Shown) -> str:
    """Say how often a command has answered."""
    return {0: "never", 1: "once"}.get(shown.uses, f"{shown.uses:,} times")


def _ago(shown: Shown) -> str:
    last = f", last {format_dt(shown.used_at, 'R')}" if shown.used_at else ""
    return last + (f", made by <@{shown.creator_id}>" if shown.creator_id else "")


def _code(source: str) -> str:
    shown = source[:1000].replace("```", "`\u200b``")  # a fence within would end ours
    return f"```\n{shown}\n```" if source else ""


def _maker(interaction: discord.Interaction) -> Maker:
    return Maker(
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        permissions=interaction.permissions.value,
    )


def _wish(interaction: discord.Interaction, name: str, args: str) -> Wish:
    person, roles = interaction.user, getattr(interaction.user, "roles", [])
    return Wish(
        id=interaction.id, guild_id=interaction.guild_id or 0,
        channel_id=interaction.channel_id or 0, user_id=person.id, name=name, said=args,
        username=person.name, shown=person.display_name, role_ids=tuple(each.id for each in roles),
    )  # fmt: skip
