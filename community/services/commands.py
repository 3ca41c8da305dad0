"""How a server makes commands of its own: named once, read before they are kept, all in history."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from community.durations import say_duration
from community.errors import HouseError
from community.models import Channel, CommandName, CustomCommand, Grant, Guild, Role, Staff
from community.models.commands import LONGEST_NAME, NAME, secure_address
from community.services.audit import OnDiscord, write_audit
from community.services.grants import require, who_on_discord
from community.services.wording import SHARED, refuse_unknown

MOST_COMMANDS = 500
MOST_ALIASES = 10
MOST_BUTTONS = 5
LONGEST_LABEL = 80
LONGEST_ADDRESS = 512
LONGEST_PAUSE = timedelta(days=1)
# Everything that a template may ask for.
KNOWN = {
    **SHARED,
    "channel": "where it was used: channel.name, channel.mention, channel.id",
    "args": "what was written after the name",
    "words": "the same, word by word: words[0], words.size",
    "counters": "how often commands have answered: counters.rules",
}
SOURCES = ("response", "embed_title", "embed_text")
FIELDS = (
    "name", *SOURCES, "embed_colour", "embed_picture", "buttons", "user_pause", "channel_pause",
    "role_ids", "channel_ids", "pings", "is_enabled",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes commands: staff of the desk, or somebody on Discord with what Discord lets them."""

    guild_id: int
    staff: Staff | None = None
    user_id: int | None = None
    permissions: int = 0

    @property
    def who(self) -> Staff | OnDiscord:
        """Who it is, as grants and history know them."""
        if self.staff is not None:
            return self.staff
        about = {"guild_id": self.guild_id, "user_id": self.user_id or 0}
        return who_on_discord(**about, permissions=self.permissions)


@transaction.atomic
def add_custom_command(
    *, maker: Maker, aliases: Collection[str] = (), **told: Any
) -> CustomCommand:
    """Have the server answer to a name of its own."""
    _take_turn(maker)
    if CustomCommand.objects.of(maker.guild_id).count() >= MOST_COMMANDS:
        raise HouseError(f"A server makes {MOST_COMMANDS} commands of its own at most.")
    creator_id = maker.user_id or (maker.staff.discord_id if maker.staff else None)
    command = CustomCommand(guild_id=maker.guild_id, creator_id=creator_id)
    _keep(command, maker, told, aliases, before={})
    return command


@transaction.atomic
def change_custom_command(
    *, command: CustomCommand, maker: Maker, aliases: Collection[str] | None = None, **told: Any
) -> CustomCommand:
    """Have a command answer otherwise; what is not told stays as it is."""
    _take_turn(maker)
    rows = CustomCommand.objects.of(maker.guild_id).select_for_update(no_key=True)
    row: CustomCommand | None = rows.filter(pk=command.pk).first()
    if row is None:
        raise HouseError("This command was removed already.")
    others = aliases_of(row) if aliases is None else aliases
    _keep(row, maker, told, others, before=told_of(row))
    return row


@transaction.atomic
def remove_custom_command(*, command: CustomCommand, maker: Maker) -> None:
    """Have the server answer to a command no more."""
    _take_turn(maker)
    row = CustomCommand.objects.of(maker.guild_id).filter(pk=command.pk).first()
    if row is None:
        raise HouseError("This command was removed already.")
    before, key = told_of(row), row.pk
    row.delete()
    _note("removed", maker, key, before=before, after={})


def find_custom_command(*, guild_id: int, name: str) -> CustomCommand:
    """Return the command that a name calls; refuse when there is none."""
    found = CustomCommand.objects.of(guild_id).called(name.strip()).first()
    if found is None:
        raise HouseError("There is no such command here.")
    return found


def suggest_names(*, guild_id: int, beginning: str, most: int = 25) -> list[str]:
    """Return names of commands that answer at present, those first that begin so."""
    commands = CustomCommand.objects.of(guild_id).enabled().named_like(beginning.strip())
    return list(commands.values_list("name", flat=True)[:most])


def aliases_of(command: CustomCommand) -> list[str]:
    """Return the other names of a command."""
    names = CommandName.objects.of(command.guild_id).filter(command_id=command.pk)
    others = names.exclude(name=command.name).order_by("name")
    return list(others.values_list("name", flat=True))


