"""What moderation hangs at the person page: facts, tabs, and events of the timeline."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from community.admin.timeline import latest
from community.desk.outside import delivery_of, is_moving
from community.desk.people import in_words
from community.desk.registry import (
    Moment,
    PersonFact,
    PersonTab,
    TimelineRow,
    TimelineSource,
    person_fact,
    person_tab,
    timeline_source,
)
from community.models import Grant, Member, StandingOrder
from moderation.admin.deeds import held_by, held_by_hand
from moderation.admin.showing import decided_by, look_up_cases, state_of
from moderation.models import Case, Punishment
from moderation.services.ladder import standing_of
from moderation.services.lookups import next_in_words
from moderation.services.punishments import order_of

SEE, MODERATE = Grant.Capability.SEE, Grant.Capability.MODERATE
SHOWN_AT_ONCE = 100


def cases_of(member: Member) -> QuerySet[Case]:
    """Return the cases about a member."""
    rows = Case.objects.of(member.guild_id).about(member.user_id).select_related("staff")
    return rows.prefetch_related("punishments", "warnings")


def noted(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return the cases about somebody as events; notes are for moderators, in their own tab."""
    public = cases_of(member).exclude(kind=Case.Kind.NOTE)
    found = look_up_cases(list(latest(public, "created_at", before, most)))
    return [_row_of(case) for case in found]


def _row_of(case: Any) -> TimelineRow:
    words = f"{case}: {case.reason}" if case.reason else str(case)
    url = reverse("admin:moderation_case_change", args=[case.pk])
    told = {"icon": "gavel", "words": words, "url": url, "actor": decided_by(case)}
    return TimelineRow(at=case.created_at, number=case.pk, **told)


def what_holds(member: Member) -> str:
    """Say what is kept true against somebody, and how far Discord has come with it."""
    ours = [f"{_held(each)} {_delivery(member, each)}" for each in held_by(member)]
    by_hand = [
        f"{case.get_kind_display()} given by hand (case #{case.number})."
        for kind, case in held_by_hand(member).items()
        if kind not in {each.kind for each in held_by(member)}
    ]
    return " ".join([*ours, *by_hand])


def _held(punishment: Punishment) -> str:
    end = f"until {in_words(punishment.ends_at)}" if punishment.ends_at else "for ever"
    return f"{punishment.get_kind_display()} {end}."


def _delivery(member: Member, punishment: Punishment) -> str:
    carries = order_of(punishment), punishment.role_id or 0
    order = next((o for o in orders_for(member) if (o.kind, o.subject) == carries), None)
    return delivery_of(order, timezone.now()) if order else ""


def is_on_its_way(member: Member) -> bool:
    """Tell whether Discord is still to confirm something that was decided about somebody."""
    return any(map(is_moving, orders_for(member)))


def orders_for(member: Any) -> list[StandingOrder]:
    """Return what is kept true on Discord for who is punished; asked once for a page."""
    if not hasattr(member, "orders_now"):
        theirs = StandingOrder.objects.filter(guild_id=member.guild_id, user_id=member.user_id)
        member.orders_now = list(theirs.order_by("pk")) if held_by(member) else []
    found: list[StandingOrder] = member.orders_now
    return found


def points(member: Member) -> str:
    """Say how many points somebody has, and what is next on the ladder."""
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    standing = standing_of(**about, now=timezone.now())
    if not standing.points and standing.next_step is None:
        return ""
    return "; ".join(filter(None, [str(standing.points), next_in_words(standing)]))


def tab_of(*kinds: str) -> Callable[[HttpRequest, Member], dict[str, Any]]:
    """Return what a tab with cases of some kinds shows; of all, when none is named."""

    def context(_: HttpRequest, member: Member) -> dict[str, Any]:
        rows = cases_of(member).order_by("-id")
        rows = rows.filter(kind__in=kinds) if kinds else rows.exclude(kind=Case.Kind.NOTE)
        found = look_up_cases(list(rows[:SHOWN_AT_ONCE]))
        return {"lines": [(case, state_of(case), decided_by(case)) for case in found]}

    return context


timeline_source(TimelineSource(name="cases", label="Moderation", needs=SEE, rows=noted))
person_fact(
    PersonFact(label="Holds now", needs=SEE, words=what_holds, is_moving=is_on_its_way, order=10)
)
person_fact(PersonFact(label="Points", needs=SEE, words=points, order=20))
for order, (name, label, needs, kinds) in enumerate(
    (
        ("cases", "Cases", SEE, ()),
        ("warnings", "Warnings", SEE, ("warn",)),
        ("punishments", "Punishments", SEE, ("mute", "ban", "kick", "softban")),
        ("notes", "Notes", MODERATE, ("note",)),
    )
):
    person_tab(
        PersonTab(
            name=name,
            label=label,
            needs=needs,
            template="moderation/tab_cases.html",
            context=tab_of(*kinds),
            order=10 + order,
        )
    )
