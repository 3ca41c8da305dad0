"""Custom commands as people write and read them: in a form of five fields, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from community.errors import HouseError
from community.models import CommandName, CustomCommand, GuildSettings
from community.scope import guild_scope
from community.services.commands import (
    Maker,
    add_custom_command,
    aliases_of,
    change_custom_command,
    find_custom_command,
    remove_custom_command,
    suggest_names,
)

LONGEST_INPUT = 4_000
MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What Discord's form asks of a command; `pk` is that of the command that is changed."""

    pk: int | None = None
    names: str = ""
    response: str = ""
    embed_title: str = ""
    embed_text: str = ""
    buttons: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A command as it is shown on Discord."""

    draft: Draft
    prefix: str
    uses: int
    used_at: datetime | None
    creator_id: int | None
    last_error: str
    for_whom: str
    is_enabled: bool

    @property
    def state(self) -> str:
        """Whether it answers at present."""
        return "Answers at present" if self.is_enabled else "Switched off"


@transaction.atomic
def make_from_draft(*, maker: Maker, draft: Draft) -> Shown:
    """Make or change a command as somebody wrote it in Discord's form."""
    with guild_scope(maker.guild_id):
        name, *aliases = draft.names.replace(",", " ").split() or [""]
        told: dict[str, Any] = {
            "name": name,
            "aliases": aliases,
            "response": draft.response,
            "embed_title": draft.embed_title,
            "embed_text": draft.embed_text,
            "buttons": read_buttons(draft.buttons),
        }
        if draft.pk is None:
            return _shown(add_custom_command(maker=maker, **told))
        known = CustomCommand(pk=draft.pk, guild_id=maker.guild_id)
        return _shown(change_custom_command(command=known, maker=maker, **told))


@transaction.atomic
def remove_by_name(*, maker: Maker, name: str) -> None:
    """Have a server answer to a name no more."""
    with guild_scope(maker.guild_id):
        command = find_custom_command(guild_id=maker.guild_id, name=name)
        remove_custom_command(command=command, maker=maker)


def show_command(*, guild_id: int, name: str) -> Shown:
    """Return a command as Discord shows it, and its form holds it."""
    with guild_scope(guild_id):
        command = find_custom_command(guild_id=guild_id, name=name)
        if max(len(command.response), len(command.embed_text)) > LONGEST_INPUT:
            raise HouseError("It is longer than Discord's forms take: look at it in the desk.")
        return _shown(command)


def list_commands(*, guild_id: int) -> list[Shown]:
    """Return a server's commands, those that are used most first."""
    with guild_scope(guild_id):
        names = Prefetch("names", CommandName.objects.of(guild_id).order_by("name"))
        rows = CustomCommand.objects.of(guild_id).prefetch_related(names)
        prefix = prefix_of(guild_id)
        return [
            _shown(each, prefix=prefix, aliases=[row.name for row in each.names.all()])
            for each in rows.order_by("-uses", "name")[:MOST_LISTED]
        ]


def suggest_commands(*, guild_id: int, beginning: str) -> list[str]:
    """Return names of commands that somebody may mean."""
    with guild_scope(guild_id):
        return suggest_names(guild_id=guild_id, beginning=beginning)


def prefix_of(guild_id: int) -> str:
    """Return what the names of a server's commands begin with in messages."""
    rows = GuildSettings.objects.of(guild_id).values_list("prefix", flat=True)
    prefix: str = rows.first() or "!"
    return prefix


def read_buttons(text: str) -> list[dict[str, str]]:
    """Return the buttons that are written one a line: a label, a bar, an address."""
    parts = [line.rpartition("|") for line in text.splitlines() if line.strip()]
    return [{"label": label.strip(), "url": url.strip()} for label, _, url in parts]


def write_buttons(buttons: list[dict[str, str]]) -> str:
    """Return buttons as people write them."""
    return "\n".join(f"{each['label']} | {each['url']}" for each in buttons)


def for_whom(command: CustomCommand) -> str:
    """Say who may use a command, and where; nothing where all may everywhere."""
    roles = " ".join(f"<@&{each}>" for each in command.role_ids)
    channels = " ".join(f"<#{each}>" for each in command.channel_ids)
    return " in ".join(filter(None, (roles, channels)))


def _shown(command: CustomCommand, *, prefix: str = "", aliases: list[str] | None = None) -> Shown:
    others = aliases_of(command) if aliases is None else aliases
    draft = Draft(
        pk=command.pk,
        names=" ".join(dict.fromkeys([command.name, *others])),
        response=command.response,
        embed_title=command.embed_title,
        embed_text=command.embed_text,
        buttons=write_buttons(command.buttons),
    )
    return Shown(
        draft=draft,
        prefix=prefix or prefix_of(command.guild_id),
        uses=command.uses,
        used_at=command.used_at,
        creator_id=command.creator_id,
        last_error=command.last_error,
        for_whom=for_whom(command),
        is_enabled=command.is_enabled,
    )
