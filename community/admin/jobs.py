"""The keepers' door to the clock: each job, its last runs, and one more now."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from community.desk.actions import Asked, Deed
from community.desk.base import HouseAdmin, pill
from community.desk.current_guild import staff_of
from community.desk.people import moment, span_in_words
from community.desk.registry import KEEPER
from community.models import Job, JobRun
from community.services.clock import run_job_now

RUNS = 20
# How a run stands, in a word and its colour.
TOLD = {
    "waiting": ("Waiting", "mute"),
    "running": ("At work", "ok"),
    "done": ("Done", "ok"),
    "failed": ("Failed", "bad"),
    "parked": ("Set aside", "bad"),
}


def run_now(request: HttpRequest, job: Job, _: Asked) -> str:
    """Ring a job out of turn."""
    run_job_now(name=job.name, by=staff_of(request))
    return "The job is rung; the clock carries it out within seconds."


@admin.register(Job)
class JobAdmin(HouseAdmin):
    list_display = ["name_", "state", "every", "last_success", "late", "took", "last_words"]
    list_display_links = ["name_"]
    change_form_template = "community/job.html"
    fields = ["name", "state", "every", "longest_", "last_success", "last_words"]
    readonly_fields = ["state", "every", "longest_", "last_success"]
    ordering = ["name"]
    empty_words = "The clock has no jobs."
    deeds = [
        Deed(
            name="run_now",
            label="Run now",
            explains="Rung once, out of turn. A job that was set aside is taken up again.",
            needs=KEEPER,
            do=run_now,
            is_offered=lambda _: True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        begun = JobRun.objects.filter(job=OuterRef("pk"), started_at__isnull=False)
        last = begun.order_by("-slot")
        told = {
            "last_slot": Subquery(last.values("slot")[:1]),
            "last_begun": Subquery(last.values("started_at")[:1]),
            "last_ended": Subquery(last.values("finished_at")[:1]),
            "is_at_work": Exists(begun.at_work()),
        }
        return super().get_queryset(request).annotate(**told)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the last runs of one job."""
        runs = list(JobRun.objects.filter(job=unquote(object_id)).order_by("-slot")[:RUNS])
        told = {
            "runs": [(run, *TOLD[run.state]) for run in runs],
            "is_moving": any(run.state in ("waiting", "running") for run in runs),
            "run_now": reverse("admin:community_job_run_now", args=[object_id]),
        }
        return super().change_view(request, object_id, form_url, {**told, **(extra_context or {})})

    @admin.display(description="Job", ordering="name")
    def name_(self, job: Job) -> str:
        return job.name.rpartition(".")[2].replace("_", " ").capitalize()

    @admin.display(description="State")
    def state(self, job: Any) -> str:
        if job.parked_at:
            return pill("Set aside", "bad")
        if job.is_at_work:
            return pill("At work", "ok")
        if job.last_success_at is None:
            return pill("Has not run yet")
        is_late = job.last_success_at < timezone.now() - 2 * job.period
        return pill("Late", "warn") if is_late else pill("In time", "ok")

    @admin.display(description="Every", ordering="period")
    def every(self, job: Job) -> str:
        return span_in_words(job.period)

    @admin.display(description="Last success", ordering="last_success_at")
    def last_success(self, job: Job) -> str:
        return moment(job.last_success_at, empty="Never")

    @admin.display(description="Began late by")
    def late(self, job: Any) -> str:
        return span_in_words(job.last_begun - job.last_slot) if job.last_begun else "—"

    @admin.display(description="Took")
    def took(self, job: Any) -> str:
        return span_in_words(job.last_ended - job.last_begun) if job.last_ended else "—"

    @admin.display(description="May take")
    def longest_(self, job: Job) -> str:
        return span_in_words(job.longest)
