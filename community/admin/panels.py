"""The page of the panels on which people choose roles, and how they are made."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, may, staff_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.settings import TEXT_KINDS
from community.desk.verbs import name_verbs
from community.models import Channel, Errand, Grant, Role, RoleChoice, RolePanel
from community.services.panels import (
    PANEL,
    POSTED,
    add_panel,
    change_panel,
    post_again,
    put_choice,
    remove_choice,
    remove_panel,
    why_not_chosen,
)

SEE, CONFIGURE = Grant.Capability.SEE, Grant.Capability.CONFIGURE


class PanelForm(DeedForm):
    """Asks what a panel says, where it stands and how people choose on it."""

    title = forms.CharField(max_length=100, help_text="Stands above it, and names it here.")
    text = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    channel = forms.ModelChoiceField(Channel._base_manager.none(), empty_label=None)
    style = forms.ChoiceField(choices=RolePanel.Style, label="How they choose")
    is_unique = forms.BooleanField(
        required=False,
        label="One at a time",
        help_text="Choosing one gives back the others on it.",
    )
    required_role = forms.ModelChoiceField(
        Role._base_manager.none(),
        required=False,
        empty_label="Everybody",
        label="Who may choose",
        help_text="Only who has this role may choose on it.",
    )
    is_enabled = forms.BooleanField(
        required=False, initial=True, label="Open", help_text="People may choose on it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel: Any = self.fields["channel"]
        channels = Channel.objects.standing().filter(kind__in=TEXT_KINDS)
        channel.queryset = channels.order_by("position", "pk")
        role: Any = self.fields["required_role"]
        role.queryset = _roles()
        for panel in self.targets[:1]:
            self.initial = {name: getattr(panel, name) for name in PANEL}


class SaidForm(DeedForm):
    """Asks what stands on a role of a panel."""

    label = forms.CharField(required=False, max_length=80, help_text="Empty: the name of the role.")
    emoji = forms.CharField(
        required=False, max_length=64, help_text="One emoji, or a server's own: <:name:id>."
    )
    description = forms.CharField(required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for choice in self.targets[:1]:
            if isinstance(choice, RoleChoice):
                told = ("label", "emoji", "description")
                self.initial = {name: getattr(choice, name) for name in told}


class ChoiceForm(SaidForm):
    """Asks which role comes onto a panel, and what stands on it."""

    field_order = ["role"]
    role = forms.ModelChoiceField(Role._base_manager.none(), empty_label="Choose a role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = _roles()


def _roles() -> Any:
    return Role.objects.standing().filter(managed=False).order_by("-position", "pk")


def add(request: HttpRequest, _: None, asked: Asked) -> str:
    """Make a panel."""
    panel = add_panel(guild_id=guild_of(request).pk, by=staff_of(request), **asked)
    return f"{panel} is made. It is posted as soon as there is a role on it."


def change(request: HttpRequest, panel: RolePanel, asked: Asked) -> str:
    """Change a panel."""
    change_panel(panel=panel, by=staff_of(request), **asked)
    return f"{panel} is changed, and so it will be on Discord."


def remove(request: HttpRequest, panel: RolePanel, _: Asked) -> str:
    """Take a panel away."""
    title = str(panel)
    remove_panel(panel=panel, by=staff_of(request))
    return f"{title} is taken away; whoever has roles from it keeps them."


def post(request: HttpRequest, panel: RolePanel, _: Asked) -> str:
    """Have a panel posted anew."""
    post_again(panel=panel, by=staff_of(request))
    return f"{panel} is looked for: where it still stands it is renewed, else it is posted anew."


def put(request: HttpRequest, panel: RolePanel, asked: Asked) -> str:
    """Put a role on a panel."""
    put_choice(panel=panel, by=staff_of(request), **asked)
    return f"{asked['role']} can be chosen on {panel}."


def say(request: HttpRequest, choice: RoleChoice, asked: Asked) -> str:
    """Say a role on a panel differently."""
    put_choice(panel=choice.panel, by=staff_of(request), role=choice.role, **asked)
    return f"It is changed, and so it will be on {choice.panel}."


def drop(request: HttpRequest, choice: RoleChoice, _: Asked) -> str:
    """Take a role off a panel."""
    remove_choice(choice=choice, by=staff_of(request))
    return "It can be chosen no more; whoever has it keeps it."


def deed(name: str, label: str, explains: str, do: Any, **more: Any) -> Deed:
    """Return a deed that changes what people may choose."""
    return Deed(name=name, label=label, explains=explains, needs=CONFIGURE, do=do, **more)


class OnThePage(DeskAdmin):
    """Shows no list of its own: all stands on one page."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:panels")


@admin.register(RolePanel)
class RolePanelAdmin(OnThePage):
    deeds = [
        deed(
            "add",
            "Make a panel",
            "A message on which people choose roles for themselves.",
            add,
            form=PanelForm,
            has_target=False,
        ),
        deed(
            "edit",
            "Change",
            "The message on Discord changes with it; in another channel it is posted anew.",
            change,
            form=PanelForm,
        ),
        deed("put", "Add a role", "People may choose it from then on.", put, form=ChoiceForm),
        deed("post", "Post again", "Where somebody deleted it, it is posted anew.", post),
        deed(
            "remove",
            "Remove",
            "The message is taken back. Whoever has roles from it keeps them.",
            remove,
            is_danger=True,
        ),
    ]


@admin.register(RoleChoice)
class RoleChoiceAdmin(OnThePage):
    deeds = [
        deed("edit", "Change", "The message on Discord changes with it.", say, form=SaidForm),
        deed(
            "remove",
            "Remove",
            "It can be chosen no more. Whoever has it keeps it.",
            drop,
            is_danger=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role", "panel")

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Call each by its role and its panel."""
        found: list[Any] = super().targets(request, of)
        for choice in found:
            choice.shown = f"{choice.role} on {choice.panel}"
        return found


def panels_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the panels, where they stand, and what can be chosen on each."""
    panels = RolePanel.objects.select_related("channel", "required_role").order_by("title", "pk")
    choices = list(RoleChoice.objects.select_related("role").order_by("position", "pk"))
    odd, trouble = why_not_chosen(*choices), _trouble(guild_of(request).pk)
    lines = [
        (each, _choices_of(each, choices, odd), trouble.get(f"panel:{each.pk}", ""))
        for each in panels
    ]
    told = {"title": "Roles to choose", "panels": lines, "may_change": may(request, CONFIGURE)}
    return TemplateResponse(request, "desk/panels.html", {**context, **told})


def _choices_of(
    panel: RolePanel, choices: list[RoleChoice], odd: dict[int, str]
) -> list[tuple[RoleChoice, str]]:
    return [(each, odd.get(each.pk, "")) for each in choices if each.panel_id == panel.pk]


def _trouble(guild_id: int) -> dict[str, str]:
    """Return what went wrong when panels were posted last."""
    errands = Errand.objects.of(guild_id).filter(kind=POSTED).exclude(last_error="")
    return dict(errands.values_list("dedupe_key", "last_error"))


desk_page(DeskPage(route="panels/", name="panels", needs=SEE, view=panels_page))
nav_item(
    NavItem(
        group="People",
        label="Roles to choose",
        url_name="panels",
        icon="role",
        needs=SEE,
        order=130,
    )
)
name_verbs(
    {
        "community.panel.added": "made a panel of roles",
        "community.panel.changed": "changed a panel of roles",
        "community.panel.posted": "had a panel of roles posted again",
        "community.panel.removed": "removed a panel of roles",
        "community.choice.put": "put a role on a panel",
        "community.choice.removed": "took a role off a panel",
    }
)
