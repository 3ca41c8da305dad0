"""What people and servers are called, for sentences that are read by whoever runs the house."""

import re
from collections.abc import Collection

from community.models import Guild, User
from community.scope import guild_scope

NUMBERED = re.compile(r"\bServer (\d{1,19})\b")


def name_of_server(guild_id: int) -> str:
    """Return what a server is called; its number where it is not known here."""
    with guild_scope(guild_id):
        known = Guild.objects.filter(pk=guild_id).values_list("name", flat=True).first()
    return known or f"Server {guild_id}"


def with_names(words: str) -> str:
    """Return a sentence that was kept with the numbers of servers, with their names instead."""
    return NUMBERED.sub(lambda found: name_of_server(int(found[1])), words)


def names_of(user_ids: Collection[int]) -> dict[int, str]:
    """Return the name of each person with their number; of who has none here, the number alone."""
    known = User.objects.filter(pk__in=user_ids, erased_at=None)
    names = {person.pk: f"{person} ({person.pk})" for person in known}
    return {user_id: names.get(user_id, str(user_id)) for user_id in user_ids}
