"""The history of the house itself: what its keepers did, which belongs to no server."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.desk.current_guild import is_keeper
from community.desk.verbs import changes_of, say
from community.models import AuditEntry
from community.scope import cross_guild

ENTRIES = 50
LONGEST_NUMBER = 18


def house_history(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the keepers what was done in the house, the last first."""
    if not is_keeper(request):
        raise PermissionDenied
    before = request.GET.get("before", "")
    with cross_guild("the house's own history"):
        entries = AuditEntry.objects.filter(guild=None).order_by("-pk")
        if before.isascii() and before.isdecimal() and len(before) <= LONGEST_NUMBER:
            entries = entries.filter(pk__lt=int(before))
        found = list(entries[: ENTRIES + 1])
    page = found[:ENTRIES]
    told = {
        "title": "History of the house",
        "lines": [(entry, say(entry.verb).capitalize(), changes_of(entry)) for entry in page],
        "older": page[-1].pk if len(found) > ENTRIES else None,
    }
    return TemplateResponse(request, "desk/house_history.html", {**context, **told})
