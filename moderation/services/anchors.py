"""Anchors: where each history stood each day, kept where nobody who changes the tables can reach.

Who cuts a history's end off, or computes all of it anew, cannot make it fit them. What was anchored
after a backup that was put back later belongs to a history that is gone: a signed line says so.
"""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from community.models import GuildSettings, Restoration
from community.scope import cross_guild, guild_scope
from community.services.errands import write_line
from moderation.models import Docket
from moderation.models.cases import NO_HASH
from moderation.services.archived import Anchor, kept_in_archives
from moderation.services.papertrail import Trail, read_trail, restored_line


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
    """Return the anchors that a server's history must fit, the oldest first.

    Those of a history that is gone do not count: it lies in archive files, or came after a backup
    that was put back.
    """
    known = _trail(guild_id, folder).anchors
    elsewhere = kept_in_archives(guild_id=guild_id, anchors=known)
    return tuple(each for each in known if each not in elsewhere)


def note_restored(*, restoration: Restoration, folder: Path) -> int:
    """Write down beside the anchors that a backup is put back; return in how many files.

    It counts from the moment when the database itself knows of it.
    """
    places = sorted(folder.glob("*.jsonl"))
    with cross_guild("every server's anchors are told of a restore"):
        dockets = {docket.guild_id: docket for docket in Docket.objects.all()}
    for place in places:
        docket = dockets.get(int(place.stem))
        seq, head = (docket.last_event, docket.head) if docket else (0, NO_HASH)
        anchor = Anchor(int(place.stem), seq, head)
        _append(place, restored_line(restoration, anchor, after=_lines(place)))
    return len(places)


def find_false_restores(*, guild_id: int, folder: Path) -> Iterator[str]:
    """Say which lines among a server's anchors are not of this house: of a restore, above all."""
    for number in _trail(guild_id, folder).forged:
        yield f"Line {number} of the anchors of server {guild_id} was not written by this house."


def tell_restores(*, guild_ids: Iterable[int], folder: Path) -> Iterator[str]:
    """Say which backups were put back, and how many anchors are of the history that was lost."""
    for guild_id in guild_ids:
        for told in _trail(guild_id, folder).restored:
            yield (
                f"Server {guild_id}: restored on {told.at:%Y-%m-%d %H:%M} UTC from the backup of "
                f"{told.shows_at:%Y-%m-%d %H:%M}; {told.lost} anchors between are of the history "
                "that was lost."
            )


def _trail(guild_id: int, folder: Path) -> Trail:
    return read_trail(guild_id, _lines(_place(guild_id, folder)))


def _lines(place: Path) -> list[str]:
    if not place.exists():
        return []
    return [line for line in place.read_text("utf-8").splitlines() if _is_whole(line)]


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
