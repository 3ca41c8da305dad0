"""Reminders at the desk: whose, when and where; what they say is between them and the bot."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from community.desk.actions import Asked, Deed
from community.desk.base import DeskAdmin, bdi, noted, pill
from community.desk.current_guild import may, staff_of
from community.desk.filters import DateRangeFilter
from community.desk.outside import people_like, whom
from community.desk.people import moment, name_of
from community.desk.registry import NavItem, nav_item
from community.desk.verbs import name_verbs
from community.models import Channel, Grant, Member, Reminder
from community.repeats import say_repeat
from community.services.reminders import call_off_reminder

CONFIGURE = Grant.Capability.CONFIGURE
SHOWN = ("person", "says", "place", "next_time", "again", "made", "status")
TONES = {"open": "ok", "said": "mute", "deleted": "mute", "failed": "bad"}


class Reminders(ChangeList):
    """A list that calls people and channels by their names."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = _with_names(list(self.result_list))


def call_off(request: HttpRequest, row: Any, _: Asked) -> str:
    """Delete somebody's reminder."""
    call_off_reminder(reminder=row, by=staff_of(request))
    return "It is deleted, and will not be said."


@admin.register(Reminder)
class ReminderAdmin(DeskAdmin):
    list_display = ["person", "says", "place", "next_time", "status"]
    list_display_links = ["says"]
    list_filter = ["state", ("due_at", DateRangeFilter)]
    fields = SHOWN
    readonly_fields = SHOWN
    search_fields = ["user_id"]
    search_help_text = "The beginning of a name, or a Discord id"
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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Reminders

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the reminders of those whose names begin so."""
        term = search_term.replace("\0", "").strip()
        return (queryset.filter(user_id__in=people_like(term)) if term else queryset), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return a reminder with the names of whose and where it is."""
        row = super().get_object(request, object_id, from_field)
        return _with_names([row])[0] if row else None

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Call each by whose it is."""
        rows = _with_names(super().targets(request, of))
        for row in rows:
            row.shown = name_of(row.member) if row.member else str(row.user_id)
        return rows

    @admin.display(description="Person")
    def person(self, reminder: Any) -> str:
        return whom(reminder)

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


def _with_names(rows: list[Any]) -> list[Any]:
    people = Member.objects.filter(user_id__in=[row.user_id for row in rows])
    members = {member.user_id: member for member in people.select_related("user")}
    places = [row.channel_id for row in rows if row.channel_id]
    names = dict(Channel.objects.filter(pk__in=places).values_list("pk", "name"))
    for row in rows:
        row.member = members.get(row.user_id)
        row.channel_name = names.get(row.channel_id, "deleted")
    return rows


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
