"""The door to cases: their list, and the page of each with all that happened to it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from community.desk.actions import Deed
from community.desk.base import bdi
from community.desk.current_guild import may
from community.desk.outside import (
    delivery_of,
    in_full,
    is_moving,
    look_up,
    standing_of_errand,
    standing_of_order,
    title_of,
)
from community.desk.registry import TimelineRow
from community.desk.search import Kind, findable
from community.kinds import label_of
from community.models import Errand, Grant, StandingOrder
from moderation.admin.changes import CHANGES
from moderation.admin.holds import HOLDS, hold_in_words, is_held
from moderation.admin.lists import EXPORT, CaseListAdmin
from moderation.admin.showing import (
    decided_by,
    kind_pill,
    look_up_cases,
    plain_person,
    state_pill,
    who,
    words_of,
)
from moderation.models import Case, CaseEvent, CaseHold
from moderation.services.lookups import story_of
from moderation.services.punishments import order_of

SHOWN = (
    "what", "person", "channel_", "by", "why", "internal", "counts", "holds", "told", "where",
    "decided", "follows_from", "kept",
)  # fmt: skip
MODERATE = Grant.Capability.MODERATE
# What moderators tell each other.
INTERNAL = (CaseEvent.Verb.NOTED, CaseEvent.Verb.EVIDENCE_ADDED)
ABOUT_IT = ("tell", "kick", "softban", "purge", "line:case")


@admin.register(Case)
class CaseAdmin(CaseListAdmin):
    change_form_template = "moderation/case.html"
    fields = SHOWN
    readonly_fields = SHOWN
    deeds = (*CHANGES, *HOLDS, EXPORT)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Keep notes from those who may not moderate."""
        held = CaseHold.objects.filter(case_id=OuterRef("pk"), lifted_at=None)
        rows = super().get_queryset(request).select_related("staff", "cause")
        rows = rows.annotate(is_held=Exists(held))
        shown = rows if may(request, MODERATE) else rows.exclude(kind=Case.Kind.NOTE)
        return shown.prefetch_related("punishments", "warnings")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what this case has nothing to say about."""
        said = {
            "channel_": obj and obj.channel_id,
            "why": obj and obj.reason,
            "internal": obj and obj.comment and may(request, MODERATE),
            "counts": obj and obj.points,
            "follows_from": obj and obj.cause_id,
            "kept": obj and is_held(obj),
        }
        return [name for name in self.fields if said.get(name, True)]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return a case with the names in it; a page asks for it more than once."""
        known = request.__dict__.setdefault("known_cases", {})
        if object_id not in known:
            row = super().get_object(request, object_id, from_field)
            known[object_id] = look_up_cases([row])[0] if row else None
        return known[object_id]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Tell the page what happened to a case so far, and what may be done with it."""
        case = self.get_object(request, object_id)
        told = self._told(request, case) if case else extra_context
        return super().change_view(request, object_id, form_url, told)

    def _told(self, request: HttpRequest, case: Any) -> dict[str, Any]:
        orders, errands = orders_of(case), errands_of(case)
        return {
            "headline": str(case),
            "orders": [_order_line(order) for order in orders],
            "errands": [(each, label_of(each.kind), standing_of_errand(each)) for each in errands],
            "is_moving": any(map(is_moving, orders)) or any(map(is_moving, errands)),
            "story": events_of(case, hides=() if may(request, MODERATE) else INTERNAL),
            "followed": case.consequences.filter(guild_id=case.guild_id),
            "buttons": self._buttons_of(request, case),
        }

    def _buttons_of(self, request: HttpRequest, case: Any) -> list[tuple[Deed, str]]:
        deeds = [deed for deed in self.deeds_of(request) if deed.has_target]
        offered = [deed for deed in deeds if deed.is_offered(case)]
        return [(deed, self.deed_url(deed, case)) for deed in offered]

    @admin.display(description="What")
    def what(self, case: Any) -> str:
        return kind_pill(case)

    @admin.display(description="About")
    def person(self, case: Any) -> str:
        if case.member is None:
            return plain_person(case)
        url = reverse("admin:person", args=[case.member.pk])
        return format_html('<a href="{}">{}</a>', url, plain_person(case))

    @admin.display(description="Channel")
    def channel_(self, case: Any) -> str:
        return bdi(case.place) if case.place else "—"

    @admin.display(description="By")
    def by(self, case: Any) -> str:
        return bdi(decided_by(case))

    @admin.display(description="State")
    def holds(self, case: Any) -> str:
        return state_pill(case)

    @admin.display(description="Reason")
    def why(self, case: Case) -> str:
        return in_full(case.reason)

    @admin.display(description="For moderators")
    def internal(self, case: Case) -> str:
        return in_full(case.comment)

    @admin.display(description="Points")
    def counts(self, case: Case) -> str:
        return str(case.points or "—")

    @admin.display(description="Message to them")
    def told(self, case: Case) -> str:
        return case.get_message_display() if case.user_id else "—"

    @admin.display(description="Decided in")
    def where(self, case: Case) -> str:
        return case.get_source_display()

    @admin.display(description="Held")
    def kept(self, case: Case) -> str:
        return in_full(hold_in_words(case))

    @admin.display(description="Follows from")
    def follows_from(self, case: Case) -> str:
        if case.cause is None:
            return "—"
        url = reverse("admin:moderation_case_change", args=[case.cause.pk])
        return format_html('<a href="{}">{}</a>', url, str(case.cause))


def _order_line(order: StandingOrder) -> tuple[StandingOrder, str, tuple[str, str], str]:
    delivery = delivery_of(order, timezone.now())
    return order, title_of(order), standing_of_order(order), delivery


def events_of(case: Any, *, hides: Sequence[str] = ()) -> list[TimelineRow]:
    """Return what happened to a case, the latest on top."""
    story = story_of(guild_id=case.guild_id, number=case.number)
    events = [each for each in story.events if each.verb not in hides]
    actors = look_up_cases([_Actor(each) for each in events])
    both = zip(events, actors, strict=True)
    return [_event_row(event, actor, story.words.get(event.pk, "")) for event, actor in both][::-1]


def _event_row(event: CaseEvent, actor: Any, words: str) -> TimelineRow:
    return TimelineRow(
        at=event.at,
        number=event.seq,
        icon="case",
        words=words_of(event, words),
        actor=who(actor.moderator, event.actor_id) or str(event.staff or ""),
    )


class _Actor:
    """Who did one thing to a case, for the look-up of names."""

    def __init__(self, event: Any) -> None:
        self.user_id = self.channel_id = None
        self.moderator_id = event.actor_id


def orders_of(case: Any) -> list[StandingOrder]:
    """Return what is kept true on Discord because of a case."""
    kinds = {(order_of(each), each.role_id or 0) for each in case.punishments.all()}
    theirs = StandingOrder.objects.filter(guild_id=case.guild_id, user_id=case.user_id or 0)
    found = theirs.filter(kind__in=[kind for kind, _ in kinds]) if kinds else ()
    return list(look_up([each for each in found if (each.kind, each.subject) in kinds]))


def errands_of(case: Any) -> list[Errand]:
    """Return what was to be done once on Discord because of a case."""
    keys = [f"{what}:{case.number}" for what in ABOUT_IT]
    return list(Errand.objects.filter(guild_id=case.guild_id, dedupe_key__in=keys).order_by("pk"))


findable(
    Kind(
        name="Case",
        rows=Case.objects.all,
        order=("pk",),
        names=(),
        id="number",
        url_name="admin:moderation_case_change",
    )
)
