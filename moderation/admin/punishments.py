"""The lists of what holds: temporary punishments, bans, mutes, and what Discord does not take."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from community.admin.orders import StandingOrderAdmin
from community.desk.actions import Asked, Deed
from community.desk.base import noted, pill
from community.desk.filters import DateRangeFilter
from community.desk.of_people import Named
from community.desk.outside import standing_of_order
from community.desk.people import in_words, moment, span_in_words
from community.desk.registry import NavItem, nav_item
from community.models import Grant, StandingOrder
from moderation.admin.ban_many import BAN_MANY
from moderation.admin.deeds import OnceForm, decision_of
from moderation.admin.lists import (
    ListAdmin,
    ModeratorFilter,
    Shown,
    WhyForm,
)
from moderation.models import Case, Punishment
from moderation.services import docket
from moderation.services.answers import end_meant
from moderation.services.deeds import unban_member, unmute_member
from moderation.services.punishments import CARRIERS, amend_duration, order_of

SEE, PUNISH = Grant.Capability.SEE, Grant.Capability.PUNISH
# What Discord has not confirmed after so long is stuck.
SLOW = timedelta(minutes=1)


class EndForm(OnceForm):
    """Asks for another end."""

    end = forms.CharField(
        max_length=50,
        label="New end",
        help_text="From now, like 2d4h; or “until friday 18:00”; or “for ever”.",
    )


def lift(request: HttpRequest, punishment: Punishment, asked: Asked) -> str:
    """End a punishment."""
    is_ban = punishment.kind == Punishment.Kind.BAN
    kind, undo = (Case.Kind.UNBAN, unban_member) if is_ban else (Case.Kind.UNMUTE, unmute_member)
    deed = docket.Deed(kind=kind, user_id=punishment.user_id, reason=asked["reason"])
    case = undo(decision=decision_of(request, asked, punishment.pk), deed=deed)
    return f"Lifted, as case #{case.number}. The bot tells Discord now."


def change_end(request: HttpRequest, punishment: Punishment, asked: Asked) -> str:
    """Let a punishment end at another time."""
    decision = decision_of(request, asked, punishment.pk)
    end = end_meant(guild_id=decision.guild_id, text=asked["end"], now=decision.at)
    duration = None if end is None else end - punishment.starts_at
    amend_duration(case=punishment.case, decision=decision, duration=duration)
    return f"It ends {in_words(end)}." if end else "It holds for ever."


class EndsFilter(admin.SimpleListFilter):
    """Keeps what ends soon."""

    title = "ends"
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("week", "Within a week")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = {"today": 1, "week": 7}.get(self.value() or "")
        return queryset.filter(ends_at__lt=end_of(days)) if days else queryset


def end_of(days: int) -> datetime:
    """Return the end of today, or of a later day, in the zone of the server."""
    day = timezone.localdate() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class DecidedByFilter(ModeratorFilter):
    """Keeps what one moderator decided."""

    column = "case__moderator_id"


def delivery_of(punishment: Any) -> str:
    """Return how far Discord has taken what holds."""
    order = getattr(punishment, "order", None)
    return standing_of_order(order)[0] if order else "Nobody keeps it true"


class Held(Shown):
    """A list of what holds of one kind, with how far Discord has taken it."""

    def get_queryset(self, request: HttpRequest, *told: Any) -> QuerySet[Any]:
        kept: dict[str, Any] = self.model_admin.kept  # type: ignore[attr-defined]
        return super().get_queryset(request, *told).filter(state="active", **kept)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        people = [row.user_id for row in self.result_list]
        orders = StandingOrder.objects.filter(user_id__in=people, kind__in=CARRIERS)
        by_key = {(each.user_id, each.kind, each.subject): each for each in orders}
        for row in self.result_list:
            row.order = by_key.get((row.user_id, order_of(row), row.role_id or 0))


@admin.register(Punishment)
class PunishmentAdmin(ListAdmin):
    """Shows what holds and has an end, what ends first above."""

    change_list_template = "moderation/punishments.html"
    tab = "changelist"
    kept: dict[str, Any] = {"ends_at__isnull": False}
    list_display = ["person", "kind_", "ends", "case_", "decided"]
    list_display_links = None
    list_select_related = ["case__staff"]
    list_filter = ["kind", EndsFilter, DecidedByFilter, ("starts_at", DateRangeFilter)]
    ordering = ["ends_at", "id"]
    empty_words = "Nothing holds that ends by itself."
    deeds = [
        Deed(
            name="lift",
            label="Lift",
            explains="It ends now, under a case of its own. The bot tells Discord at once.",
            needs=PUNISH,
            do=lift,
            form=WhyForm,
            is_for_many=True,
            is_offered=lambda punishment: punishment.is_open,
        ),
        Deed(
            name="change_end",
            label="Change end",
            explains="It holds until another time; the case's history keeps both.",
            needs=PUNISH,
            do=change_end,
            form=EndForm,
            is_for_many=True,
            is_offered=lambda punishment: punishment.is_open,
        ),
        BAN_MANY,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Held

    def get_urls(self) -> list[URLPattern]:
        """Add the other lists of what holds."""
        others = [_tab_path(tab(model, self.admin_site)) for tab, model in TABS]
        return [*others, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**tabs(self.tab), **(extra_context or {})})

    @admin.display(description="What", ordering="kind")
    def kind_(self, punishment: Any) -> str:
        is_ban = punishment.kind == Punishment.Kind.BAN
        told = pill(punishment.get_kind_display(), "bad" if is_ban else "warn")
        return noted(told, delivery_of(punishment))

    @admin.display(description="Ends", ordering="ends_at")
    def ends(self, punishment: Punishment) -> str:
        if punishment.ends_at is None:
            return "Never"
        left = punishment.ends_at - timezone.now()
        words = f"in {span_in_words(left)}" if left > timedelta(0) else "any moment"
        return noted(words, moment(punishment.ends_at))

    @admin.display(description="Decided", ordering="starts_at")
    def decided(self, punishment: Punishment) -> str:
        return noted(self.moderator(punishment), moment(punishment.starts_at))


class BansAdmin(PunishmentAdmin):
    """Shows every ban that holds, the latest above."""

    tab = "bans"
    kept = {"kind": "ban"}
    list_filter = [EndsFilter, DecidedByFilter, ("starts_at", DateRangeFilter)]
    ordering = ["-id"]
    empty_words = "Nobody is banned through Guildhall."


class MutesAdmin(BansAdmin):
    """Shows every mute that holds, the latest above."""

    tab = "mutes"
    kept = {"kind": "mute"}
    empty_words = "Nobody is muted through Guildhall."


class Stuck(Named):
    """A list of what punishments ask of Discord, and Discord has not taken."""

    def get_queryset(self, request: HttpRequest, *told: Any) -> QuerySet[Any]:
        rows = super().get_queryset(request, *told)
        waits = rows.filter(applied_rev__lt=F("wanted_rev"), next_check_at__isnull=False)
        in_the_way = ~Q(hold="") | Q(attempts__gt=0) | Q(wanted_at__lt=timezone.now() - SLOW)
        return waits.filter(in_the_way, kind__in=CARRIERS)


class StuckAdmin(StandingOrderAdmin):
    """Shows them with what stands in the way, and lets them be tried again."""

    change_list_template = "moderation/punishments.html"
    tab = "stuck"
    list_filter = [("wanted_at", DateRangeFilter)]
    empty_words = "Nothing is stuck: Discord has taken every punishment, and every end of one."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Named]:
        return Stuck

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**tabs(self.tab), **(extra_context or {})})


TABS = ((BansAdmin, Punishment), (MutesAdmin, Punishment), (StuckAdmin, StandingOrder))
LABELS = {
    "changelist": ("Temporary", "Temporary punishments"),
    "bans": ("Bans", "Bans"),
    "mutes": ("Mutes", "Mutes"),
    "stuck": ("Stuck", "Stuck punishments"),
}


def tabs(here: str) -> dict[str, Any]:
    """Return the ways between the lists."""
    ways = [
        (reverse(f"admin:moderation_punishment_{name}"), label, name == here)
        for name, (label, _) in LABELS.items()
    ]
    return {"tabs": ways, "headline": LABELS[here][1]}


def _tab_path(tab: Any) -> URLPattern:
    view: Any = tab.admin_site.admin_view(tab.changelist_view)
    view.model_admin = tab
    found: URLPattern = path(f"{tab.tab}/", view, name=f"moderation_punishment_{tab.tab}")
    return found


nav_item(
    NavItem(
        group="Moderation",
        label="Punishments",
        url_name="moderation_punishment_changelist",
        icon="gavel",
        needs=SEE,
        order=130,
    )
)
