"""What must hold of what people did: counters say what rows do, and months are there in time."""

from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from django.utils import timezone

from activity.models import MessageEvent
from activity.partitions import months_from, months_of
from activity.services.proving import find_breaches
from community.services.checks import HouseCheck, ServerCheck

# This month's messages, and the next one's, have their place.
AHEAD = 2
TABLE = MessageEvent._meta.db_table
STRAYS = "SELECT count(*) FROM activity_messageevent_elsewhere"


def house_checks() -> tuple[HouseCheck, ...]:
    """Return what must hold of the largest table."""
    return (
        HouseCheck(
            name="activity.months",
            holds="The months of messages are made ahead, and none lie elsewhere.",
            fix="House, Jobs, Keep months, Run now: it makes them, and leads strays home.",
            look=_months_missing,
        ),
    )


def server_checks(*, anchors: Path) -> tuple[ServerCheck, ...]:
    """Return what must hold of one server's counters."""
    return (
        ServerCheck(
            name="activity.counters",
            holds="Counters say what was written and who was in voice.",
            fix="Nothing to do: the job Prove counters puts them right within a day.",
            look=lambda guild_id: find_breaches(guild_id=guild_id),
        ),
    )


def _months_missing() -> Iterator[str]:
    wanted = set(months_from(timezone.now(), AHEAD))
    for month in sorted(wanted - months_of(TABLE)):
        yield f"The month {month.year}-{month.number:02} of messages was not made."
    with connection.cursor() as cursor:
        cursor.execute(STRAYS)
        (strays,) = cursor.fetchone()
    if strays:
        yield f"{strays} messages belong to no month that was made."
