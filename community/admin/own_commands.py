"""The door to a server's own commands: their list, how each is made, and how it would answer."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from community.admin.command_form import CommandForm, ImportForm, preview_of
from community.desk.actions import Asked, Deed
from community.desk.base import DeskAdmin, noted, pill
from community.desk.current_guild import guild_of, staff_of
from community.desk.people import moment
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.verbs import name_verbs
from community.durations import say_duration
from community.models import CustomCommand, Grant, GuildSettings
from community.services.command_files import export_custom_commands, import_custom_commands
from community.services.commands import (
    KNOWN,
    Maker,
    add_custom_command,
    change_custom_command,
    remove_custom_command,
)

CONFIGURE = Grant.Capability.CONFIGURE
FROM_NOW = "It answers so within a few seconds."
KEPT = "Nobody is answered; what it says is kept."


def maker_of(request: HttpRequest) -> Maker:
    """Return who makes commands in the desk."""
    return Maker(guild_id=guild_of(request).pk, staff=staff_of(request))


def add(request: HttpRequest, _: None, asked: Asked) -> str:
    """Have the server answer to a name of its own."""
    command = add_custom_command(maker=maker_of(request), **CommandForm.kept(asked))
    return f"“{command.name}” answers from now on."


def change(request: HttpRequest, command: CustomCommand, asked: Asked) -> str:
    """Have a command answer otherwise."""
    told = CommandForm.kept(asked)
    changed = change_custom_command(command=command, maker=maker_of(request), **told)
    return f"“{changed.name}” is changed."


def remove(request: HttpRequest, command: CustomCommand, _: Asked) -> str:
    """Have the server answer to a command no more."""
    remove_custom_command(command=command, maker=maker_of(request))
    return f"“{command.name}” is removed."


def switch_on(request: HttpRequest, command: CustomCommand, _: Asked) -> str:
    """Have a command answer again."""
    changed = change_custom_command(command=command, maker=maker_of(request), is_enabled=True)
    return f"“{changed.name}” is on."


def switch_off(request: HttpRequest, command: CustomCommand, _: Asked) -> str:
    """Have a command answer nobody for a while."""
    changed = change_custom_command(command=command, maker=maker_of(request), is_enabled=False)
    return f"“{changed.name}” is off."


def hand_out(request: HttpRequest, _: None, __: Asked) -> HttpResponse:
    """Hand out all commands as a file."""
    content = export_custom_commands(guild_id=guild_of(request).pk)
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="commands.json"'
    return response


def take_in(request: HttpRequest, _: None, asked: Asked) -> str:
    """Make all commands of a file."""
    told = {"text": asked["text"], "replaces": asked["replaces"]}
    many = import_custom_commands(maker=maker_of(request), **told)
    return f"{many} command{'' if many == 1 else 's'} taken in."


def preview(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how a command would answer as it stands in the form."""
    return preview_of(request)


def form_context(_: Any) -> dict[str, Any]:
    """Return what the form of a command shows beside its fields."""
    return {"preview_url": reverse("admin:command_preview"), "known": KNOWN.items()}


def deed(name: str, label: str, explains: str, do: Any, **more: Any) -> Deed:
    """Return a deed that changes commands."""
    return Deed(name=name, label=label, explains=explains, needs=CONFIGURE, do=do, **more)


FORM: dict[str, Any] = {
    "form": CommandForm,
    "beside": "community/command_preview.html",
    "tell": form_context,
}


@admin.register(CustomCommand)
class CustomCommandAdmin(DeskAdmin):
    list_display = ["called", "for_whom", "uses", "last_used", "state"]
    search_fields = ["name"]
    ordering = ["name"]
    empty_words = "This server has made no command of its own yet."
    fields = [
        "name", "response", "embed_title", "embed_text", "embed_picture", "pings", "uses",
        "used_at", "last_error", "made_at",
    ]  # fmt: skip
    deeds = [
        deed("add", "Make a command", FROM_NOW, add, has_target=False, **FORM),
        deed("edit", "Change", FROM_NOW, change, **FORM),
        deed("on", "Switch on", FROM_NOW, switch_on, is_offered=lambda row: not row.is_enabled),
        deed("off", "Switch off", KEPT, switch_off, is_offered=lambda row: row.is_enabled),
        deed("remove", "Remove", "Nobody is answered any more.", remove, is_danger=True),
        deed("export", "Export", "All of them come as one file.", hand_out, has_target=False),
        deed(
            "import",
            "Import",
            "All commands of the file are made, or none.",
            take_in,
            form=ImportForm,
            has_target=False,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        settings = GuildSettings.objects.filter(guild=OuterRef("guild_id"))
        rows = super().get_queryset(request).prefetch_related("names")
        return rows.annotate(prefix=Subquery(settings.values("prefix")[:1]))

    @admin.display(description="Called by", ordering="name")
    def called(self, command: Any) -> str:
        others = [each.name for each in command.names.all() if each.name != command.name]
        named = format_html("<b><bdi>{}{}</bdi></b>", command.prefix or "", command.name)
        return noted(named, f"or {', '.join(sorted(others))}") if others else named

    @admin.display(description="For")
    def for_whom(self, command: CustomCommand) -> str:
        told = [_many(command.role_ids, "role"), _many(command.channel_ids, "channel")]
        whom = ", ".join(filter(None, told)) or "everybody"
        pause = command.user_pause
        return noted(whom, f"once in {say_duration(pause)}") if pause else whom

    @admin.display(description="Last used", ordering="used_at")
    def last_used(self, command: CustomCommand) -> str:
        return moment(command.used_at)

    @admin.display(description="State")
    def state(self, command: CustomCommand) -> str:
        if not command.last_error:
            return pill("On", "ok") if command.is_enabled else pill("Off")
        broke = pill("Broke", "bad") if command.is_enabled else pill("Off")
        return noted(broke, command.last_error)


def _many(ids: Sequence[int], what: str) -> str:
    """Count what a command is for; nothing where it is for all."""
    return f"{len(ids)} {what}{'' if len(ids) == 1 else 's'}" if ids else ""


desk_page(
    DeskPage(route="commands/preview/", name="command_preview", needs=CONFIGURE, view=preview)
)
nav_item(
    NavItem(
        group="Server",
        label="Own commands",
        url_name="community_customcommand_changelist",
        icon="settings",
        needs=Grant.Capability.SEE,
        order=110,
    )
)
name_verbs(
    {f"community.command.{verb}": f"{verb} a command" for verb in ("added", "changed", "removed")}
)
