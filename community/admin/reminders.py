"""Reminders at the desk: whose, when and where; what they say is between them and the bot."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from community.desk.actions import Asked, Deed
from community.desk.base import bdi, noted, pill
from community.desk.current_guild import may, staff_of
from community.desk.filters import DateRangeFilter
from community.desk.of_people import OfPeopleAdmin
from community.desk.people import moment
from community.desk.registry import NavItem, nav_item
from community.desk.verbs import name_verbs
from community.models import Channel, Grant, Reminder
from community.repeats import say_repeat
from community.services.reminders import call_off_reminder

CONFIGURE = Grant.Capability.CONFIGURE
SHOWN = ("person", "says", "place", "next_time", "again", "made", "status")
TONES = {"open": "ok", "said": "mute", "deleted": "mute", "failed": "bad"}


def call_off(request: HttpRequest, row: Any, _: Asked) -> str:
    """Delete somebody's reminder."""
    call_off_reminder(reminder=row, by=staff_of(request))
    return "It is deleted, and will not be said."


@admin.register(Reminder)
class ReminderAdmin(OfPeopleAdmin):
    list_display = ["person", "says", "place", "next_time", "status"]
    list_display_links = ["says"]
    list_filter = ["state", ("due_at", DateRangeFilter)]
    fields = SHOWN
    readonly_fields = SHOWN
    ordering = ["due_at", "-pk"]
    empty_words = "Nobody wants to be reminded of anything."
    deeds = [
        Deed(
            name="call_off",
            label="Delete",
            explains="It will not be said, neither now nor again. They are not told.",
            needs=CONFIGURE,
            do=call_off,
            is_for_many=True,
            is_danger=True,
            is_offered=lambda reminder: reminder.state == Reminder.State.OPEN,
        )
    ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look who may change how the server works."""
        return may(request, CONFIGURE)

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each reminder whose and where it is."""
        places = [row.channel_id for row in rows if row.channel_id]
        names = dict(Channel.objects.filter(pk__in=places).values_list("pk", "name"))
        for row in rows:
            row.channel_name = names.get(row.channel_id, "deleted")
        return super().name_rows(request, rows)

    @admin.display(description="Says")
    def says(self, reminder: Reminder) -> str:
        if reminder.channel_id is None:
            return format_html('<span class="dk-muted">{}</span>', "Between them and the bot")
        return bdi(reminder.message)

    @admin.display(description="Where")
    def place(self, reminder: Any) -> str:
        return bdi(f"#{reminder.channel_name}") if reminder.channel_id else "By direct message"

    @admin.display(description="Next", ordering="due_at")
    def next_time(self, reminder: Reminder) -> str:
        again = say_repeat(reminder.repeat) if reminder.repeat else ""
        told = moment(reminder.due_at, empty="—")
        return noted(told, again.capitalize()) if again else told

    @admin.display(description="Comes again")
    def again(self, reminder: Reminder) -> str:
        return say_repeat(reminder.repeat) if reminder.repeat else "—"

    @admin.display(description="Asked for", ordering="made_at")
    def made(self, reminder: Reminder) -> str:
        return moment(reminder.made_at)

    @admin.display(description="State", ordering="state")
    def status(self, reminder: Reminder) -> str:
        told = pill(reminder.get_state_display(), TONES[reminder.state])
        return noted(told, reminder.last_error) if reminder.last_error else told


nav_item(
    NavItem(
        group="Server",
        label="Reminders",
        url_name="community_reminder_changelist",
        icon="job",
        needs=CONFIGURE,
        order=120,
    )
)
name_verbs({"community.reminder.called_off": "deleted a reminder"})
