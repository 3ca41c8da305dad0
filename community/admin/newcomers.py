"""The page of how people are met: who is greeted how, what newcomers get, who waits for a word."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, may, staff_of
from community.desk.people import moment
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.verbs import name_verbs
from community.errors import HouseError
from community.models import AutoRole, Grant, GuildSettings, Role, RoleReturn
from community.models.commands import LONGEST_SOURCE
from community.services.auto_roles import (
    add_auto_role,
    remove_auto_role,
    why_not_for_newcomers,
)
from community.services.greetings import (
    GOODBYE,
    WELCOME,
    WORDS,
    preview_greeting,
    try_greeting,
    why_nobody_is_told,
)
from community.services.returning import decide_role_return
from community.services.settings import Section, Shown, section_called, show_section
from community.services.wording import SHARED

SEE, CONFIGURE, STAFF = (
    Grant.Capability.SEE,
    Grant.Capability.CONFIGURE,
    Grant.Capability.STAFF,
)
SHOWN = ("welcome", "goodbye", "newcomers")


class RoleForm(DeedForm):
    """Asks which role."""

    role = forms.ModelChoiceField(Role._base_manager.none(), empty_label="Choose a role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = Role.objects.standing().filter(managed=False).order_by("-position", "pk")


class GreetingForm(DeedForm):
    """Asks which greeting is tried."""

    what = forms.ChoiceField(choices=[(WELCOME, "Welcome"), (GOODBYE, "Goodbye")], label="Which")


def add(request: HttpRequest, _: None, asked: Asked) -> str:
    """Give newcomers a role."""
    guild_id, by = guild_of(request).pk, staff_of(request)
    rule = add_auto_role(guild_id=guild_id, by=by, role=asked["role"])
    return f"Whoever comes in from now on is given {rule.role}."


def remove(request: HttpRequest, rule: AutoRole, _: Asked) -> str:
    """Give newcomers a role no more."""
    remove_auto_role(rule=rule, by=staff_of(request))
    return "Newcomers are given it no more; whoever has it keeps it."


def try_it(request: HttpRequest, _: None, asked: Asked) -> str:
    """Send a greeting to oneself."""
    try_greeting(guild_id=guild_of(request).pk, by=staff_of(request), what=asked["what"])
    return "It is on its way to you by direct message, if you take messages from this server."


def give_back(request: HttpRequest, row: RoleReturn, _: Asked) -> str:
    """Give somebody back a role of staff."""
    decide_role_return(asked=row, by=staff_of(request), is_given=True)
    return f"{row.role} is being given back."


def refuse(request: HttpRequest, row: RoleReturn, _: Asked) -> str:
    """Leave somebody without a role of staff they had."""
    decide_role_return(asked=row, by=staff_of(request), is_given=False)
    return f"{row.role} does not come back."


@admin.register(AutoRole)
class AutoRoleAdmin(DeskAdmin):
    """Shows no list of its own: all stands on one page."""

    deeds = [
        Deed(
            name="add",
            label="Add a role",
            explains="Whoever comes in from now on is given it, once they have accepted the rules.",
            needs=CONFIGURE,
            do=add,
            form=RoleForm,
            has_target=False,
        ),
        Deed(
            name="try",
            label="Send me a greeting",
            explains="It is sent to you alone, as it is saved now, as if you were the newcomer.",
            needs=CONFIGURE,
            do=try_it,
            form=GreetingForm,
            has_target=False,
        ),
        Deed(
            name="remove",
            label="Remove",
            explains="Newcomers are given it no more. Whoever has it keeps it.",
            needs=CONFIGURE,
            do=remove,
            is_danger=True,
        ),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:arrivals")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role")

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Call each by its role."""
        found: list[Any] = super().targets(request, of)
        for rule in found:
            rule.shown = str(rule.role)
        return found


@admin.register(RoleReturn)
class RoleReturnAdmin(DeskAdmin):
    list_display = ["who", "role_", "state", "asked"]
    list_filter = ["state"]
    ordering = ["-asked_at", "-pk"]
    empty_words = "Nobody has come back who had a role of staff."
    deeds = [
        Deed(
            name="give",
            label="Give it back",
            explains="They get back a role that lets its holders do what staff does.",
            needs=STAFF,
            do=give_back,
            is_offered=lambda row: row.decided_at is None,
        ),
        Deed(
            name="refuse",
            label="Refuse",
            explains="They stay without it. It can still be given by hand.",
            needs=STAFF,
            do=refuse,
            is_danger=True,
            is_offered=lambda row: row.decided_at is None,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role", "member__user")

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Call each by who and what."""
        found: list[Any] = super().targets(request, of)
        for row in found:
            row.shown = f"{row.role} of {_name(row)}"
        return found

    @admin.display(description="Who")
    def who(self, row: RoleReturn) -> str:
        return _name(row)

    @admin.display(description="Role")
    def role_(self, row: RoleReturn) -> str:
        return str(row.role)

    @admin.display(description="Came back", ordering="asked_at")
    def asked(self, row: RoleReturn) -> str:
        return moment(row.asked_at)


def arrivals_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how people are met here, and who waits for a word of staff."""
    told = {
        "title": "Welcome",
        "rules": _rules(),
        "waiting": _waiting(),
        "sections": _settings(guild_of(request).pk),
        "known": SHARED.items(),
    }
    rights = {"may_change": may(request, CONFIGURE), "may_decide": may(request, STAFF)}
    return TemplateResponse(request, "desk/arrivals.html", {**context, **told, **rights})


def preview(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how a greeting would read to who writes it, as it stands in the form."""
    text = request.POST.get(WORDS.get(request.POST.get("section", ""), ""), "")[:LONGEST_SOURCE]
    told: dict[str, Any] = {}
    try:
        about = {"guild_id": guild_of(request).pk, "user_id": staff_of(request).discord_id or 0}
        told = {"message": {"content": preview_greeting(text=text, **about)}}
    except HouseError as refusal:
        told = {"refusal": str(refusal)}
    return TemplateResponse(request, "community/command_answer.html", told)


def _rules() -> list[tuple[AutoRole, str]]:
    rules = list(AutoRole.objects.select_related("role").order_by("-role__position", "pk"))
    odd = why_not_for_newcomers(*rules)
    return [(rule, odd.get(rule.pk, "")) for rule in rules]


def _settings(guild_id: int) -> list[tuple[Section, list[Shown], str]]:
    odd = why_nobody_is_told(GuildSettings.objects.get(guild_id=guild_id))
    return [
        (section_called(name), show_section(guild_id=guild_id, name=name), odd.get(name, ""))
        for name in SHOWN
    ]


def _waiting() -> list[tuple[RoleReturn, str]]:
    rows = RoleReturn.objects.waiting().select_related("role", "member__user")
    return [(row, _name(row)) for row in rows.order_by("asked_at", "pk")[:50]]


def _name(row: RoleReturn) -> str:
    return row.member.nickname or str(row.member.user)


desk_page(DeskPage(route="arrivals/", name="arrivals", needs=SEE, view=arrivals_page))
desk_page(
    DeskPage(route="arrivals/preview/", name="greeting_preview", needs=CONFIGURE, view=preview)
)
nav_item(
    NavItem(
        group="People", label="Welcome", url_name="arrivals", icon="joined", needs=SEE, order=120
    )
)
name_verbs(
    {
        "community.autorole.added": "gave newcomers a role",
        "community.autorole.removed": "gave newcomers a role no more",
        "community.rolereturn.approved": "gave back a role of staff",
        "community.rolereturn.refused": "refused to give back a role of staff",
    }
)
