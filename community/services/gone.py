"""Members who left long ago: they lie in archive files, and are back when they come in again."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from community.errors import HouseError
from community.models import Archive, GoneMember, Member, StandingOrder
from community.services.archives import put_back, read_archive

log = logging.getLogger(__name__)


def rows_on_hold(*, model: type[Any]) -> Q | None:
    """Return what finds the members who left, but about whom something is still kept true."""
    if model is not Member:
        return None
    theirs = StandingOrder.objects.filter(
        guild_id=OuterRef("guild_id"), user_id=OuterRef("user_id")
    )
    return Q(Exists(theirs.to_keep()))


def remember_gone(*, archive: Archive, members: Iterable[Any]) -> None:
    """Remember in which file each of some members lies."""
    GoneMember.objects.bulk_create(
        GoneMember(
            guild_id=each.guild_id, user_id=each.user_id, archive=archive, left_at=each.left_at
        )
        for each in members
    )


@transaction.atomic
def bring_back_members(*, guild_id: int, user_ids: Collection[int]) -> int:
    """Bring back from the archive who of these lies there, as they were; return how many."""
    gone = GoneMember.objects.of(guild_id).filter(user_id__in=user_ids).select_related("archive")
    files: dict[Archive, set[int]] = defaultdict(set)
    for each in gone.select_for_update(of=("self",)):
        files[_newest(each.archive)].add(each.user_id)
    back = sum(_bring_back(archive, theirs) for archive, theirs in files.items())
    gone.delete()
    return back


def rows_came_back(*, archive: Archive) -> int:
    """Forget that members are gone whose whole file came back."""
    if archive.table_name == Member._meta.db_table:
        alike = {name: getattr(archive, name) for name in ("table_name", "guild_id", "first_id")}
        papers = Archive.objects.filter(**alike)
        GoneMember.objects.of(archive.guild_id or 0).filter(archive__in=papers).delete()
    return 0


def _bring_back(archive: Archive, user_ids: set[int]) -> int:
    """Bring some members back; a file that is gone makes them newcomers, and stops nobody."""
    try:
        lines = [line for line in read_archive(archive=archive) if line["user_id"] in user_ids]
        return put_back(model=Member, lines=lines)
    except HouseError:
        log.exception("Some who came back to server %s begin anew.", archive.guild_id)
        return 0


def _newest(archive: Archive) -> Archive:
    """Return the file that holds these rows now: it is written anew when somebody is erased."""
    while archive.rewritten_as is not None:
        archive = archive.rewritten_as
    return archive
