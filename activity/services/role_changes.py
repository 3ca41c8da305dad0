"""Roles that were given and taken, and by whom: what Discord's audit log says, each line once."""

from collections.abc import Iterable, Iterator

from activity.models import RoleChange
from community.services.mirror import facts

ROLES_CHANGED = 25  # Discord's number in its audit log
GIVEN, TAKEN = "$add", "$remove"


def hear_role_changes(*, guild_id: int, news: Iterable[facts.News]) -> list[RoleChange]:
    """Write down which roles were given and taken; return what is new."""
    told = {
        (change.entry_id, change.role_id): change
        for each in news
        if isinstance(each.told, facts.EntryLogged) and each.told.action == ROLES_CHANGED
        for change in _changes_in(guild_id, each.told)
    }
    if told:
        entries = {entry_id for entry_id, _ in told}
        known = RoleChange.objects.of(guild_id).filter(entry_id__in=entries)
        for key in known.values_list("entry_id", "role_id"):
            told.pop(key, None)
        RoleChange.objects.bulk_create(told.values())
    return list(told.values())


def _changes_in(guild_id: int, entry: facts.EntryLogged) -> Iterator[RoleChange]:
    for key, is_added in ((GIVEN, True), (TAKEN, False)):
        for role_id in sorted(entry.changes.get(key, ())):
            yield RoleChange(
                guild_id=guild_id,
                entry_id=entry.entry_id,
                user_id=entry.target_id or 0,
                role_id=role_id,
                is_added=is_added,
                actor_id=entry.by_id,
                at=entry.at,
            )
