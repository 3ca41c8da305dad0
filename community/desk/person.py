"""The page of one person in one server: who they are, and everything that happened to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from community.desk.current_guild import guild_of, may
from community.desk.people import initials_of, name_of, picture_of, standings_of
from community.desk.registry import (
    REGISTRY,
    Moment,
    TimelineRow,
    TimelineSource,
    is_allowed,
)
from community.models import Grant, Member, Role

EVENTS = 30
# Larger than any number a row of ours can have.
LATEST = 2**63


@dataclass(frozen=True, slots=True)
class Place:
    """A place between two events of a timeline: all that come before it are older.

    Events of one moment stand in the order of their source's name, then of their number.
    """

    at: datetime
    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()},{self.source},{self.number}"

    def within(self, source: str) -> Moment:
        """Return the moment before which a source's events lie before this place."""
        if source == self.source:
            return self.at, self.number
        return self.at, LATEST if source < self.source else 0


def place_from(text: str) -> Place | None:
    """Read a place out of an address; None when it is no place."""
    try:
        at, source, number = text.split(",")
        place = Place(datetime.fromisoformat(at), source, int(number))
    except ValueError:
        return None
    is_sound = 0 <= place.number <= LATEST and timezone.is_aware(place.at)
    return place if is_sound else None


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of somebody's timeline."""

    rows: list[TimelineRow]
    older: str


def timeline_of(
    member: Member, sources: Iterable[TimelineSource], *, before: Place | None
) -> Timeline:
    """Return somebody's latest events before a place, from all of these sources."""
    tomorrow = timezone.now() + timedelta(days=1)
    place = before or Place(tomorrow, "", LATEST)
    found = [
        (Place(row.at, source.name, row.number), row)
        for source in sources
        for row in source.rows(member, place.within(source.name), EVENTS + 1)
    ]
    found.sort(key=lambda pair: (pair[0].at, pair[0].source, pair[0].number), reverse=True)
    page = found[:EVENTS]
    older = str(page[-1][0]) if len(found) > EVENTS else ""
    return Timeline([row for _, row in page], older)


def person_page(request: HttpRequest, member_id: int, context: dict[str, Any]) -> HttpResponse:
    """Show somebody of the request's server; anybody else is as absent as nobody."""
    if not may(request, Grant.Capability.SEE):
        guild_of(request)
        raise PermissionDenied
    member = Member.objects.filter(pk=member_id).select_related("user").first()
    if member is None:
        raise Http404
    tabs = [tab for tab in REGISTRY.person_tabs if is_allowed(request, tab.needs)]
    tab = next((each for each in tabs if each.name == request.GET.get("tab")), tabs[0])
    head, body = _head(request, member), tab.context(request, member)
    told = {**context, **head, "tabs": tabs, "tab": tab, **body}
    told["is_moving"] = head["is_moving"] or body.get("is_moving", False)
    return TemplateResponse(request, "desk/person.html", told)


def timeline_tab(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return what the first tab shows: the timeline, and by what it may be narrowed."""
    sources = [each for each in REGISTRY.timeline_sources if is_allowed(request, each.needs)]
    labels = list(dict.fromkeys(each.label for each in sources))
    chosen = request.GET.get("show", "")
    if chosen in labels:
        sources = [each for each in sources if each.label == chosen]
    before = place_from(request.GET.get("before", ""))
    timeline = timeline_of(member, sources, before=before)
    return {"timeline": timeline, "labels": labels, "chosen": chosen, "is_later_page": before}


def _head(request: HttpRequest, member: Member) -> dict[str, Any]:
    name = name_of(member)
    held = Role.objects.standing().filter(
        guild_id=member.guild_id, holders__member=member, holders__ended_at=None
    )
    facts = [fact for fact in REGISTRY.person_facts if is_allowed(request, fact.needs)]
    return {
        "title": name,
        "member": member,
        "name": name,
        "initials": initials_of(name),
        "picture": picture_of(member.user),
        "standings": standings_of(member),
        "roles": held.order_by("-position", "pk"),
        "deeds": [
            {"label": deed.label, "url": deed.url(member), "is_danger": deed.is_danger}
            for deed in REGISTRY.person_deeds
            if is_allowed(request, deed.needs) and deed.is_offered(member)
        ],
        "facts": [(fact.label, words) for fact in facts if (words := fact.words(member))],
        "is_moving": any(fact.is_moving(member) for fact in facts if fact.is_moving),
    }
