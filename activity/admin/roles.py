"""The page of the activity roles: what each takes, who has it, and how it is changed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from activity.admin.compliance import EXPORT, compliance_page
from activity.models import ActivityRole
from activity.services.roles import (
    add_activity_role,
    change_activity_role,
    remove_activity_role,
    why_not_by_merit,
)
from activity.services.settings import settings_of
from activity.words import extras_of, takes_of
from community.desk.actions import Asked, Deed, DeedForm, SpanField
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, may, staff_of
from community.desk.registry import NavItem, nav_item
from community.desk.verbs import name_verbs
from community.models import Grant, Role

SEE, CONFIGURE = Grant.Capability.SEE, Grant.Capability.CONFIGURE
NEXT_LOOK = "It counts from the next look on, which is within a quarter of an hour."
OWNER = "I own this server: active people may have the staff permissions of this role"


class MeritForm(DeedForm):
    """Asks what a role takes, and shows the rule it is about as it stands."""

    min_hours = forms.DecimalField(
        label="Hours in voice",
        min_value=0.01,
        max_digits=7,
        decimal_places=2,
        help_text="Who has so many is given it; who falls below nine tenths loses it.",
    )
    window = forms.ChoiceField(choices=ActivityRole.Window, label="Counted over")
    lasts = SpanField(
        required=False,
        label="Lasts",
        help_text="Like 30d: it ends then, unless it is earned anew. Empty: no end.",
    )
    group = forms.CharField(
        required=False,
        max_length=50,
        help_text="Of the roles of one group only one is held. Empty: it stands alone.",
    )
    priority = forms.IntegerField(
        min_value=0,
        max_value=32767,
        initial=0,
        label="Place in its group",
        help_text="Of those that somebody has earned, the highest number is held.",
    )
    exempt_role_ids = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        label="Exempt roles",
        help_text="Who holds one of these loses nothing, whatever their hours.",
    )
    is_enabled = forms.BooleanField(required=False, initial=True, label="Given and taken")
    owner_agrees = forms.BooleanField(required=False, label=OWNER)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roles = Role.objects.standing().order_by("-position", "pk")
        offered = [(each.pk, str(each)) for each in self.roles if each.pk != each.guild_id]
        self.fields["exempt_role_ids"].choices = offered  # type: ignore[attr-defined]
        for rule in self.targets[:1]:
            told = [name for name in self.fields if name != "owner_agrees"]
            self.initial = {name: getattr(rule, name) for name in told}


class AddForm(MeritForm):
    """Asks which role, and what it takes."""

    field_order = ["role"]
    role = forms.ModelChoiceField(Role._base_manager.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = self.roles.filter(managed=False)


class RemoveForm(DeedForm):
    """Asks what becomes of those who have it."""

    is_left = forms.BooleanField(required=False, label="Leave it to those who have it")


def add(request: HttpRequest, _: None, asked: Asked) -> str:
    """Have a role given to who is active enough."""
    rule = add_activity_role(guild_id=guild_of(request).pk, by=staff_of(request), **asked)
    return f"Who has {takes_of(rule)}, is given {rule.role}."


def change(request: HttpRequest, rule: ActivityRole, asked: Asked) -> str:
    """Have a role take something else."""
    change_activity_role(rule=rule, by=staff_of(request), **asked)
    return f"{rule.role} takes {takes_of(rule)}."


def remove(request: HttpRequest, rule: ActivityRole, asked: Asked) -> str:
    """Have a role given no more."""
    many = remove_activity_role(rule=rule, by=staff_of(request), is_left=asked["is_left"])
    what = "keep it" if asked["is_left"] else "lose it"
    return f"{rule.role} is given for activity no more; {many} people {what}."


@admin.register(ActivityRole)
class ActivityRoleAdmin(DeskAdmin):
    """Shows all of them in words, and how everybody stands to each."""

    deeds = [
        Deed(
            name="add",
            label="Add a role",
            explains=f"Active people are given it by themselves. {NEXT_LOOK}",
            needs=CONFIGURE,
            do=add,
            form=AddForm,
            has_target=False,
        ),
        Deed(
            name="edit",
            label="Change",
            explains=NEXT_LOOK,
            needs=CONFIGURE,
            do=change,
            form=MeritForm,
        ),
        Deed(
            name="remove",
            label="Remove",
            explains="Nobody is given it for activity any more. Who has it by hand keeps it.",
            needs=CONFIGURE,
            do=remove,
            form=RemoveForm,
            is_danger=True,
        ),
        EXPORT,
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show what each role takes, and how many hold it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        guild_id = guild_of(request).pk
        told: dict[str, Any] = {"lines": _lines(_rules(guild_id)), "title": "Roles for activity"}
        told |= {"is_counted": settings_of(guild_id).voice_counted}
        told |= {"may_change": may(request, CONFIGURE), **self.admin_site.each_context(request)}
        return TemplateResponse(request, "activity/roles.html", told)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how everybody stands to a role."""
        rule = self.get_object(request, object_id)
        if rule is None or request.method == "POST":
            return super().change_view(request, object_id)
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        deeds = [each for each in self.deeds_of(request) if each.has_target]
        buttons = [(deed, self.deed_url(deed, rule)) for deed in deeds]
        return compliance_page(request, rule, {**context, "buttons": buttons})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role")

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Call each rule by its role."""
        found: list[Any] = super().targets(request, of)
        for rule in found:
            rule.shown = str(rule.role)
        return found


def _rules(guild_id: int) -> list[Any]:
    """Return the rules of a server, each with how many hold its role by merit."""
    held = Count("holdings", filter=Q(holdings__ended_at=None, holdings__guild_id=guild_id))
    rules = ActivityRole.objects.of(guild_id).select_related("role").annotate(many=held)
    return list(rules.order_by("group", "-priority", "-min_hours", "pk"))


def _lines(rules: list[Any]) -> list[tuple[Any, str, list[str], str]]:
    """Return each rule in words, with what stands against it."""
    against = why_not_by_merit(*rules)
    return [(rule, takes_of(rule), extras_of(rule), against.get(rule.pk, "")) for rule in rules]


nav_item(
    NavItem(
        group="Activity",
        label="Roles for activity",
        url_name="activity_activityrole_changelist",
        icon="role",
        needs=SEE,
        order=270,
    )
)
name_verbs(
    {
        f"activity.role.{verb}": f"{verb} a role for activity"
        for verb in ("added", "changed", "removed")
    }
)
