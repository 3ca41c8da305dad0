"""Who is alive: the signs of life that processes leave, and which of them are missing."""

import logging
import os
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now

from community.models import Heartbeat, Job, JobRun

log = logging.getLogger(__name__)

QUIET_AFTER = timedelta(seconds=60)
# Told of and not come back: no longer news.
FORGOTTEN_AFTER = timedelta(hours=1)
REPORT = "community.tasks.report_quiet_processes"


def name_this_process(kind: str) -> str:
    """Name this process among all of the house: several of a kind may run on one host."""
    return f"{kind}@{socket.gethostname()[:80]}:{os.getpid()}"


def note_heartbeat(*, process: str, started_at: datetime, figures: dict[str, object]) -> None:
    """Leave a sign of life, with what the process says of itself."""
    told = {"started_at": started_at, "seen_at": Now(), "figures": figures}
    told["version"] = settings.GUILDHALL_VERSION
    Heartbeat.objects.update_or_create(process=process, defaults=told)


def forget_heartbeat(*, process: str) -> None:
    """Leave no sign of life behind: the process ended because it was told to."""
    Heartbeat.objects.filter(process=process).delete()


def forget_predecessors(*, kind: str) -> int:
    """Forget processes of a kind that fell silent: one of theirs has begun in their place."""
    kin = Heartbeat.objects.of(kind)
    silent = kin.quiet(longer_than=QUIET_AFTER) | kin.from_the_future()
    return silent.delete()[0]


def age_of_heartbeat(*, kind: str) -> timedelta | None:
    """Return how long ago a process of this kind was last seen; None when none is known."""
    return Heartbeat.objects.of(kind).age()


def clock_figures() -> dict[str, object]:
    """Say how the clock did in the last hour: how late each job began, and which are parked."""
    recent = JobRun.objects.filter(slot__gt=Now() - timedelta(hours=1))
    return {
        "rung_last_hour": recent.count(),
        "late_s": {
            job: {name: round(span.total_seconds(), 2) for name, span in late.items()}
            for job, late in recent.lateness().items()
        },
        "parked": list(Job.objects.parked().order_by("name").values_list("name", flat=True)),
    }


def report_quiet_processes() -> str:
    """Say which processes and jobs have fallen quiet, and log it when that is news.

    Who stays away is forgotten: at once when another has begun in its place, or when it was heard
    of in the future (who lives beats again within seconds); after a while in any case.
    """
    Heartbeat.objects.quiet(longer_than=QUIET_AFTER).succeeded().delete()
    Heartbeat.objects.quiet(longer_than=FORGOTTEN_AFTER).delete()
    processes = Heartbeat.objects.quiet(longer_than=QUIET_AFTER).order_by("process")
    words = [
        _named("Quiet", [*processes, *Job.objects.quiet().order_by("name")]),
        _named("Heard in the future", Heartbeat.objects.from_the_future().order_by("process")),
    ]
    Heartbeat.objects.from_the_future().delete()
    told = " ".join(filter(None, words)) or "All are heard."
    if any(words) and not Job.objects.filter(name=REPORT, last_words=told).exists():
        log.error(told)
    return told


def _named(what: str, found: Iterable[object]) -> str:
    names = ", ".join(map(str, found))
    return f"{what}: {names}." if names else ""
