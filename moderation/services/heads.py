"""Where every server's history stands: a backup remembers, and a restore is held to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from community.models import Guild
from community.scope import cross_guild
from moderation.models import Docket

# Under which name a paper keeps it, server by server.
CASES = "cases"


def heads_of_history() -> dict[str, Any]:
    """Return how many events each server's history has, its last case, and its last hash."""
    with cross_guild("where every server's history stands"):
        # One whose cases were all lost has no event, and has given numbers nevertheless.
        told = Docket.objects.exclude(last_event=0, last_case=0).order_by("guild_id")
        heads = {
            str(guild_id): {"events": events, "case": case, "head": head}
            for guild_id, events, case, head in told.values_list(
                "guild_id", "last_event", "last_case", "head"
            )
        }
    return {CASES: heads}


def missing_since(heads: Mapping[str, Any]) -> Iterator[str]:
    """Say which events stood in a history then and are not here; nothing where none are missing."""
    here = heads_of_history()[CASES]
    for guild_id, then in heads.get(CASES, {}).items():
        now = here.get(guild_id, {"events": 0, "case": 0})
        if (lost := then["events"] - now["events"]) > 0:
            cases = max(0, then["case"] - now["case"])
            lacks = f"{lost:,} of its cases' events and {cases:,} of its cases are not here."
            yield f"Server {guild_id}: {lacks}"


@transaction.atomic
def go_on_after(heads: Mapping[str, Any]) -> None:
    """Give no number anew that was given before: cases that are not here keep theirs."""
    with cross_guild("the numbers that every server has given"):
        here = Guild.objects.filter(pk__in=[*map(int, heads.get(CASES, {}))])
        # A server's docket begins with its first case, which may have come after the backup.
        begun = [Docket(guild_id=key) for key in here.values_list("pk", flat=True)]
        Docket.objects.bulk_create(begun, ignore_conflicts=True)
        for docket in Docket.objects.filter(guild_id__in=here):
            lost = heads[CASES][str(docket.guild_id)]["case"] - docket.last_case
            if lost > 0:
                docket.last_case += lost
                docket.lost_cases += lost
                docket.save(update_fields=["last_case", "lost_cases"])
