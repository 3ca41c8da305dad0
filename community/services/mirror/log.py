"""How far Discord's own audit log of a server was read, so that nothing in it is missed."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils import timezone

from community.models import AT_ONCE, Guild, LogReading
from community.services.mirror.rights import ADMINISTRATOR, permissions_of
from community.services.neighbours import apps_that_answer

VIEW_AUDIT_LOG = 1 << 7
MOMENT_BITS = 22  # what stands above these in Discord's ids are milliseconds


@transaction.atomic
def place_in_log(*, guild_id: int, user_id: int) -> int | None:
    """Return the last entry that was read; None, and noted, when the bot may not read on."""
    may_read = permissions_of(guild_id=guild_id, user_id=user_id) & (ADMINISTRATOR | VIEW_AUDIT_LOG)
    guild = Guild.objects.filter(pk=guild_id).first()
    if guild is None:  # nobody told of it yet
        return None
    LogReading.objects.bulk_create([LogReading(guild_id=guild_id)], ignore_conflicts=True)
    reading = LogReading.objects.of(guild_id)
    reading.exclude(is_closed=not may_read).update(is_closed=not may_read)
    read = reading.values_list("entry_id", flat=True).get()
    return max(read, first_id_at(guild.joined_at)) if may_read else None


@transaction.atomic
def note_log_read(*, guild_id: int, entry_id: int) -> None:
    """Remember that everything up to an entry was read and written down."""
    reading = LogReading.objects.of(guild_id)
    reading.update(entry_id=Greatest("entry_id", entry_id))


@transaction.atomic
def note_log_ends(*, guild_id: int) -> None:
    """Remember that nothing was left to be read of a server's log."""
    LogReading.objects.of(guild_id).update(read_at=timezone.now())


def tell_bans(*, guild_id: int, bans: Mapping[int, str]) -> None:
    """Tell the apps who is banned, and with which reason: theirs may be among what they lost."""
    for app in apps_that_answer("regain_bans"):
        app.regain_bans(guild_id=guild_id, bans=bans)


def first_id_at(moment: datetime) -> int:
    """Return the lowest id that Discord gives at a moment."""
    return max(0, round((moment - AT_ONCE).total_seconds() * 1000)) << MOMENT_BITS
