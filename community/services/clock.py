"""What the clock does with jobs: rings them, carries them out once, and parks those that kill."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from community.errors import HouseError
from community.models import Job, JobRun, Staff
from community.scope import cross_guild
from community.services.audit import write_audit
from community.services.progress import telling_of
from community.services.staff import require_keeper

log = logging.getLogger(__name__)

# The clock's side of it, by its name: upper floors are known by convention only.
RUN_JOB = "config.clock.work.run_job"
# A worker that is past its time is ended by django-q some seconds later.
UNTIL_ENDED = timedelta(seconds=15)
MOST_UNFINISHED_STARTS = 3
LONGEST_WORDS = 500


class TakenOver(HouseError):
    """A run was begun again by somebody else; what the first one did does not count."""


@transaction.atomic
def keep_jobs(
    *, periods: Mapping[str, timedelta], longest: Mapping[str, timedelta] | None = None
) -> None:
    """Know exactly these jobs; what others left behind goes."""
    usual = timedelta(seconds=Conf.TIMEOUT)
    for name, period in periods.items():
        told = {"period": period, "longest": (longest or {}).get(name, usual)}
        Job.objects.update_or_create(name=name, defaults=told)
    Job.objects.exclude(name__in=periods).delete()


@transaction.atomic
def ring_job(*, name: str, slot: datetime) -> bool:
    """Ring a job for one slot, written down and queued together; True for exactly one caller."""
    run, is_new = JobRun.objects.get_or_create(job_id=name, slot=slot)
    if is_new:
        _queue(run)
    return is_new


@transaction.atomic
def run_job_now(*, name: str, by: Staff) -> None:
    """Ring a job out of turn, and take it up again when it was parked; the keepers may."""
    require_keeper(by)
    if not Job.objects.filter(name=name).update(parked_at=None, unfinished_starts=0):
        raise HouseError(f"There is no job called {name}.")
    ring_job(name=name, slot=timezone.now())
    with cross_guild("the house's own history"):
        write_audit(verb="community.job.rung", subject=("job", name), by=by)


@transaction.atomic
def begin_run(*, name: str, slot: datetime) -> JobRun | None:
    """Begin a run; None when it is done, its job is at work elsewhere, or parked."""
    job = Job.objects.select_for_update(no_key=True).filter(name=name).first()
    # One run of a job at a time; who comes too early is queued again by the one who ends.
    if job is None or job.runs.at_work().exists():
        return None
    run = job.runs.filter(slot=slot)
    if job.parked_at or job.unfinished_starts >= MOST_UNFINISHED_STARTS:
        _park(job, slot)
        return None
    if not run.claim(lease=job.longest + UNTIL_ENDED):
        return None
    Job.objects.filter(pk=job.pk).update(unfinished_starts=F("unfinished_starts") + 1)
    return run.get()


def carry_out(*, run: JobRun, deed: Callable[[], object]) -> str:
    """Do a run's work and mark it done in one transaction: both happen, or neither."""
    with transaction.atomic(durable=True):
        if not JobRun.objects.hold(run):
            raise TakenOver(f"{run} was begun again by somebody else.")
        with telling_of(run.pk):
            words = str(deed())[:LONGEST_WORDS]
        if not _end(run, JobRun.State.DONE, words, last_success_at=Now()):
            raise TakenOver(f"{run} took too long and was begun again by somebody else.")
    return words


@transaction.atomic
def fail_run(*, run: JobRun, words: str) -> bool:
    """Mark a run failed, with what went wrong; it is tried again later. False when taken over."""
    return _end(run, JobRun.State.FAILED, words[:LONGEST_WORDS])


@transaction.atomic
def ring_stranded_runs() -> int:
    """Ring again what was lost on its way, whose worker died, or what failed a while ago."""
    JobRun.objects.lapsed().update(state=JobRun.State.WAITING, lease_until=None)
    if _queue_stands_still():
        return 0
    stranded = [*JobRun.objects.abandoned(until_ended=UNTIL_ENDED), *JobRun.objects.overdue()]
    for run in stranded:
        # A dead worker left it as running; from now on its late deeds are refused.
        JobRun.objects.filter(pk=run.pk).update(
            state=JobRun.State.WAITING, rung_at=Now(), lease_until=None
        )
        _queue(run)
        log.warning("%s was stranded (%s, start %s); rung again.", run, run.state, run.starts)
    return len(stranded)


def is_at_work() -> bool:
    """Tell whether any job is at work now, as far as its lease is worth something."""
    return JobRun.objects.at_work().filter(lease_until__gt=Now()).exists()


def _queue(run: JobRun) -> None:
    # Nothing is left in django-q's own result tables: the run's row is the record.
    seconds = ceil(run.job.longest.total_seconds())  # an alarm of the system counts whole ones
    options = {"group": run.job_id, "save": False, "timeout": seconds}
    async_task(RUN_JOB, run.job_id, run.slot.isoformat(), q_options=options)


def _queue_stands_still() -> bool:
    """Tell whether nobody fetches what is queued: then queueing more would only pile it up."""
    a_while_ago = timezone.now() - timedelta(seconds=10)
    queued: QuerySet[OrmQ] = OrmQ.objects.filter(key=Conf.CLUSTER_NAME, lock__lt=a_while_ago)
    return queued.exists()


def _park(job: Job, slot: datetime) -> None:
    words = f"Parked: {MOST_UNFINISHED_STARTS} starts in a row never came to an end."
    job.runs.filter(slot=slot, state="waiting").update(state=JobRun.State.PARKED, words=words)
    if Job.objects.filter(pk=job.pk, parked_at=None).update(parked_at=Now(), last_words=words):
        log.critical("%s killed its worker again and again. %s Run now takes it up.", job, words)


def _end(run: JobRun, state: str, words: str, **told: object) -> bool:
    """Write down how a run ended; the job before its run, like everybody who locks both."""
    Job.objects.select_for_update(no_key=True).get(pk=run.job_id)
    ending = {"state": state, "words": words, "finished_at": Now(), "lease_until": None}
    if not JobRun.objects.begun_as(run).update(**ending):
        return False
    Job.objects.filter(pk=run.job_id).update(unfinished_starts=0, last_words=words, **told)
    if following := JobRun.objects.filter(job=run.job_id, state="waiting").earliest_slot():
        _queue(following)
    return True
