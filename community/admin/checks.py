"""The keepers' page of everything that must hold: how it stood last, and what mends it."""

from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from community.desk.registry import (
    KEEPER,
    DeskPage,
    NavItem,
    TodayCard,
    TodayFigure,
    desk_page,
    nav_item,
    today_card,
)
from community.services.results import (
    count_failing,
    standings_of_house,
    standings_of_servers,
)

VERIFY = "config.tasks.verify_everything"


def checks_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what must hold in the house and in the servers, what does not in front."""
    told = {
        "title": "What must hold",
        "groups": [
            ("In the house", sorted(standings_of_house(), key=_place)),
            ("In the servers", sorted(standings_of_servers(), key=_place)),
        ],
        "look_now": reverse("admin:community_job_run_now", args=[quote(VERIFY)]),
    }
    return TemplateResponse(request, "community/checks.html", {**context, **told})


def what_does_not_hold(_: HttpRequest) -> TodayFigure:
    """Count what does not hold in the house, and the servers in which something does not."""
    house, servers = count_failing()
    return TodayFigure(
        value=house + servers,
        words=f"{house} in the house, {servers} servers" if house + servers else "everything holds",
        url=reverse("admin:house_checks"),
        tone="bad" if house + servers else "ok",
    )


def _place(standing: Any) -> bool:
    return not standing.count


desk_page(DeskPage(route="house/checks/", name="house_checks", needs=KEEPER, view=checks_page))
nav_item(NavItem(group="House", label="Checks", url_name="house_checks", icon="case", needs=KEEPER))
today_card(TodayCard(title="Does not hold", needs=KEEPER, figure=what_does_not_hold, order=905))
