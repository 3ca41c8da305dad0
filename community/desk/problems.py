"""The pages of what stands in the way: one server's, and for the house's keepers every server's."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from community.desk.current_guild import guild_of, guilds_granted, is_keeper, may
from community.models import Grant, Guild
from community.scope import cross_guild
from community.services.house_problems import Problem, problems_of_house
from community.services.problems import problems_in, problems_of
from community.services.verdicts import last_verdict

# Where the rows of each kind of problem are found: a list, and by what it is narrowed.
ORDERS, ERRANDS = "community_standingorder_changelist", "community_errand_changelist"
PLACES = {
    "permission": (ORDERS, {"trouble": "permission"}),
    "late": (ORDERS, {"trouble": "late"}),
    "guild_away": (ORDERS, {"trouble": "guild_away"}),
    "restored": (ORDERS, {"trouble": "restored"}),
    "clock": (ORDERS, {"trouble": "clock"}),
    "given_up": (ERRANDS, {"trouble": "given_up"}),
    "stuck": (ERRANDS, {"trouble": "stuck"}),
    "channel": ("settings", {}),
    "role": ("settings", {}),
}


def problems_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what stands in the way in the request's server, and what mends it."""
    if not may(request, Grant.Capability.SEE):
        guild_of(request)
        raise PermissionDenied
    lines = [(problem, way_to(request, problem)) for problem in problems_here(request)]
    verdict = last_verdict(guild_id=guild_of(request).pk)
    told = {"title": "Problems", "lines": lines, "verdict": verdict}
    return TemplateResponse(request, "desk/problems.html", {**context, **told})


def house_problems_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the keepers what stands in the way in their servers; others' are counted, not named."""
    if not is_keeper(request):
        raise PermissionDenied
    granted = guilds_granted(request)
    with cross_guild("keepers learn how many servers need a hand, and of theirs which"):
        keys = list(Guild.objects.present().values_list("pk", flat=True))
        found = {key: _own(problems) for key, problems in problems_in(guild_ids=keys).items()}
    mine = [(guild, found.pop(guild.pk, [])) for guild in granted]
    told = {
        "title": "Problems of the house",
        "house": problems_of_house(),
        "servers": [(guild, problems) for guild, problems in mine if problems],
        "well": sum(not problems for _, problems in mine),
        "elsewhere": sum(any(each.is_grave for each in problems) for problems in found.values()),
    }
    return TemplateResponse(request, "desk/house_problems.html", {**context, **told})


def problems_here(request: HttpRequest) -> list[Problem]:
    """Return what stands in the way in the request's server; asked once for each request."""
    if (found := getattr(request, "problems", None)) is None:
        found = problems_of(guild_id=guild_of(request).pk)
        request.problems = found  # type: ignore[attr-defined]
    return list(found)


def grave_here(request: HttpRequest) -> list[Problem]:
    """Return what needs a hand; nothing where there is no server."""
    if getattr(request, "guild", None) is None:
        return []
    return [problem for problem in problems_here(request) if problem.is_grave]


def way_to(request: HttpRequest, problem: Problem) -> str:
    """Return the address of the rows or settings a problem is about; empty where there are none."""
    if problem.kind == "bot":
        return reverse("admin:community_heartbeat_changelist") if is_keeper(request) else ""
    if problem.kind not in PLACES:
        return ""
    name, asked = PLACES[problem.kind]
    query = urlencode({**asked, **({"kind": problem.about} if problem.about else {})})
    return f"{reverse(f'admin:{name}')}{'?' if query else ''}{query}"


def _own(problems: Iterable[Problem]) -> list[Problem]:
    """Leave out what is the whole house's."""
    return [problem for problem in problems if problem.kind != "bot"]