def told_of(command: CustomCommand) -> dict[str, Any]:
    """Return a command as history and files keep it; ids are texts there."""
    told = {name: getattr(command, name) for name in FIELDS}
    for name in ("user_pause", "channel_pause"):
        told[name] = int(told[name].total_seconds())
    for name in ("role_ids", "channel_ids"):
        told[name] = [str(each) for each in told[name]]
    return {**told, "aliases": aliases_of(command) if command.pk else []}


def require_maker(maker: Maker) -> None:
    """Refuse unless somebody may configure the server, in the desk or by Discord's own right."""
    require(maker.who, Grant.Capability.CONFIGURE, guild_id=maker.guild_id)


def _take_turn(maker: Maker) -> None:
    require_maker(maker)
    # Commands of one server change one after the other.
    Guild.objects.select_for_update(no_key=True).get(pk=maker.guild_id)


def _keep(
    command: CustomCommand,
    maker: Maker,
    told: Mapping[str, Any],
    aliases: Collection[str],
    before: Mapping[str, Any],
) -> None:
    for name, value in told.items():
        setattr(command, name, value)
    command.name = command.name.strip().lower()
    names = list(dict.fromkeys([command.name, *(each.strip().lower() for each in aliases)]))
    _refuse_names(command, names)
    _refuse_nonsense(command)
    refuse_unreadable(command)
    command.last_error = ""
    command.save()
    CommandName.objects.of(command.guild_id).filter(command_id=command.pk).delete()
    rows = [CommandName(guild_id=command.guild_id, command=command, name=each) for each in names]
    CommandName.objects.bulk_create(rows)
    after = told_of(command)
    if before != after:
        _note("changed" if before else "added", maker, command.pk, before=before, after=after)


def refuse_unreadable(command: CustomCommand) -> None:
    """Refuse templates that cannot be read, or that ask for what nobody knows."""
    refuse_unknown(sources_of(command), KNOWN)


def sources_of(command: CustomCommand) -> list[str]:
    """Return the templates of a command."""
    return [getattr(command, name) for name in SOURCES]


def _refuse_nonsense(command: CustomCommand) -> None:
    try:
        command.clean_fields(exclude=["guild"])
        command.validate_constraints(exclude=["guild"])
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error
    if max(command.user_pause, command.channel_pause) > LONGEST_PAUSE:
        raise HouseError(f"A pause lasts {say_duration(LONGEST_PAUSE)} at most.")
    _refuse_buttons(command.buttons)
    _refuse_foreign(command)


def _refuse_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or len(buttons) > MOST_BUTTONS:
        raise HouseError(f"An answer has {MOST_BUTTONS} buttons at most.")
    for each in buttons:
        if not isinstance(each, dict) or set(each) != {"label", "url"}:
            raise HouseError("A button has a label and an address.")
        label, url = str(each["label"]).strip(), str(each["url"])
        if not label or len(label) > LONGEST_LABEL:
            raise HouseError(f"A button's label has 1 to {LONGEST_LABEL} letters.")
        if len(url) > LONGEST_ADDRESS or not re.match(secure_address.regex, url):
            raise HouseError("A button's address begins with https://.")


def _refuse_foreign(command: CustomCommand) -> None:
    for rows, ids in (
        (Role.objects.of(command.guild_id), command.role_ids),
        (Channel.objects.of(command.guild_id), command.channel_ids),
    ):
        if rows.filter(pk__in=ids).count() < len(set(ids)):
            raise HouseError("One of these roles or channels is not of this server.")


def _refuse_names(command: CustomCommand, names: list[str]) -> None:
    if len(names) > MOST_ALIASES + 1:
        raise HouseError(f"A command has {MOST_ALIASES} other names at most.")
    if any(len(each) > LONGEST_NAME or not re.match(NAME, each) for each in names):
        raise HouseError(f"A name has 1 to {LONGEST_NAME} letters, digits, - and _, no spaces.")
    taken = CommandName.objects.of(command.guild_id).filter(name__in=names)
    if other := taken.exclude(command_id=command.pk).select_related("command").first():
        raise HouseError(f"“{other.name}” calls the command “{other.command.name}” already.")


def _note(
    verb: str, maker: Maker, key: int, *, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    write_audit(
        verb=f"community.command.{verb}",
        subject=("customcommand", key),
        by=maker.who,
        guild_id=maker.guild_id,
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names if name in after},
    )
