"""Ringing what is due, doing what was rung, and noticing that nobody answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone
from django_q.exceptions import TimeoutException
from django_q.models import OrmQ, Schedule, Task

from community.models import Heartbeat, Job, JobRun
from community.services import clock as services
from community.services.heartbeats import name_this_process
from config.clock import keeper
from config.clock.keeper import Clock
from config.clock.queue import Beat, Queue
from config.clock.ringing import ring_due_schedules
from config.clock.work import beat, run_job
from config.schedules import SCHEDULES, latest_slot, wind_the_clock

pytestmark = [pytest.mark.django_db, pytest.mark.engine]

MINUTELY = "community.tasks.report_quiet_processes"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _wound():
    wind()


def wind():
    """Wind the clock so that nothing is due before a test says so."""
    wind_the_clock()
    Schedule.objects.update(next_run=timezone.now() + timedelta(hours=9))


def make_due(name=MINUTELY, *, ago=timedelta(0)):
    Schedule.objects.filter(name=name).update(next_run=Now() - ago)


def slot_of_now():
    return latest_slot(timezone.now(), A_MINUTE)


def rung(name=MINUTELY):
    make_due(name)
    ring_due_schedules()
    run = JobRun.objects.get(job=name)
    return run.job_id, run.slot.isoformat()


def test_what_is_due_is_rung_and_then_waits_for_its_next_slot():
    make_due()

    assert [ring_due_schedules(), ring_due_schedules()] == [1, 0]
    run = JobRun.objects.get()
    assert OrmQ.objects.get().args() == (MINUTELY, run.slot.isoformat())
    assert Schedule.objects.get(name=MINUTELY).next_run == run.slot + A_MINUTE


def test_after_an_outage_only_the_last_slot_is_rung():
    before = slot_of_now()
    make_due(ago=timedelta(days=3))

    ring_due_schedules()

    assert before <= JobRun.objects.get().slot <= slot_of_now()


def test_a_slot_that_was_rung_is_not_rung_when_its_schedule_is_turned_back():
    rung()
    make_due()

    # A minute may have begun meanwhile: then another slot is rung, never the same one.
    ring_due_schedules()
    slots = list(JobRun.objects.values_list("slot", flat=True))
    assert len(slots) == len(set(slots)) == OrmQ.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_ring_every_slot_once():
    barrier = Barrier(2)

    def ring(_):
        try:
            for _ in range(20):
                make_due()
                barrier.wait()
                ring_due_schedules()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(ring, range(2)))

    slots = list(JobRun.objects.values_list("slot", flat=True))
    assert len(slots) == len(set(slots)) == OrmQ.objects.count()


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "tidy", "func": "os.system", "args": "'rm'", "next_run": None},
        {"name": "typo", "func": "community.tasks.nonsense", "args": "((("},
        {"name": None, "func": "", "schedule_type": "C", "cron": "nonsense"},
    ],
)
def test_a_bad_row_is_set_aside_unrun_and_stops_no_other(bad, caplog):
    row = Schedule(**{"next_run": timezone.now() - timedelta(days=9)} | bad)
    Schedule.objects.bulk_create([row])  # its save() would refuse what a table does not
    make_due()

    assert [ring_due_schedules(), ring_due_schedules()] == [1, 0]
    assert JobRun.objects.get().job_id == MINUTELY
    assert OrmQ.objects.count() == 1
    row.refresh_from_db()
    assert row.next_run > timezone.now() + timedelta(minutes=50)
    assert caplog.text.count("is set aside for an hour") == 1


def test_a_row_of_the_page_runs_what_the_page_says_whatever_the_row_says():
    Schedule.objects.filter(name=MINUTELY).update(func="os.system", args="'ls'", next_run=None)

    ring_due_schedules()

    assert OrmQ.objects.get().func() == services.RUN_JOB
    assert OrmQ.objects.get().args()[0] == MINUTELY


def test_a_schedule_is_not_blamed_when_the_database_is_away(monkeypatch):
    def away(**_):
        raise OperationalError("server closed the connection")

    make_due()
    monkeypatch.setattr("config.clock.ringing.ring_job", away)
    monkeypatch.setattr("config.clock.ringing.connection.is_usable", lambda: False)

    with pytest.raises(OperationalError):
        ring_due_schedules()
    assert Schedule.objects.get(name=MINUTELY).next_run <= timezone.now()


def test_a_job_that_cannot_be_written_down_is_set_aside_without_a_message():
    Job.objects.filter(name=MINUTELY).delete()
    make_due()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert ring_due_schedules() == 0
    assert not OrmQ.objects.exists()


def test_a_job_is_carried_out_once_however_often_it_is_asked_for():
    asked = rung()

    assert run_job(*asked) == "All are heard."
    assert run_job(*asked) == f"{MINUTELY} is done, at work elsewhere, or parked."
    assert JobRun.objects.get().starts == 1


def test_only_what_is_on_the_page_is_carried_out():
    assert run_job("os.abort", timezone.now().isoformat()) == (
        "os.abort is not in config/schedules.py."
    )


def test_a_failure_ends_with_its_words_and_leaves_nothing_with_django_q(monkeypatch, caplog):
    monkeypatch.setitem(SCHEDULES, f"{__name__}.stumble", A_MINUTE)
    wind()

    assert run_job(*rung(f"{__name__}.stumble")) == "failed"
    run = JobRun.objects.get()
    assert (run.state, run.words) == ("failed", "ZeroDivisionError: no milk")
    assert "no milk" in caplog.text
    assert not Task.objects.exists()


def stumble():
    """Fail."""
    raise ZeroDivisionError("no milk")


def test_a_job_that_has_moved_away_fails_in_words(monkeypatch):
    monkeypatch.setitem(SCHEDULES, "community.tasks.gone", A_MINUTE)
    wind()

    assert run_job(*rung("community.tasks.gone")) == "failed"
    assert "gone" in JobRun.objects.get().words


def test_the_time_limit_is_written_down_and_handed_on_to_the_worker(monkeypatch):
    monkeypatch.setitem(SCHEDULES, f"{__name__}.take_too_long", A_MINUTE)
    wind()

    with pytest.raises(TimeoutException):
        run_job(*rung(f"{__name__}.take_too_long"))

    assert JobRun.objects.get().state == "failed"


def take_too_long():
    """Be interrupted as django-q does it."""
    raise TimeoutException("60 seconds")


def test_a_beat_has_returned_when_its_message_is_gone():
    sent = Beat()
    sent.send()
    under_way = sent.has_returned()
    message = OrmQ.objects.get()
    assert (message.func(), message.args()) == ("config.clock.work.beat", ())
    assert beat() is None
    message.delete()

    assert (under_way, sent.has_returned(), sent.has_returned()) == (False, True, False)


def test_a_beat_that_is_called_back_leaves_no_message():
    sent = Beat()
    sent.send()
    sent.call_back()

    assert not OrmQ.objects.exists()
    assert not sent.is_under_way


def test_the_queue_is_patient_with_a_database_that_is_away(monkeypatch, caplog):
    def away(*_):
        raise OperationalError("server closed the connection")

    queue = Queue()
    with monkeypatch.context() as patch:
        patch.setattr("django_q.brokers.orm.ORM.get_connection", away)
        patch.setattr("django_q.conf.Conf.POLL", 0)
        assert [queue.dequeue(), queue.dequeue()] == [None, None]
    queue.enqueue("payload")

    assert queue.dequeue() == [(queue.newest, "payload")]
    assert caplog.text.count("server closed the connection") == 1


class StandIn:
    """A cluster that does what the test says."""

    is_alive = True
    is_asked = False
    kills = starts = 0
    deadline = None

    def ask_to_stop(self):
        self.is_asked = True

    def wait_or_kill(self, deadline):
        self.kills, self.is_alive, self.deadline = self.kills + 1, False, deadline

    def tend(self):
        self.starts, self.is_alive = self.starts + 1, True


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(keeper, "LONGEST_START", 0)
    clock = Clock()
    clock._cluster = StandIn()
    return clock


def test_a_cluster_that_answers_is_alive_and_says_how_the_clock_did(clock):
    run_job(*rung())
    OrmQ.objects.all().delete()
    clock._watch()
    OrmQ.objects.all().delete()

    clock._watch()

    figures = Heartbeat.objects.of("clock").get().figures
    assert figures["rung_last_hour"] == 1
    assert figures["parked"] == []
    assert set(figures["late_s"][MINUTELY]) == {"middle", "worst"}


def test_a_cluster_that_falls_silent_is_killed_and_started_again(clock):
    clock._watch()
    clock._watch()
    clock._watch()

    assert (clock._cluster.kills, clock._cluster.starts) == (1, 1)
    assert not OrmQ.objects.exists()


def test_a_cluster_that_starts_is_given_longer_than_one_that_has_answered(clock, monkeypatch):
    monkeypatch.setattr(keeper, "LONGEST_START", 1000)
    monkeypatch.setattr(keeper, "LONGEST_SILENCE", 0)
    monkeypatch.setattr(keeper, "BETWEEN_BEATS", 0)
    clock._watch()
    clock._watch()
    while_starting = clock._cluster.kills
    OrmQ.objects.all().delete()
    for _ in range(3):
        clock._watch()

    assert (while_starting, clock._cluster.kills) == (0, 1)


def test_a_cluster_that_is_busy_is_left_alone(clock):
    rung()
    services.begin_run(name=MINUTELY, slot=JobRun.objects.get().slot)
    clock._watch()
    clock._watch()

    assert clock._cluster.kills == 0
    assert Heartbeat.objects.of("clock").exists()


@pytest.mark.parametrize("is_busy", [False, True])
def test_at_the_end_who_is_at_work_is_given_a_moment(clock, is_busy):
    clock._note_life()
    rung()
    if is_busy:
        services.begin_run(name=MINUTELY, slot=JobRun.objects.get().slot)

    clock._stop()

    assert (clock._cluster.is_asked, clock._cluster.deadline > 0) == (is_busy, is_busy)
    assert not Heartbeat.objects.exists()


def test_the_clock_waits_for_its_database_says_so_once_and_goes_on(clock, monkeypatch, caplog):
    monkeypatch.setattr(keeper, "close_old_connections", lambda: None)  # the test's own

    def away():
        raise OperationalError("connection refused\nIs the server running?")

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "ring_due_schedules", away)
        clock._round()
        clock._round()
    make_due()
    clock._round()

    assert caplog.text.count("connection refused") == 1
    assert caplog.text.count("The database is back.") == 1
    assert JobRun.objects.filter(job=MINUTELY).exists()


def test_a_clock_that_was_set_back_rings_on_after_the_next_winding(clock, monkeypatch):
    clock._ring()
    Schedule.objects.update(next_run=timezone.now() + timedelta(days=365))

    monkeypatch.setattr(clock, "_wind_at", clock._wind_at - keeper.BETWEEN_WINDINGS)
    clock._ring()

    ahead = Schedule.objects.get(name=MINUTELY).next_run - timezone.now()
    assert ahead <= A_MINUTE


def test_between_two_windings_the_schedules_are_left_alone(clock):
    clock._ring()
    later = timezone.now() + timedelta(hours=9)
    Schedule.objects.update(next_run=later)

    clock._ring()

    assert Schedule.objects.get(name=MINUTELY).next_run == later


def test_a_clock_is_named_like_every_process_and_leaves_no_sign_when_it_is_stopped(clock):
    clock._note_life()
    names = list(Heartbeat.objects.values_list("pk", flat=True))
    clock._stop()

    assert names == [name_this_process("clock")]
    assert not Heartbeat.objects.exists()
