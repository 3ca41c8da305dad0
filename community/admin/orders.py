"""The door to standing orders: what must be so on Discord, and how far that is confirmed."""

from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from community.admin.outside import KindFilter, OutsideAdmin, done_to, event, retry_deed
from community.desk.actions import Asked
from community.desk.base import bdi, pill
from community.desk.current_guild import staff_of
from community.desk.filters import DateRangeFilter
from community.desk.outside import (
    delivery_of,
    end_in_words,
    next_moment,
    standing_of_order,
    state_and_trouble,
    title_of,
    until_and_next,
    until_in_words,
    what_went_wrong,
    who_decided,
    whom,
)
from community.desk.people import moment
from community.desk.registry import TimelineRow
from community.kinds import OrderKind
from community.models import StandingOrder
from community.services.orders import retry_order
from community.services.problems import LATE_AFTER

SHOWN = (
    "state", "delivery", "person", "what", "until_", "reason", "since", "confirmed", "next",
    "attempts", "trouble",
)  # fmt: skip


def retry(request: HttpRequest, order: StandingOrder, _: Asked) -> str:
    """Have an order tried again at once."""
    retry_order(order=order, by=staff_of(request))
    return "It is tried again at once."


class OrderKindFilter(KindFilter):
    """Keeps orders of one kind."""

    kinds = OrderKind


class OrderStateFilter(admin.SimpleListFilter):
    """Keeps orders that have come so far."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", "Waiting for Discord"),
            ("confirmed", "Confirmed by Discord"),
            ("ended", "Ended"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kept = {
            "waiting": Q(applied_rev__lt=F("wanted_rev"), next_check_at__isnull=False),
            "confirmed": Q(applied_rev=F("wanted_rev"), wanted=True),
            "ended": Q(applied_rev=F("wanted_rev"), wanted=False),
        }
        return queryset.filter(kept.get(self.value() or "", Q()))


class OrderTroubleFilter(admin.SimpleListFilter):
    """Keeps orders in whose way something stands."""

    title = "trouble"
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        holds = [(hold.value, str(hold.label)) for hold in StandingOrder.Hold if hold.value]
        return [*holds, ("failing", "Failed at least once"), ("late", "Should have ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "failing":
            return queryset.filter(attempts__gt=0)
        if self.value() == "late":
            late = {"until__lt": Now() - LATE_AFTER, "next_check_at__lt": Now() - LATE_AFTER}
            return queryset.filter(wanted=True, hold="", **late)
        known = {name for name, _ in self.lookup_choices}
        return queryset.filter(hold=self.value()) if self.value() in known else queryset


@admin.register(StandingOrder)
class StandingOrderAdmin(OutsideAdmin):
    list_display = ["what", "person", "state_", "until_next", "since"]
    list_filter = [
        OrderStateFilter,
        OrderKindFilter,
        OrderTroubleFilter,
        ("wanted_at", DateRangeFilter),
    ]
    ordering = ["-wanted_at"]
    empty_words = "Nothing must be kept true on Discord."
    fields = SHOWN
    readonly_fields = SHOWN
    deeds = [retry_deed("standing order", retry)]

    @admin.display(description="What", ordering="kind")
    def what(self, order: Any) -> str:
        return bdi(title_of(order))

    @admin.display(description="Who")
    def person(self, order: Any) -> str:
        return whom(order)

    @admin.display(description="State")
    def state(self, order: StandingOrder) -> str:
        return pill(*standing_of_order(order))

    @admin.display(description="State")
    def state_(self, order: StandingOrder) -> str:
        return state_and_trouble(standing_of_order(order), order)

    @admin.display(description="Delivery")
    def delivery(self, order: StandingOrder) -> str:
        return delivery_of(order, timezone.now())

    @admin.display(description="Until", ordering="until")
    def until_(self, order: StandingOrder) -> str:
        return until_in_words(order)

    @admin.display(description="Until", ordering="until")
    def until_next(self, order: StandingOrder) -> str:
        return until_and_next(order)

    @admin.display(description="Wished", ordering="wanted_at")
    def since(self, order: StandingOrder) -> str:
        return moment(order.wanted_at)

    @admin.display(description="Confirmed", ordering="confirmed_at")
    def confirmed(self, order: StandingOrder) -> str:
        return moment(order.confirmed_at, empty="Not yet")

    @admin.display(description="Next look", ordering="next_check_at")
    def next(self, order: StandingOrder) -> str:
        return next_moment(order.next_check_at)

    @admin.display(description="What went wrong last")
    def trouble(self, order: StandingOrder) -> str:
        return what_went_wrong(order)

    def story_of(self, order: Any) -> list[TimelineRow]:
        """Return what was wished and confirmed; without an actor when nobody in particular did."""
        wish = end_in_words(order) if order.wanted else "no longer"
        return [
            *event(order, order.wanted_at, "order", f"Wished, {wish}", who_decided(order)),
            *event(order, order.confirmed_at, "order", "Discord confirmed it"),
            *event(order, order.closed_at, "order", "Ended: nothing is left to be kept true"),
            *done_to(order, "order"),
        ]
