"""Today: what a moderator sees first, card by card."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.desk.registry import REGISTRY, is_allowed


def today_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show every card that concerns who asks; without a server there may be none."""
    cards = [card for card in REGISTRY.today_cards if is_allowed(request, card.needs)]
    told = {
        "title": "Today",
        "figures": [(card, card.figure(request)) for card in cards if card.figure],
        "charts": [card.chart(request) for card in cards if card.chart],
        "lists": [(card, card.rows(request)) for card in cards if card.rows],
    }
    return TemplateResponse(request, "desk/today.html", {**context, **told})
