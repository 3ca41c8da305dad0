"""Leave at the desk: who is away, entered and ended for others, and shown at the person."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from activity.models import AfkLeave
from activity.services.leaves import LONGEST_REASON, current_leave, end_leave, enter_leave
from activity.services.own import end_of_leave
from community.admin.members import offer_for_person
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import bdi, noted, pill
from community.desk.current_guild import staff_of
from community.desk.filters import DateRangeFilter
from community.desk.of_people import OfPeopleAdmin
from community.desk.people import in_words, moment
from community.desk.registry import NavItem, PersonFact, nav_item, person_fact
from community.desk.verbs import name_verbs
from community.models import Grant, Member

SEE, MODERATE = Grant.Capability.SEE, Grant.Capability.MODERATE
KEEPS = "Their activity roles stay theirs meanwhile, whatever their hours."


class LeaveForm(DeedForm):
    """Asks until when somebody is away."""

    until = forms.CharField(max_length=50, help_text="Like 2w, or “until 2026-12-24”.")
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)


class NowFilter(admin.SimpleListFilter):
    """Keeps who is away now, or those who are back."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "Away now"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("now", "over"):
            return queryset
        now = AfkLeave.objects.current(timezone.now()).values("pk")
        is_now = self.value() == "now"
        return queryset.filter(pk__in=now) if is_now else queryset.exclude(pk__in=now)


def enter(request: HttpRequest, member: Member, asked: Asked) -> str:
    """Note that somebody will be away."""
    now = timezone.now()
    end = end_of_leave(guild_id=member.guild_id, text=asked["until"], now=now)
    told: Any = {"until": end, "now": now, "reason": asked["reason"]}
    enter_leave(member=member, by=staff_of(request), **told)
    return f"On leave until {in_words(end)}."


def end(request: HttpRequest, row: Any, _: Asked) -> str:
    """Note that somebody is back."""
    about: Any = {"guild_id": row.guild_id, "user_id": row.user_id}
    end_leave(**about, now=timezone.now(), by=staff_of(request))
    return "The leave is ended. Their hours count as usual."


def leave_of(member: Any) -> AfkLeave | None:
    """Return the leave somebody is on now; asked once for a page."""
    if not hasattr(member, "leave_now"):
        about = {"guild_id": member.guild_id, "user_id": member.user_id}
        member.leave_now = current_leave(**about, now=timezone.now())
    leave: AfkLeave | None = member.leave_now
    return leave


def is_away(member: Member) -> bool:
    """Tell whether somebody is on leave now."""
    return leave_of(member) is not None


def away_in_words(member: Member) -> str:
    """Say until when somebody is away, and why."""
    leave = leave_of(member)
    if leave is None:
        return ""
    why = f": {leave.reason}" if leave.reason else ""
    return f"until {in_words(leave.ends_at)}{why}"


ENTER = Deed(
    name="leave",
    label="Leave",
    explains=f"Note that this person will be away. {KEEPS}",
    needs=MODERATE,
    do=enter,
    form=LeaveForm,
    is_offered=lambda member: member.left_at is None and not is_away(member),
)
END = Deed(
    name="back",
    label="End leave",
    explains="Note that this person is back before the end that was named.",
    needs=MODERATE,
    do=end,
    is_offered=is_away,
)


@admin.register(AfkLeave)
class AfkLeaveAdmin(OfPeopleAdmin):
    list_display = ["person", "why", "since", "until"]
    list_display_links = None
    list_filter = [NowFilter, ("ends_at", DateRangeFilter)]
    fields = ["person", "why", "since", "until"]
    readonly_fields = ["person", "why", "since", "until"]
    ordering = ["-ends_at"]
    empty_words = "Nobody has said that they would be away."
    deeds = [
        Deed(
            name="end",
            label="End",
            explains="Note that they are back before the end that was named.",
            needs=MODERATE,
            do=end,
            is_offered=lambda leave: leave.ended_at is None and leave.ends_at > timezone.now(),
        )
    ]

    @admin.display(description="Reason")
    def why(self, leave: AfkLeave) -> str:
        return bdi(leave.reason) if leave.reason else "—"

    @admin.display(description="Since", ordering="starts_at")
    def since(self, leave: AfkLeave) -> str:
        told = moment(leave.starts_at)
        return noted(told, "Entered by a moderator") if leave.given_by_id else told

    @admin.display(description="Until", ordering="ends_at")
    def until(self, leave: AfkLeave) -> str:
        if leave.ended_at is not None:
            return noted(moment(leave.ends_at), f"Back {in_words(leave.ended_at)}")
        is_over = leave.ends_at <= timezone.now()
        return noted(moment(leave.ends_at), pill("Over") if is_over else pill("Away now", "warn"))


offer_for_person(ENTER, order=300)
offer_for_person(END, order=300)
person_fact(PersonFact(label="On leave", needs=SEE, words=away_in_words, order=60))
nav_item(
    NavItem(
        group="Activity",
        label="Leave",
        url_name="activity_afkleave_changelist",
        icon="moon",
        needs=SEE,
        order=280,
    )
)
name_verbs({"activity.leave.entered": "entered leave", "activity.leave.ended": "ended leave"})
