"""Roles that were given after the moment a restored backup shows: no book says why, or how long.

What was bought since, or reached, is known to Discord's log alone. Such a role stays, and whoever
lets the house go on is told of it: one that was bought for a month would have no end.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from django.db.models import Exists, OuterRef, Q

from community.models import MemberRole, StandingOrder
from community.services.bots import bot_user_id
from community.services.gifts import NEWCOMERS, given_otherwise
from community.services.names import name_of_server, names_of

NAMED = 5
WORDS = (
    "{server}: since the backup {role} was given to {people}. No book says why, or until when: it "
    "stays until somebody takes it."
)


def gifts_without_a_book(*, since: datetime) -> Iterator[str]:
    """Yield a sentence for each role that the bot, or nobody knows who, gave and nothing wants."""
    given: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for guild_id, role_id, role, user_id in _found(since):
        given[guild_id, role_id, role].append(user_id)
    for (guild_id, _, role), people in given.items():
        server = name_of_server(guild_id)
        yield WORDS.format(server=server, role=role, people=_in_words(people))


def _in_words(people: list[int]) -> str:
    """Name the first of them, and say how many more there are."""
    named = ", ".join(names_of(people[:NAMED]).values())
    more = len(people) - NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def _found(since: datetime) -> Iterator[tuple[int, int, str, int]]:
    """Find who was given which role, as the mirror saw it since the backup was put back.

    Who gave it is not known of somebody whom the mirror was told of after the log was read: then
    those count which the house gives by itself.
    """
    wanted = StandingOrder.objects.filter(
        guild_id=OuterRef("guild_id"),
        user_id=OuterRef("member__user_id"),
        subject=OuterRef("role_id"),
        wanted=True,
    )
    held = MemberRole.objects.standing().filter(~Exists(wanted), assigned_at__gte=since)
    mine = held.filter(Q(assigned_by_id=bot_user_id() or 0) | Q(assigned_by_id=None))
    ours = cache(lambda guild_id: given_otherwise(guild_id=guild_id, by=NEWCOMERS))
    told = ("guild_id", "role_id", "role__name", "member__user_id", "assigned_by_id")
    rows = mine.order_by("guild_id", "role_id", "member__user_id").values_list(*told)
    for guild_id, role_id, role, user_id, by_id in rows.iterator():
        if by_id is not None or role_id in ours(guild_id):
            yield guild_id, role_id, role, user_id
