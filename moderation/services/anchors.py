"""Anchors: where each history stood each day, kept where nobody who changes the tables can reach.

Who cuts a history's end off, or computes all of it anew, cannot make it fit them.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from django.db import transaction

from community.models import GuildSettings
from community.scope import cross_guild, guild_scope
from community.services.errands import write_line
from moderation.models import Docket
from moderation.services.archived import Anchor


def anchor_histories(*, folder: Path, at: datetime) -> int:
    """Anchor every history that has grown since it was last; return how many those are."""
    with cross_guild("every server's history is anchored"):
        written = Docket.objects.filter(last_event__gt=0).order_by("guild_id")
        guild_ids = list(written.values_list("guild_id", flat=True))
    anchored = 0
    for guild_id in guild_ids:
        with guild_scope(guild_id):
            anchored += _anchor(guild_id, folder, at)
    return anchored


def anchors_of(*, guild_id: int, folder: Path) -> tuple[Anchor, ...]:
    """Return the anchors of a server's history, the oldest first."""
    place = _place(guild_id, folder)
    if not place.exists():
        return ()
    told = (json.loads(line) for line in place.read_text("utf-8").splitlines() if _is_whole(line))
    return tuple(Anchor(guild_id, int(each["seq"]), str(each["hash"])) for each in told)


@transaction.atomic
def _anchor(guild_id: int, folder: Path, at: datetime) -> bool:
    docket = Docket.objects.of(guild_id).get()
    known = anchors_of(guild_id=guild_id, folder=folder)
    if known and known[-1].seq >= docket.last_event:
        return False
    told = {"at": at.isoformat(), "guild": str(guild_id), "seq": docket.last_event}
    _append(_place(guild_id, folder), json.dumps({**told, "hash": docket.head}))
    _say(docket, at)
    return True


def _say(docket: Docket, at: datetime) -> None:
    """Say it in the server's log as well: there Discord keeps it."""
    settings = GuildSettings.objects.get(guild_id=docket.guild_id)
    if settings.moderation_log_id is None:
        return
    words = f"The history of cases stands at event {docket.last_event}: `{docket.head}`"
    write_line(
        guild_id=docket.guild_id,
        channel_id=settings.moderation_log_id,
        subject=f"anchor:{at:%Y-%m-%d}",
        message={"content": words},
    )


def _place(guild_id: int, folder: Path) -> Path:
    return folder / f"{guild_id}.jsonl"


def _append(place: Path, line: str) -> None:
    """Add a line to a private file; it is on the disk when this returns."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # Of a line that broke off in a crash nothing is left but the beginning.
        os.write(file, f"{'' if _ends_whole(place) else chr(10)}{line}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)


def _ends_whole(place: Path) -> bool:
    content = place.read_bytes()
    return not content or content.endswith(b"\n")


def _is_whole(line: str) -> bool:
    return line.startswith("{") and line.endswith("}")
