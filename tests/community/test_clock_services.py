"""Jobs: rung once per slot, carried out once, tried again, parked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django_q.models import OrmQ

from community.errors import HouseError, NotAllowed
from community.models import Job, JobRun
from community.services.clock import (
    UNTIL_ENDED,
    TakenOver,
    begin_run,
    carry_out,
    fail_run,
    is_at_work,
    keep_jobs,
    ring_job,
    ring_stranded_runs,
    run_job_now,
)
from tests.factories import HeartbeatFactory, JobFactory, JobRunFactory, StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
in_threads = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LONG_AGO = timedelta(minutes=10)


def leave_mark():
    """Leave an effect that would be there twice when done twice."""
    HeartbeatFactory()
    return "marked"


def effects():
    from community.models import Heartbeat

    return Heartbeat.objects.count()


def rung():
    job = JobFactory()
    ring_job(name=job.name, slot=NOON)
    return job


def begun(job):
    return begin_run(name=job.name, slot=NOON)


def strand(run, **told):
    """Let a run have begun ten seconds ago, and its message be lost."""
    begun_then = Now() + run.job.longest + UNTIL_ENDED - timedelta(seconds=10)
    JobRun.objects.filter(pk=run.pk).update(lease_until=begun_then, **told)
    OrmQ.objects.all().delete()


def together(deed, times):
    """Do something in many threads in the same moment."""
    barrier = Barrier(times)

    def run(_):
        barrier.wait()
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def test_a_slot_is_rung_once():
    job = JobFactory()

    assert [ring_job(name=job.name, slot=NOON) for _ in range(2)] == [True, False]
    assert (job.runs.count(), OrmQ.objects.count()) == (1, 1)


def test_a_worker_is_told_its_time_in_whole_seconds_as_an_alarm_takes_them():
    rung()

    timeout = OrmQ.objects.get().task["timeout"]

    assert type(timeout) is int
    assert timeout == JobRun.objects.get().job.longest.total_seconds()


@in_threads
def test_two_ringers_at_once_ring_each_of_fifty_slots_once():
    job = JobFactory()

    for minute in range(50):
        slot = NOON + timedelta(minutes=minute)
        assert sum(together(lambda slot=slot: ring_job(name=job.name, slot=slot), 2)) == 1

    assert (job.runs.count(), OrmQ.objects.count()) == (50, 50)


def test_a_run_is_done_together_with_its_effect():
    job = rung()

    carry_out(run=begun(job), deed=leave_mark)

    run = job.runs.get()
    job.refresh_from_db()
    assert (run.state, run.words, run.starts, effects()) == ("done", "marked", 1, 1)
    assert (job.unfinished_starts, job.last_words) == (0, "marked")
    assert job.last_success_at


def test_a_run_that_is_done_is_not_begun_again():
    job = rung()
    carry_out(run=begun(job), deed=leave_mark)

    assert begun(job) is None


@in_threads
def test_of_two_workers_who_are_handed_one_run_one_does_it():
    job = rung()

    def work():
        return (run := begun(job)) and carry_out(run=run, deed=leave_mark)

    assert sorted(str(words) for words in together(work, 2)) == ["None", "marked"]
    assert effects() == 1


@in_threads
def test_of_two_runs_of_a_job_begun_at_once_one_waits():
    for _ in range(10):
        job = rung()
        later = NOON + job.period
        ring_job(name=job.name, slot=later)
        slots = iter((NOON, later))

        begun_ones = together(lambda: begin_run(name=job.name, slot=next(slots)), 2)  # noqa: B023

        assert sum(run is not None for run in begun_ones) == 1


@in_threads
def test_a_run_in_somebody_elses_transaction_is_refused():
    run = begun(rung())

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        carry_out(run=run, deed=leave_mark)


def test_one_run_of_a_job_is_at_work_at_a_time():
    job = rung()
    ring_job(name=job.name, slot=NOON + job.period)
    begun(job)

    assert begin_run(name=job.name, slot=NOON + job.period) is None
    with pytest.raises(IntegrityError, match="community_jobrun_one_at_a_time"):
        job.runs.filter(state="waiting").update(state="running", lease_until=Now())


def test_who_ends_lets_the_next_run_of_the_job_begin():
    job = rung()
    ring_job(name=job.name, slot=NOON + job.period)
    run = begun(job)
    OrmQ.objects.all().delete()

    carry_out(run=run, deed=leave_mark)

    assert [row.args() for row in OrmQ.objects.all()] == [
        (job.name, (NOON + job.period).isoformat())
    ]


def test_a_failure_takes_its_effect_back_and_leaves_its_words():
    run = begun(rung())

    def stumble():
        leave_mark()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any
        carry_out(run=run, deed=stumble)
    fail_run(run=run, words="ValueError")

    run.refresh_from_db()
    assert (run.state, run.words, effects()) == ("failed", "ValueError", 0)
    assert Job.objects.get(pk=run.job_id).unfinished_starts == 0


def test_a_failed_run_is_tried_three_times_with_longer_and_longer_pauses():
    job = rung()
    for start in (1, 2, 3):
        fail_run(run=begun(job), words="no")
        assert ring_stranded_runs() == 0
        job.runs.update(finished_at=Now() - timedelta(seconds=30) * start**2)
        OrmQ.objects.all().delete()
        assert ring_stranded_runs() == (start < 3)

    assert job.runs.get().starts == 3


def test_a_worker_who_was_given_up_cannot_have_an_effect():
    job = rung()
    late = begun(job)
    strand(late)
    ring_stranded_runs()

    with pytest.raises(TakenOver):
        carry_out(run=late, deed=leave_mark)

    assert effects() == 0
    assert carry_out(run=begun(job), deed=leave_mark) == "marked"


def test_a_worker_who_is_given_up_while_at_work_takes_its_effect_back():
    job = rung()
    slow = begun(job)

    def work_for_too_long():
        leave_mark()
        strand(slow, state="waiting")
        begun(job)

    with pytest.raises(TakenOver):
        carry_out(run=slow, deed=work_for_too_long)

    assert effects() == 0


@in_threads
def test_a_live_worker_is_not_given_up_and_a_dead_one_is_at_once():
    job = rung()
    run = begun(job)
    strand(run)
    is_working, may_end = Event(), Event()

    def work():
        try:
            carry_out(run=run, deed=lambda: (is_working.set(), may_end.wait(20)))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        worker = thread.submit(work)
        is_working.wait(20)
        while_alive = ring_stranded_runs()
        may_end.set()
        worker.result()
    strand(run, state="running")

    assert (while_alive, ring_stranded_runs()) == (0, 1)


@in_threads
def test_a_worker_whose_host_is_gone_stands_in_nobodys_way_after_its_lease():
    job = rung()
    ghost = begun(job)
    is_working, may_end = Event(), Event()

    def work():
        with pytest.raises(TakenOver):
            carry_out(run=ghost, deed=lambda: (is_working.set(), may_end.wait(20)))
        connection.close()

    with ThreadPoolExecutor(1) as thread:
        worker = thread.submit(work)
        is_working.wait(20)
        JobRun.objects.update(lease_until=Now(), rung_at=Now() - LONG_AGO)
        OrmQ.objects.all().delete()
        assert ring_stranded_runs() == 1
        successor = begun(job)
        may_end.set()
        worker.result()

    assert carry_out(run=successor, deed=leave_mark) == "marked"


def test_what_was_lost_on_its_way_is_rung_again():
    job = rung()
    OrmQ.objects.all().delete()
    fresh = ring_stranded_runs()
    job.runs.update(rung_at=Now() - LONG_AGO)

    assert (fresh, ring_stranded_runs(), ring_stranded_runs()) == (0, 1, 0)
    assert OrmQ.objects.count() == 1


def test_nothing_is_rung_again_while_nobody_fetches_what_is_queued():
    job = rung()
    job.runs.update(rung_at=Now() - LONG_AGO)
    OrmQ.objects.update(lock=Now() - LONG_AGO)

    assert ring_stranded_runs() == 0


def test_a_job_is_parked_when_three_starts_in_a_row_never_came_to_an_end(caplog):
    job = rung()
    for _ in range(3):
        strand(begun(job))
        ring_stranded_runs()
        OrmQ.objects.all().delete()

    assert begun(job) is None
    job.refresh_from_db()
    assert job.parked_at
    assert (job.runs.get().state, job.runs.get().starts) == ("parked", 3)
    assert "killed its worker again and again" in caplog.text


def test_a_start_that_ends_makes_the_earlier_ones_forgotten():
    job = rung()
    for _ in range(2):
        strand(begun(job))
        ring_stranded_runs()
        OrmQ.objects.all().delete()

    carry_out(run=begun(job), deed=leave_mark)

    assert Job.objects.get(pk=job.pk).unfinished_starts == 0


def test_a_third_start_that_is_still_at_work_is_not_taken_for_a_dead_one():
    job = rung()
    ring_job(name=job.name, slot=NOON + job.period)
    Job.objects.update(unfinished_starts=2)
    begun(job)

    assert begin_run(name=job.name, slot=NOON + job.period) is None
    assert Job.objects.get(pk=job.pk).parked_at is None


def test_run_now_takes_a_parked_job_up_again(keeper):
    job = JobFactory(parked_at=NOON, unfinished_starts=3)

    run_job_now(name=job.name, by=keeper)

    run = begin_run(name=job.name, slot=job.runs.get().slot)
    assert carry_out(run=run, deed=leave_mark) == "marked"


def test_run_now_of_an_unknown_job_says_so(keeper):
    with pytest.raises(HouseError, match="There is no job called nonsense"):
        run_job_now(name="nonsense", by=keeper)


def test_only_the_keepers_run_a_job_out_of_turn():
    with pytest.raises(NotAllowed, match="keepers"):
        run_job_now(name=JobFactory().name, by=StaffFactory())


def test_nobody_begins_a_job_that_is_not_known():
    assert begin_run(name="nonsense", slot=NOON) is None


def test_somebody_is_at_work_as_long_as_the_lease_runs():
    job = rung()
    before = is_at_work()
    begun(job)
    meanwhile = is_at_work()
    JobRun.objects.update(lease_until=Now())

    assert (before, meanwhile, is_at_work()) == (False, True, False)


def test_exactly_the_jobs_of_the_page_are_known():
    rung()
    keep_jobs(periods={"community.tasks.new": timedelta(hours=1)})
    keep_jobs(periods={"community.tasks.new": timedelta(hours=2)})

    assert list(Job.objects.values_list("name", "period")) == [
        ("community.tasks.new", timedelta(hours=2))
    ]
    assert not JobRun.objects.exists()


def test_two_runs_after_a_house_was_opened_are_no_rule():
    now = datetime.now(UTC)
    job = JobFactory(name="a.job")
    for slot in (9, 10):
        JobRunFactory(job=job, slot=now - timedelta(minutes=slot), started_at=now)

    assert "a.job" in JobRun.objects.lateness()
    assert "a.job" not in JobRun.objects.lateness(of_runs=3)


def test_lateness_is_readable_from_the_run():
    run = JobRunFactory(slot=NOON)
    assert run.lateness is None

    run.started_at = NOON + timedelta(seconds=2)
    assert run.lateness == timedelta(seconds=2)
