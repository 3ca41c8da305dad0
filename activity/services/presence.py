"""Seconds online, by day and by what people use; only in servers that ask for it."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db import transaction

from activity.models import PresenceDay
from activity.services.counters import Sums, add_up
from community.models import GuildSettings, User

# Server, person, days since 1970 (UTC), client, status.
Spent = tuple[int, int, int, str, str]

FIRST_DAY = date(1970, 1, 1)
STATUSES = ("online", "idle", "dnd")
COLUMNS = [f"{status}_s" for status in STATUSES]


@transaction.atomic
def add_presence(*, spent: Mapping[Spent, int]) -> None:
    """Add seconds to what stands; of bots nothing is counted."""
    people = {user_id for _, user_id, *_ in spent}
    machines = User.objects.filter(pk__in=people, is_bot=True)
    bots = set(machines.values_list("pk", flat=True))
    sums: dict[tuple[int, int, date, str], list[int]] = {}
    for (guild_id, user_id, day, client, status), seconds in spent.items():
        if user_id not in bots:
            key = guild_id, user_id, FIRST_DAY + timedelta(days=day), client
            sums.setdefault(key, [0, 0, 0])[STATUSES.index(status)] += seconds
    add_up(Sums(PresenceDay, COLUMNS, sums))


def servers_that_ask() -> list[int]:
    """Return which servers in the scope want minutes online counted."""
    asking = GuildSettings.objects.filter(presence_enabled=True)
    return list(asking.values_list("guild_id", flat=True))
