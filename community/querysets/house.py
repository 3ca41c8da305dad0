"""What we can ask about the house itself: its processes, and what the clock did."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import connections, models
from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    Value,
)
from django.db.models.functions import Coalesce, Now

if TYPE_CHECKING:
    from community.models import (
        Archive,
        Backup,
        Heartbeat,
        Job,
        JobRun,
        PrivacyRequest,
        Restoration,
    )

# So far may two clocks differ; what lies further ahead was written before one was set back.
AHEAD = timedelta(seconds=5)
# Longer than it takes to be fetched and begun.
UNHEARD_OF = timedelta(seconds=15)
BEGUN = timedelta(seconds=5)
FIRST_PAUSE = timedelta(seconds=30)
MOST_TRIES = 3
# Kind and host of a process, without its number.
PLACE = Func(
    "process", Value(":"), Value(1), function="split_part", output_field=models.CharField()
)


class Median(models.Aggregate):
    """The middle of some numbers."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.DurationField()


class ArchiveQuerySet(models.QuerySet["Archive"]):
    """Questions about archive files."""

    def standing(self) -> Self:
        """Those whose rows are in the file and nowhere else."""
        ended = {"restored_at": None, "rewritten_as": None, "dropped_at": None}
        return self.filter(let_out_at__isnull=False, **ended)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Questions about signs of life."""

    def of(self, kind: str) -> Self:
        """Processes of one kind, on whatever host: `clock` finds `clock@attic`."""
        return self.filter(process__startswith=f"{kind}@")

    def age(self) -> timedelta | None:
        """Return how long ago the latest of these was, by the database's clock; None for none.

        One from the future counts only when there is no other.
        """
        age = ExpressionWrapper(Now() - F("seen_at"), output_field=DurationField())
        found: dict[str, timedelta | None] = self.annotate(age=age).aggregate(
            least=Min("age"), latest=Min("age", filter=Q(age__gte=-AHEAD))
        )
        return found["least"] if found["latest"] is None else found["latest"]

    def quiet(self, *, longer_than: timedelta) -> Self:
        """Processes that have not been heard of for a while."""
        return self.filter(seen_at__lt=Now() - longer_than)

    def from_the_future(self) -> Self:
        """Processes whose last sign of life has not been yet: a clock was set back since."""
        return self.filter(seen_at__gt=Now() + AHEAD)

    def succeeded(self) -> Self:
        """Processes in whose place another of their kind has begun, on the same host."""
        theirs = self.model.objects.exclude(pk=OuterRef("pk")).annotate(place=PLACE)
        later = theirs.filter(place=OuterRef("place"), started_at__gt=OuterRef("seen_at"))
        return self.annotate(place=PLACE).filter(Exists(later))

    def heard(self, *, within: timedelta) -> Self:
        """Processes that were heard of just now."""
        return self.filter(seen_at__gt=Now() - within, seen_at__lte=Now() + AHEAD)


class JobQuerySet(models.QuerySet["Job"]):
    """Questions about jobs."""

    def parked(self) -> Self:
        """Jobs that are set aside until somebody runs them by hand."""
        return self.filter(parked_at__isnull=False)

    def quiet(self) -> Self:
        """Jobs that have not succeeded for two of their periods."""
        since = Coalesce("last_success_at", models.Min("runs__slot"))
        return self.annotate(since=since).filter(since__lt=Now() - F("period") - F("period"))


class JobRunQuerySet(models.QuerySet["JobRun"]):
    """Questions about ringings, and who may carry them out."""

    def at_work(self) -> Self:
        """Runs that a worker has begun and not ended."""
        return self.filter(state="running")

    def earliest_slot(self) -> JobRun | None:
        """The one of these that was due first."""
        return self.order_by("slot").first()

    def claim(self, *, lease: timedelta) -> bool:
        """Begin the run that this selects; True for exactly one caller."""
        return bool(
            self.filter(state="waiting").update(
                state="running",
                starts=F("starts") + 1,
                started_at=Coalesce("started_at", Now()),
                lease_until=Now() + lease,
            )
        )

    def begun_as(self, run: JobRun) -> Self:
        """This run, as long as nobody has begun it again since."""
        return self.filter(pk=run.pk, state="running", starts=run.starts)

    def hold(self, run: JobRun) -> bool:
        """Hold a run until this transaction ends; False when it is no longer ours."""
        # Its lock is the worker's sign of life: PostgreSQL drops it in the moment the worker dies.
        # KEY SHARE, because a worker whose host is gone must not stand in the way of `lapsed`.
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                "SELECT FROM community_jobrun WHERE id = %s AND state = 'running' AND starts = %s "
                "FOR KEY SHARE",
                [run.pk, run.starts],
            )
            return bool(cursor.rowcount)

    def lapsed(self) -> Self:
        """Runs whose worker should have ended by now, alive or not."""
        return self.filter(state="running", lease_until__lt=Now())

    def abandoned(self, *, until_ended: timedelta) -> Self:
        """Runs whose worker has died, locked: those of the living are held, and passed over."""
        begun_a_while_ago = Now() + F("job__longest") + until_ended - BEGUN
        begun = self.filter(state="running", lease_until__lt=begun_a_while_ago)
        return begun.select_for_update(skip_locked=True, of=("self",))

    def overdue(self) -> Self:
        """Runs that were lost on their way, or failed and had their pause; locked."""
        pause = ExpressionWrapper(F("starts") * F("starts") * FIRST_PAUSE, DurationField())
        lost = Q(state="waiting", rung_at__lt=Now() - UNHEARD_OF)
        failed = Q(state="failed", starts__lt=MOST_TRIES, finished_at__lt=Now() - pause)
        return self.filter(lost | failed).select_for_update(skip_locked=True, no_key=True)

    def lateness(self, *, of_runs: int = 1) -> dict[str, dict[str, timedelta]]:
        """Map each job that ran so often to how late its runs began: the middle one, the worst."""
        late = ExpressionWrapper(F("started_at") - F("slot"), output_field=DurationField())
        begun = self.filter(started_at__isnull=False).annotate(late=late).order_by()
        figures = begun.values("job_id").annotate(middle=Median("late"), worst=Max("late"))
        often = figures.annotate(runs=Count("pk")).filter(runs__gte=of_runs)
        told = often.values_list("job_id", "middle", "worst")
        return {job: {"middle": middle, "worst": worst} for job, middle, worst in told}


class BackupQuerySet(models.QuerySet["Backup"]):
    """Questions about the backups that are there."""

    def verified(self) -> Self:
        """Those that were restored for trial and found the same."""
        return self.filter(verified_at__isnull=False, trouble="")

    def newest_first(self) -> Self:
        """The order in which they are looked for."""
        return self.order_by("-made_at")


class RestorationQuerySet(models.QuerySet["Restoration"]):
    """Questions about backups that were put back."""

    def waiting(self) -> Self:
        """The one that nobody has approved yet."""
        return self.filter(approved_at=None)


class PrivacyRequestQuerySet(models.QuerySet["PrivacyRequest"]):
    """Questions about wishes for a copy, or to be forgotten."""

    def waiting(self) -> Self:
        """Those that nobody has answered, the oldest in front."""
        return self.filter(state="waiting").order_by("asked_at", "pk")

    def with_a_file(self) -> Self:
        """Those whose copy lies there."""
        return self.exclude(path="")
