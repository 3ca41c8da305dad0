"""The keepers' door to the house: staff, jobs, signs of life."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html_join

from community.admin.grants import ReasonForm
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import HouseAdmin, bdi, noted, pill
from community.desk.current_guild import staff_of
from community.desk.figures import figures_in_words, in_brief
from community.desk.people import moment
from community.desk.registry import KEEPER, NavItem, nav_item
from community.models import Heartbeat, Staff
from community.services.heartbeats import QUIET_AFTER
from community.services.staff import end_sessions, hire_staff, switch_off_staff, switch_on_staff


class HireForm(DeedForm):
    """Asks for the name of a new account."""

    username = forms.CharField(
        max_length=150, validators=Staff._meta.get_field("username").validators
    )
    discord_id = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        label="Discord id",
        help_text="Who they are on Discord; grants to roles follow it.",
    )


def hire(request: HttpRequest, _: None, asked: Asked) -> HttpResponse:
    """Make an account, and show its password this once."""
    told = {"username": asked["username"], "discord_id": asked["discord_id"]}
    staff, password = hire_staff(by=staff_of(request), **told)
    context = {**admin.site.each_context(request), "staff": staff, "password": password}
    return TemplateResponse(request, "desk/hired.html", {**context, "title": "Hired"})


def switch_off(request: HttpRequest, staff: Staff, asked: Asked) -> str:
    """Close an account."""
    switch_off_staff(staff=staff, by=staff_of(request), reason=asked["reason"])
    return f"{staff} can no longer sign in."


def switch_on(request: HttpRequest, staff: Staff, asked: Asked) -> str:
    """Open an account again."""
    switch_on_staff(staff=staff, by=staff_of(request), reason=asked["reason"])
    return f"{staff} can sign in again."


def sign_out(request: HttpRequest, staff: Staff, _: Asked) -> str:
    """End everything somebody has open."""
    end_sessions(staff=staff, by=staff_of(request))
    return f"{staff} is signed out everywhere."


@admin.register(Staff)
class StaffAdmin(HouseAdmin):
    list_display = ["name", "kind", "state", "discord_id", "last_seen"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["username"]
    search_help_text = "The beginning of a name, or a Discord id"
    search_ids = ["discord_id"]
    ordering = ["username"]
    fields = ["username", "discord_id", "is_superuser", "is_active", "joined_at", "last_login"]
    empty_words = "Nobody like this works here."
    deeds = [
        Deed(
            name="hire",
            label="Hire",
            explains="A new account that may see nothing until somebody grants it a server. "
            "Its password is shown once.",
            needs=KEEPER,
            do=hire,
            form=HireForm,
            has_target=False,
        ),
        Deed(
            name="sign_out",
            label="End sessions",
            explains="Signed out everywhere; the account stays.",
            needs=KEEPER,
            do=sign_out,
            is_for_many=True,
            is_offered=lambda staff: staff.is_active,
        ),
        Deed(
            name="switch_off",
            label="Switch off",
            explains="Signed out everywhere, and cannot sign in again. What they did stays.",
            needs=KEEPER,
            do=switch_off,
            form=ReasonForm,
            is_danger=True,
            is_offered=lambda staff: staff.is_active,
        ),
        Deed(
            name="switch_on",
            label="Switch on again",
            explains="They sign in with the password and the grants they had.",
            needs=KEEPER,
            do=switch_on,
            form=ReasonForm,
            is_offered=lambda staff: not staff.is_active,
        ),
    ]

    @admin.display(description="Name", ordering="username")
    def name(self, staff: Staff) -> str:
        return bdi(staff.username)

    @admin.display(description="Work", ordering="is_superuser")
    def kind(self, staff: Staff) -> str:
        return pill("Keeper", "warn") if staff.is_superuser else "As granted"

    @admin.display(description="State", ordering="is_active")
    def state(self, staff: Staff) -> str:
        return pill("Active", "ok") if staff.is_active else pill("Switched off")

    @admin.display(description="Last signed in", ordering="last_login")
    def last_seen(self, staff: Staff) -> str:
        return moment(staff.last_login, empty="Never")


@admin.register(Heartbeat)
class HeartbeatAdmin(HouseAdmin):
    list_display = ["process", "state", "does", "seen", "started", "version"]
    ordering = ["process"]
    fields = ["process", "seen", "started", "version", "says"]
    readonly_fields = ["seen", "started", "says"]
    empty_words = "No process has given a sign of life."

    @admin.display(description="State")
    def state(self, heartbeat: Heartbeat) -> str:
        is_quiet = heartbeat.seen_at < timezone.now() - QUIET_AFTER
        return pill("Quiet", "bad") if is_quiet else pill("Alive", "ok")

    @admin.display(description="Last seen", ordering="seen_at")
    def seen(self, heartbeat: Heartbeat) -> str:
        return moment(heartbeat.seen_at)

    @admin.display(description="Started", ordering="started_at")
    def started(self, heartbeat: Heartbeat) -> str:
        return moment(heartbeat.started_at)

    @admin.display(description="What it does")
    def does(self, heartbeat: Heartbeat) -> str:
        does = heartbeat.figures.get("state") or "—"
        return noted(bdi(does), bdi(in_brief(heartbeat.figures)))

    @admin.display(description="Says of itself")
    def says(self, heartbeat: Heartbeat) -> str:
        told = figures_in_words(heartbeat.figures)
        return format_html_join("", "<div>{}: <bdi>{}</bdi></div>", told) or "—"


nav_item(
    NavItem(group="House", label="History", url_name="house_history", icon="audit", needs=KEEPER)
)
