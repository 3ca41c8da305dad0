"""The door to the people of a server: their list, and what may be done for one of them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from community.desk.actions import Deed
from community.desk.base import DeskAdmin, pill
from community.desk.filters import AutocompleteFilter, DateRangeFilter
from community.desk.people import moment, name_of, person_cell, role_pills, standings_of
from community.desk.registry import PersonDeed, person_deed
from community.models import Member, MemberRole


class StandingFilter(admin.SimpleListFilter):
    """Keeps those who stand in a certain way."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("here", "Here"),
            ("left", "Left"),
            ("pending", "Has not accepted the rules"),
            ("boosting", "Boosting"),
            ("timed_out", "Timed out"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> QuerySet[Member]:
        kept: dict[str, dict[str, Any]] = {
            "here": {"left_at": None},
            "left": {"left_at__isnull": False},
            "pending": {"left_at": None, "pending": True},
            "boosting": {"left_at": None, "premium_since__isnull": False},
            "timed_out": {"timed_out_until__gt": timezone.now()},
        }
        return queryset.filter(**kept.get(self.value() or "", {}))


class HeldRoleFilter(AutocompleteFilter):
    """Keeps those who hold a role now."""

    def pointing_at(self, queryset: QuerySet[Any], keys: list[Any]) -> QuerySet[Any]:
        """Keep the members who hold one of these roles."""
        held = MemberRole.objects.standing().filter(role_id__in=keys)
        return queryset.filter(pk__in=held.values("member_id"))


class People(ChangeList):
    """A list whose rows lead to the person page."""

    def url_for_result(self, result: Any) -> str:
        return reverse("admin:person", args=[result.pk])


@admin.register(Member)
class MemberAdmin(DeskAdmin):
    list_display = ["person", "standing", "roles_held", "joined", "left"]
    list_select_related = ["user"]
    list_filter = [
        StandingFilter,
        ("roles__role", HeldRoleFilter),
        ("joined_at", DateRangeFilter),
        ("left_at", DateRangeFilter),
    ]
    search_fields = ["nickname", "user__username", "user__global_name"]
    search_help_text = "The beginning of a name, or a Discord id"
    search_ids = ["user_id"]
    ordering = ["-joined_at"]
    deeds: list[Deed] = []
    empty_words = "Nobody is like this here."

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the buttons to the person page."""
        return self.list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        standing = MemberRole.objects.standing().select_related("role")
        held = standing.exclude(role_id=F("guild_id")).order_by("-role__position", "role_id")
        return super().get_queryset(request).prefetch_related(Prefetch("roles", held, "held"))

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Return the members a deed is about, by the names they are known under."""
        found: list[Any] = super().targets(request, of)
        for member in found:
            member.shown = name_of(member)
        return found

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return People

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """Lead to the page where somebody is shown whole."""
        member = self.get_object(request, object_id)
        if member is None or request.method == "POST":
            return super().change_view(request, object_id)
        return redirect("admin:person", member.pk)

    @admin.display(description="Person", ordering="nickname")
    def person(self, member: Member) -> str:
        return person_cell(member)

    @admin.display(description="Standing")
    def standing(self, member: Member) -> str:
        words, tone = standings_of(member)[0]
        return pill(words, tone)

    @admin.display(description="Roles")
    def roles_held(self, member: Any) -> str:
        return role_pills(each.role for each in member.held) or "—"

    @admin.display(description="Joined", ordering="joined_at")
    def joined(self, member: Member) -> str:
        return moment(member.joined_at)

    @admin.display(description="Left", ordering="left_at")
    def left(self, member: Member) -> str:
        return moment(member.left_at)


def offer_for_person(deed: Deed, *, order: int) -> None:
    """Hang a deed of any app at the person page; those for many at the list, too."""
    MemberAdmin.deeds.append(deed)
    button = PersonDeed(
        label=deed.label,
        needs=deed.needs,
        url=lambda member: _page_of(deed, member),
        is_danger=deed.is_danger,
        is_offered=deed.is_offered,
        order=order,
    )
    person_deed(button)


def _page_of(deed: Deed, member: Member) -> str:
    name = f"admin:community_member_{deed.name}"
    return f"{reverse(name, args=[member.pk])}?next={reverse('admin:person', args=[member.pk])}"
