"""How everybody stands to one activity role: on a page, and as a file to take along."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone

from activity.models import ActivityRole
from activity.models.days import MS_PER_HOUR
from activity.services.own import Report, report_of
from activity.services.standings import Standing, State
from activity.words import extras_of, hours_of, takes_of
from community.desk.actions import Asked, Deed, way_back
from community.desk.current_guild import guild_of, staff_of
from community.desk.people import name_of
from community.desk.sheets import sheet
from community.desk.verbs import name_verbs
from community.models import Grant, Member
from community.services.audit import write_audit

ON_A_PAGE = 100
EXPORTED = "activity.compliance.exported"
TONES = {
    State.HAS: "ok",
    State.GETS: "warn",
    State.LOSES: "bad",
    State.LEAVE: "warn",
    State.EXEMPT: "mute",
    State.BY_HAND: "mute",
}
COLUMNS = (
    "user_id", "name", "standing", "hours", "hours_needed", "has_role", "earned", "ends_at",
)  # fmt: skip


def compliance_page(
    request: HttpRequest, rule: ActivityRole, context: dict[str, Any]
) -> HttpResponse:
    """Show who has a role, who shall have it, and who is spared."""
    report, state = _report(rule), _state(request.GET.get("state", ""))
    page = Paginator(_people(report, state), ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "lines": _lines(page), "figures": _figures(report, state)}
    told = {**context, **_about(report), **shown, "state": state}
    return TemplateResponse(request, "activity/compliance.html", told)


def export(request: HttpRequest, rule: ActivityRole, _: Asked) -> HttpResponseBase:
    """Hand out how everybody stands to a role, narrowed as the page is."""
    asked = parse_qs(urlsplit(way_back(request, "/")).query)
    state = _state(asked.get("state", [""])[-1])
    told: Any = {"subject": ("activityrole", rule.pk), "after": {"narrowed by": state}}
    write_audit(verb=EXPORTED, by=staff_of(request), guild_id=guild_of(request).pk, **told)
    return sheet("compliance", COLUMNS, _rows(_people(_report(rule), state)))


EXPORT = Deed(
    name="export",
    label="Export",
    explains="How everybody stands comes as a file for spreadsheets, narrowed as the page is now. "
    "The audit log notes it.",
    needs=Grant.Capability.MODERATE,
    do=export,
)


def _about(report: Report) -> dict[str, Any]:
    """Return what a page says of a role itself."""
    rule = report.rule
    return {
        "title": str(rule.role),
        "rule": rule,
        "takes": takes_of(rule),
        "extras": extras_of(rule),
        "against": report.against,
    }


def _report(rule: ActivityRole) -> Report:
    return report_of(rule, now=timezone.now())


def _state(text: str) -> str:
    """Return how the page was narrowed; what makes no sense narrows nothing."""
    return text if text in set(State) - {State.NOT} else ""


def _people(report: Report, state: str) -> Sequence[Standing]:
    if state:
        return report.people[State(state)]
    return [each for people in report.people.values() for each in people]


def _figures(report: Report, state: str) -> list[dict[str, Any]]:
    """Return how many stand how, each with the way to them."""
    return [
        {"state": each, "many": len(people), "is_here": each == state}
        for each, people in report.people.items()
    ]


def _lines(page: Iterable[Standing]) -> list[dict[str, Any]]:
    """Return the people of a page, by the names they are known under."""
    shown = list(page)
    members = _members(shown)
    return [_line(each, members[each.member_id]) for each in shown]


def _line(standing: Standing, member: Member) -> dict[str, Any]:
    return {
        "member": member,
        "name": name_of(member),
        "hours": hours_of(standing.voice_ms),
        "state": standing.state.label,
        "tone": TONES[standing.state],
        "ends_at": standing.expires_at if standing.is_held else None,
    }


def _members(people: Sequence[Standing]) -> dict[int, Member]:
    found = Member.objects.filter(pk__in=[each.member_id for each in people])
    return {member.pk: member for member in found.select_related("user")}


def _rows(people: Sequence[Standing]) -> Iterator[list[Any]]:
    members = _members(people)
    for each in people:
        hours, needed = each.voice_ms / MS_PER_HOUR, each.rule.min_hours
        yield [
            each.user_id, name_of(members[each.member_id]), str(each.state), f"{hours:.2f}",
            f"{needed:.2f}", each.has_role, each.is_earned, each.expires_at if each.is_held else "",
        ]  # fmt: skip


name_verbs({EXPORTED: "took along who is active enough for a role"})
