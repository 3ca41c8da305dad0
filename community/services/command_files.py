"""A server's commands as a file that another server, or a later day, can read."""

import json
from datetime import timedelta
from typing import Any

from django.db import transaction

from community.errors import HouseError
from community.models import Channel, CustomCommand, Role
from community.services.commands import (
    FIELDS,
    MOST_COMMANDS,
    Maker,
    add_custom_command,
    change_custom_command,
    require_maker,
    told_of,
)

KIND, VERSION = "custom commands", 1
LONGEST_FILE = 5_000_000
NOT_OURS = "This is no file of custom commands."
SPANS = ("user_pause", "channel_pause")


def export_custom_commands(*, guild_id: int) -> str:
    """Return all commands of a server as JSON."""
    rows = CustomCommand.objects.of(guild_id).order_by("name")
    told = {"guildhall": KIND, "version": VERSION, "commands": [told_of(each) for each in rows]}
    return json.dumps(told, indent=1, ensure_ascii=False)


@transaction.atomic
def import_custom_commands(*, maker: Maker, text: str, replaces: bool = False) -> int:
    """Make all commands of a file, or none; what is there by that name is changed if it may be.

    A command whose roles or channels are not of this server comes switched off.
    """
    require_maker(maker)
    commands = _read(text)
    known = {each.name: each for each in CustomCommand.objects.of(maker.guild_id)}
    names = [str(each.get("name", "")).strip().lower() for each in commands]
    if (taken := sorted(known.keys() & set(names))) and not replaces:
        raise HouseError(f"There are commands called {', '.join(taken[:10])} already.")
    for name, each in zip(names, commands, strict=True):
        told = _fitting(maker.guild_id, each)
        if name in known:
            change_custom_command(command=known[name], maker=maker, **told)
        else:
            known[name] = add_custom_command(maker=maker, **told)
    return len(commands)


def _read(text: str) -> list[dict[str, Any]]:
    try:
        told = json.loads(text) if len(text) <= LONGEST_FILE else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or (told.get("guildhall"), told.get("version")) != (
        KIND,
        VERSION,
    ):
        raise HouseError(NOT_OURS)
    commands = told.get("commands")
    if not isinstance(commands, list) or len(commands) > MOST_COMMANDS:
        raise HouseError(f"A file holds {MOST_COMMANDS} commands at most.")
    if not all(isinstance(each, dict) for each in commands):
        raise HouseError(NOT_OURS)
    return commands


def _fitting(guild_id: int, told: dict[str, Any]) -> dict[str, Any]:
    """Return a command of a file as this server can have it."""
    try:
        fields = {name: told[name] for name in (*FIELDS, "aliases") if name in told}
        for name in SPANS:
            if name in fields:
                fields[name] = timedelta(seconds=int(fields[name]))
        fields["aliases"] = [str(each) for each in fields.get("aliases") or ()]
        fields["name"] = str(fields["name"])
        return fields | _places(guild_id, fields)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise HouseError(f"{NOT_OURS} Look at “{str(told.get('name'))[:40]}”.") from error


def _places(guild_id: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the roles and channels that are of this server; off, when some are not."""
    told: dict[str, Any] = {}
    for name, rows in (
        ("role_ids", Role.objects.of(guild_id)),
        ("channel_ids", Channel.objects.of(guild_id)),
    ):
        asked = {int(each) for each in fields.get(name) or ()}
        told[name] = sorted(rows.filter(pk__in=asked).values_list("pk", flat=True))
        if len(told[name]) < len(asked):
            told["is_enabled"] = False
    return told
