"""The door to errands: what was to be done on Discord once, and what came of it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.html import format_html

from community.admin.outside import KindFilter, OutsideAdmin, done_to, event, retry_deed
from community.desk.actions import Asked, Deed
from community.desk.base import bdi, pill
from community.desk.current_guild import staff_of
from community.desk.filters import DateRangeFilter
from community.desk.outside import (
    asked_and_due,
    in_full,
    link_to,
    next_moment,
    said_in,
    standing_of_errand,
    state_and_trouble,
    what_went_wrong,
    whom,
)
from community.desk.people import moment
from community.desk.registry import TimelineRow
from community.kinds import ErrandKind, label_of
from community.models import Errand, Grant
from community.services.errands import give_up_errand, retry_errand
from community.services.problems import CLOSED, LATELY, STUCK_AFTER

OPEN = (Errand.State.WAITING, Errand.State.RUNNING)
SHOWN = (
    "status", "what", "person", "place", "says", "made", "due", "worth_until", "attempts",
    "trouble", "outcome",
)  # fmt: skip


def retry(request: HttpRequest, errand: Errand, _: Asked) -> str:
    """Have an errand tried again at once."""
    retry_errand(errand=errand, by=staff_of(request))
    return "It is tried again at once."


def give_up(request: HttpRequest, errand: Errand, _: Asked) -> str:
    """Leave an errand undone."""
    give_up_errand(errand=errand, by=staff_of(request))
    return "It is given up, and will not be done."


class ErrandKindFilter(KindFilter):
    """Keeps errands of one kind."""

    kinds = ErrandKind


class ErrandTroubleFilter(admin.SimpleListFilter):
    """Keeps errands in whose way something stands."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("stuck", "Tried again and again"),
            ("given_up", "Given up this week"),
            ("closed", "They take no messages"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "stuck":
            stuck: QuerySet[Any] = Errand.objects.filter(attempts__gte=STUCK_AFTER).open()
            return queryset.filter(pk__in=stuck.exclude(last_error="").values("pk"))
        if self.value() == "given_up":
            return queryset.filter(state="dead", ended_at__gt=Now() - LATELY)
        is_closed = {"state": "dead", "last_error__startswith": CLOSED}
        return queryset.filter(**is_closed) if self.value() == "closed" else queryset


@admin.register(Errand)
class ErrandAdmin(OutsideAdmin):
    list_display = ["what", "person", "place", "status_", "asked"]
    list_filter = ["state", ErrandKindFilter, ErrandTroubleFilter, ("made_at", DateRangeFilter)]
    ordering = ["-made_at"]
    empty_words = "Nothing was to be done on Discord."
    fields = SHOWN
    readonly_fields = SHOWN
    deeds = [
        retry_deed("errand", retry),
        Deed(
            name="give_up",
            label="Give up",
            explains="It will not be done. What was done already stays.",
            needs=Grant.Capability.MODERATE,
            do=give_up,
            is_for_many=True,
            is_danger=True,
            is_offered=lambda errand: errand.state == Errand.State.WAITING,
        ),
    ]

    @admin.display(description="What", ordering="kind")
    def what(self, errand: Errand) -> str:
        return bdi(label_of(errand.kind))

    @admin.display(description="Who")
    def person(self, errand: Any) -> str:
        return whom(errand)

    @admin.display(description="Where")
    def place(self, errand: Any) -> str:
        return bdi(errand.place) if errand.place else "—"

    @admin.display(description="State", ordering="state")
    def status(self, errand: Errand) -> str:
        return pill(*standing_of_errand(errand))

    @admin.display(description="State", ordering="state")
    def status_(self, errand: Errand) -> str:
        return state_and_trouble(standing_of_errand(errand), errand)

    @admin.display(description="Asked for", ordering="made_at")
    def asked(self, errand: Errand) -> str:
        return asked_and_due(errand)

    @admin.display(description="Says")
    def says(self, errand: Errand) -> str:
        return in_full(said_in(errand))

    @admin.display(description="Asked for", ordering="made_at")
    def made(self, errand: Errand) -> str:
        return moment(errand.made_at)

    @admin.display(description="Due", ordering="due_at")
    def due(self, errand: Errand) -> str:
        return next_moment(errand.due_at) if errand.state in OPEN else "—"

    @admin.display(description="Worth doing until")
    def worth_until(self, errand: Errand) -> str:
        return moment(errand.valid_until, empty="For good")

    @admin.display(description="What went wrong last")
    def trouble(self, errand: Errand) -> str:
        return what_went_wrong(errand)

    @admin.display(description="What came of it")
    def outcome(self, errand: Errand) -> str:
        url = link_to(errand)
        link = '<a href="{}" rel="noreferrer">See it on Discord</a>'
        return format_html(link, url) if url else "—"

    def story_of(self, errand: Any) -> list[TimelineRow]:
        """Return when it was asked for, tried and ended."""
        how = " ".join(filter(None, [f"{standing_of_errand(errand)[0]}.", errand.last_error]))
        asked = "Discord was asked, and nobody knows yet whether it was done"
        return [
            *event(errand, errand.made_at, "errand", "Asked for"),
            *event(errand, errand.ended_at is None and errand.called_at, "errand", asked),
            *event(errand, errand.ended_at, "errand", how),
            *done_to(errand, "errand"),
        ]
