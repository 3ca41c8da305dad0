"""The daily look whether everything holds: server by server, each as far as the time allows."""

import time
from datetime import datetime, timedelta
from pathlib import Path

from community.models import Verdict
from community.scope import guild_scope
from community.services.checks import checks_of_servers, find_breaches_in_servers, found_twice
from community.services.progress import tell_progress
from community.services.verdicts import (
    Named,
    look_under_way,
    note_progress,
    note_verdict,
    servers_to_look_at,
)
from moderation.models import CaseEvent, Docket
from moderation.services.anchors import anchors_of
from moderation.services.archived import Anchor
from moderation.services.proof import NO_END, breaches_of_history

# A whole look at each server a day; a run of the clock has a minute, and takes up what is left.
EVERY, SECONDS = timedelta(hours=20), 25.0
EVENTS = 100_000
HISTORY = "moderation.history"


def look_at_servers(*, folder: Path, now: datetime) -> tuple[int, int]:
    """Verify the servers that wait for it; return how many were, and how much does not hold."""
    began, looked, breaches = time.monotonic(), 0, 0
    waiting = servers_to_look_at(now=now, every=EVERY)
    for guild_id in waiting:
        tell_progress(done=looked, whole=len(waiting))
        while (count := _look_on(guild_id, folder, now)) is None:
            if time.monotonic() - began > SECONDS:
                return looked, breaches
        looked, breaches = looked + 1, breaches + count
        if time.monotonic() - began > SECONDS:
            break
    return looked, breaches


def _look_on(guild_id: int, folder: Path, now: datetime) -> int | None:
    """Look at the next part of a server; return what was found in all once that was the last."""
    with guild_scope(guild_id):
        verdict = look_under_way(guild_id=guild_id)
        until, is_last = _next_stop(verdict)
        found = [*([] if verdict.seq else _of_rows(guild_id, folder))]
        found += _of_history(verdict, until, folder)
        if is_last:
            return note_verdict(verdict=verdict, found=found, now=now)
        head = CaseEvent.objects.of(guild_id).filter(seq=until).values_list("hash", flat=True)
        note_progress(verdict=verdict, seq=until, head=head.first() or "", found=found)
        return None


def _next_stop(verdict: Verdict) -> tuple[int, bool]:
    docket = Docket.objects.of(verdict.guild_id).first()
    last, stop = docket.last_event if docket else 0, verdict.seq + EVENTS
    return (NO_END, True) if stop >= last else (stop, False)


def _of_rows(guild_id: int, folder: Path) -> list[Named]:
    """Return what does not hold, the history aside, each with the name of its check."""
    checks = [check for check in checks_of_servers(anchors=folder) if not check.is_long]
    found = find_breaches_in_servers(checks, guild_ids=[guild_id])
    return [(breach.check.name, breach.words) for breach in found]


def _of_history(verdict: Verdict, until: int, folder: Path) -> list[Named]:
    """Return what does not hold in the next part of the history."""
    guild_id = verdict.guild_id
    since = Anchor(guild_id, verdict.seq, verdict.hash) if verdict.seq else None
    anchors = anchors_of(guild_id=guild_id, folder=folder)

    def look() -> list[str]:
        return [*breaches_of_history(guild_id=guild_id, anchors=anchors, since=since, until=until)]

    return [(HISTORY, words) for words in found_twice(look)]
