"""The door to what happens out there, and what of it hangs at Today, the ways and the person."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from community.admin.timeline import latest, rows_of
from community.desk.actions import Deed
from community.desk.of_people import OfPeopleAdmin
from community.desk.outside import (
    delivery_of,
    end_in_words,
    headline_of,
    is_moving,
    look_up,
    standing_of_errand,
    standing_of_order,
    title_of,
)
from community.desk.problems import grave_here
from community.desk.registry import (
    KEEPER,
    Moment,
    NavItem,
    PersonTab,
    TimelineRow,
    TimelineSource,
    TodayCard,
    TodayFigure,
    nav_item,
    person_tab,
    timeline_source,
    today_card,
)
from community.kinds import ErrandKind, OrderKind, all_kinds, label_of
from community.models import AT_ONCE, AuditEntry, Errand, Grant, Member, StandingOrder

GROUP = "On Discord"
SEE = Grant.Capability.SEE
LATEST = 25


class KindFilter(admin.SimpleListFilter):
    """Keeps what is of one kind."""

    title = "what"
    parameter_name = "kind"
    kinds: type[ErrandKind] | type[OrderKind]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted((k.name, k.label) for k in all_kinds() if isinstance(k, self.kinds))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {name for name, _ in self.lookup_choices}
        return queryset.filter(kind=self.value()) if self.value() in known else queryset


class OutsideAdmin(OfPeopleAdmin):
    """Shows what must happen out there: a list with names in it, and the story of each row."""

    change_form_template = "desk/outside.html"
    search_help_text = "The beginning of a person's name, or a Discord id"

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each row whom and what it is about."""
        return look_up(rows)

    def call(self, row: Any) -> str:
        """Return a row's own name."""
        return str(row)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Tell the page what happened to a row so far, and what may be done with it."""
        row = self.get_object(request, object_id)
        return super().change_view(
            request, object_id, form_url, self._told(request, row) if row else extra_context
        )

    def _told(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        offered = [d for d in self.deeds_of(request) if d.is_offered(row)]
        return {
            "headline": headline_of(row),
            "is_moving": is_moving(row),
            "story": sorted(self.story_of(row), key=lambda event: event.at, reverse=True),
            "buttons": [(deed, self.deed_url(deed, row)) for deed in offered],
        }

    def story_of(self, row: Any) -> list[TimelineRow]:
        """Return what happened to a row so far, in any order."""
        raise NotImplementedError


def event(row: Any, at: Any, icon: str, words: str, actor: str = "") -> list[TimelineRow]:
    """Return one event of a story, if it has come to pass."""
    told = {"icon": icon, "words": words, "actor": actor}
    return [TimelineRow(at=at, number=row.pk, **told)] if at else []


def done_to(row: Any, kind: str) -> list[TimelineRow]:
    """Return what staff did with a row."""
    entries = AuditEntry.objects.filter(subject_kind=kind, subject_id=str(row.pk))
    return rows_of(entries.filter(guild_id=row.guild_id).order_by("-pk")[:LATEST])


def is_worth_a_try(row: Any) -> bool:
    """Tell whether trying again would change anything."""
    if isinstance(row, Errand):
        return (
            row.state == Errand.State.WAITING and row.attempts > 0
        ) or row.state == Errand.State.DEAD
    return row.next_check_at not in (None, AT_ONCE) and bool(row.hold or row.last_error)


def retry_deed(what: str, do: Any) -> Deed:
    """Return the deed that has something tried again at once."""
    return Deed(
        name="retry",
        label="Retry now",
        explains=f"The bot tries this {what} again at once, and counts its tries from the start.",
        needs=Grant.Capability.MODERATE,
        do=do,
        is_for_many=True,
        is_offered=is_worth_a_try,
    )


def needing_a_hand(request: HttpRequest) -> TodayFigure:
    """Count what stands in the way."""
    found = grave_here(request)
    return TodayFigure(
        value=len(found),
        words=found[0].title if found else "nothing stands in the way",
        url=reverse("admin:problems"),
        tone="bad" if found else "ok",
    )


def errands_done(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return what was done on Discord about somebody, or came to nothing."""
    ended = Errand.objects.filter(guild_id=member.guild_id, user_id=member.user_id).ended()
    return [_row_of(errand) for errand in latest(ended, "ended_at", before, most)]


def _row_of(errand: Errand) -> TimelineRow:
    told = f"{label_of(errand.kind)}: {standing_of_errand(errand)[0].lower()}"
    words = f"{told}. {errand.last_error}" if errand.last_error else told
    url = reverse("admin:community_errand_change", args=[errand.pk])
    at: Any = errand.ended_at
    return TimelineRow(at=at, number=errand.pk, icon="errand", words=words, url=url)


def outside_tab(_: HttpRequest, member: Member) -> dict[str, Any]:
    """Return what must be so for somebody, and what was to be done about them last."""
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    orders = look_up([*StandingOrder.objects.filter(**about).order_by("-wanted_at")[:LATEST]])
    errands = look_up([*Errand.objects.filter(**about).order_by("-made_at")[:LATEST]])
    return {
        "orders": [_line_of(order) for order in orders],
        "errands": [(each, label_of(each.kind), standing_of_errand(each)) for each in errands],
        "is_moving": any(map(is_moving, [*orders, *errands])),
    }


def _line_of(order: Any) -> dict[str, Any]:
    return {
        "order": order,
        "label": title_of(order),
        "state": standing_of_order(order),
        "until": end_in_words(order) if order.wanted else "",
        "delivery": delivery_of(order, timezone.now()),
    }


def count_for_badge(request: HttpRequest) -> int | None:
    """Return how much needs a hand, for the badge in the navigation."""
    return len(grave_here(request)) or None


for label, url_name, icon, badge in (
    ("Problems", "problems", "warning", count_for_badge),
    ("Standing orders", "community_standingorder_changelist", "order", None),
    ("Errands", "community_errand_changelist", "errand", None),
):
    nav_item(
        NavItem(group=GROUP, label=label, url_name=url_name, icon=icon, needs=SEE, badge=badge)
    )
nav_item(
    NavItem(
        group="House", label="Problems", url_name="house_problems", icon="warning", needs=KEEPER
    )
)
today_card(TodayCard(title="Needing a hand", needs=SEE, figure=needing_a_hand, order=5))
timeline_source(TimelineSource(name="errands", label=GROUP, needs=SEE, rows=errands_done))
person_tab(
    PersonTab(
        name="outside",
        label=GROUP,
        needs=SEE,
        template="desk/tab_outside.html",
        context=outside_tab,
        order=50,
    )
)
