"""The door to grants: who may do what in a server, given and taken back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import DeskAdmin, bdi, pill
from community.desk.current_guild import guild_of, staff_of
from community.desk.people import moment
from community.errors import HouseError
from community.models import Grant, Role, Staff
from community.services.grants import give_grant, take_back_grant

WHEN = "%Y-%m-%dT%H:%M"
TO_ONE = "Name either a staff account or a role."


class GiveForm(DeedForm):
    """Asks who is granted what, and until when."""

    username = forms.CharField(
        required=False,
        max_length=150,
        label="Staff account",
        help_text="The name it signs in with.",
    )
    role = forms.ModelChoiceField(
        Role._base_manager.none(), required=False, help_text="Or whoever holds this Discord role."
    )
    capabilities = forms.MultipleChoiceField(
        choices=Grant.Capability, widget=forms.CheckboxSelectMultiple, label="What they may do"
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Until",
        help_text="Empty: until somebody takes it back.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN),
        input_formats=[WHEN],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = Role.objects.standing().order_by("-position", "pk")

    def clean(self) -> dict[str, Any]:
        """Turn the name into the account it belongs to."""
        asked = self.cleaned_data
        if bool(asked.get("username")) == bool(asked.get("role")):
            raise forms.ValidationError(TO_ONE)
        if (end := asked.get("expires_at")) and end <= timezone.now():
            self.add_error("expires_at", "This is over already.")
        return asked


class ReasonForm(DeedForm):
    """Asks why."""

    reason = forms.CharField(max_length=200, help_text="Stands in the audit log.")


def give(request: HttpRequest, _: None, asked: Asked) -> str:
    """Grant what the form says."""
    to = asked["role"] or Staff.objects.filter(username__iexact=asked["username"]).first()
    if to is None:
        raise HouseError(f"Nobody called {asked['username']} works here.")
    told = {"capabilities": asked["capabilities"], "expires_at": asked["expires_at"]}
    give_grant(guild_id=guild_of(request).pk, by=staff_of(request), to=to, **told)
    return f"{to} may now do this here."


def take_back(request: HttpRequest, grant: Grant, asked: Asked) -> str:
    """End a grant."""
    if not take_back_grant(grant=grant, by=staff_of(request), reason=asked["reason"]):
        raise HouseError("This was taken back already.")
    return f"{grant.staff or grant.role} may no longer do this here."


class EndedFilter(admin.SimpleListFilter):
    """Keeps the grants that stand, or those that are over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("standing", "Standing"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Grant]) -> QuerySet[Grant]:
        standing = Grant.objects.standing().values("pk")
        if self.value() == "over":
            return queryset.exclude(pk__in=standing)
        return queryset.filter(pk__in=standing) if self.value() == "standing" else queryset


@admin.register(Grant)
class GrantAdmin(DeskAdmin):
    list_display = ["holder", "may", "until", "giver", "given", "state"]
    list_select_related = ["staff", "role", "given_by"]
    list_filter = [EndedFilter]
    search_fields = ["staff__username", "role__name"]
    search_help_text = "The beginning of a name"
    ordering = ["-given_at"]
    empty_words = "Nobody was granted anything like this."
    deeds = [
        Deed(
            name="give",
            label="Give a grant",
            explains="What somebody was granted here before is taken back and replaced by this. "
            "Nobody gives more, or for longer, than they hold.",
            needs=Grant.Capability.STAFF,
            do=give,
            form=GiveForm,
            has_target=False,
        ),
        Deed(
            name="take_back",
            label="Take back",
            explains="Access ends with the next page they open.",
            needs=Grant.Capability.STAFF,
            do=take_back,
            form=ReasonForm,
            is_for_many=True,
            is_danger=True,
            is_offered=lambda grant: grant.ended_at is None,
        ),
    ]

    @admin.display(description="Who")
    def holder(self, grant: Grant) -> str:
        return bdi(grant.staff or grant.role)

    @admin.display(description="May")
    def may(self, grant: Grant) -> str:
        labels = dict(Grant.Capability.choices)
        return ", ".join(str(labels.get(each, each)) for each in grant.capabilities)

    @admin.display(description="Until", ordering="expires_at")
    def until(self, grant: Grant) -> str:
        return moment(grant.expires_at, empty="No end")

    @admin.display(description="Given by")
    def giver(self, grant: Grant) -> str:
        return bdi(grant.given_by or "Guildhall")

    @admin.display(description="Given", ordering="given_at")
    def given(self, grant: Grant) -> str:
        return moment(grant.given_at)

    @admin.display(description="State")
    def state(self, grant: Grant) -> str:
        if grant.ended_at:
            return format_html("{} {}", pill("Taken back"), moment(grant.ended_at))
        is_over = grant.expires_at is not None and grant.expires_at <= timezone.now()
        return pill("Run out") if is_over else pill("Standing", "ok")
