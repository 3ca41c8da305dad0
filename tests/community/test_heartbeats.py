"""Signs of life, and their absence."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from community import tasks
from community.models import Heartbeat, Job
from community.services.heartbeats import (
    REPORT,
    age_of_heartbeat,
    clock_figures,
    forget_heartbeat,
    forget_predecessors,
    name_this_process,
    note_heartbeat,
    report_quiet_processes,
)
from tests.factories import HeartbeatFactory, JobFactory, JobRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def note(**figures):
    note_heartbeat(process="clock@attic", started_at=timezone.now(), figures=figures)


def test_a_process_has_one_heartbeat_the_last():
    note(rung=1)
    note(rung=2)

    assert Heartbeat.objects.get().figures == {"rung": 2}
    assert age_of_heartbeat(kind="clock") < timedelta(seconds=30)


def test_a_process_says_which_version_it_runs(settings):
    settings.GUILDHALL_VERSION = "9.8.7"

    note()

    assert Heartbeat.objects.get().version == "9.8.7"


def test_who_ends_because_they_were_told_to_leaves_none_behind():
    note()
    forget_heartbeat(process="clock@attic")

    assert age_of_heartbeat(kind="clock") is None


def test_a_kind_is_not_mistaken_for_another():
    HeartbeatFactory(process="clockwork@attic")

    assert age_of_heartbeat(kind="clock") is None


def test_figures_say_how_late_each_job_began_and_what_is_parked():
    job = JobFactory(parked_at=timezone.now())
    hour = timezone.now() - timedelta(minutes=30)
    for minute, late in enumerate((1, 2, 9)):
        slot = hour + timedelta(minutes=minute)
        JobRunFactory(job=job, slot=slot, started_at=slot + timedelta(seconds=late))

    figures = clock_figures()

    assert figures["late_s"] == {job.name: {"middle": 2.0, "worst": 9.0}}
    assert figures["parked"] == [job.name]
    assert figures["rung_last_hour"] == 3


def test_quiet_processes_and_jobs_are_told_and_logged_while_that_is_news(caplog):
    HeartbeatFactory(process="bot@attic", seen_at=Now() - timedelta(minutes=2))
    HeartbeatFactory(process="web@attic")
    JobFactory(name="lazy", last_success_at=Now() - timedelta(minutes=3))
    JobFactory(name="keen", last_success_at=Now() - timedelta(seconds=90))
    JobFactory(name="new")
    JobRunFactory(job=JobFactory(name="never"), slot=timezone.now() - timedelta(minutes=3))

    words = report_quiet_processes()
    Job.objects.filter(name=REPORT).update(last_words=words)
    report_quiet_processes()

    assert words == "Quiet: bot@attic, lazy, never."
    assert caplog.text.count(words) == 1


def test_nobody_quiet_is_no_news(caplog):
    assert tasks.report_quiet_processes() == "All are heard."
    assert not caplog.records


def test_sessions_that_have_ended_are_cleared():
    for key, hours in (("ended", -1), ("open", 1)):
        Session.objects.create(
            session_key=key, expire_date=timezone.now() + timedelta(hours=hours), session_data=""
        )

    assert tasks.clear_sessions() == "1 sessions"
    assert Session.objects.get().session_key == "open"


def test_retention_is_kept_from_the_clock():
    HeartbeatFactory(seen_at=Now() - timedelta(days=31))

    out = StringIO()
    call_command("retention", stdout=out)

    assert out.getvalue() == "1 heartbeats left.\n"
    assert not Heartbeat.objects.exists()


def test_who_begins_in_their_place_forgets_those_who_fell_silent():
    HeartbeatFactory(process="bot@attic:1", seen_at=Now() - timedelta(minutes=2))
    HeartbeatFactory(process="bot@cellar:2", seen_at=Now() - timedelta(seconds=5))
    HeartbeatFactory(process="clock@attic", seen_at=Now() - timedelta(minutes=2))

    forget_predecessors(kind="bot")

    left = Heartbeat.objects.order_by("process").values_list("process", flat=True)
    assert list(left) == ["bot@cellar:2", "clock@attic"]


def test_signs_of_life_from_the_future_are_named(caplog):
    HeartbeatFactory(process="clock@attic", seen_at=Now() + timedelta(hours=1))

    words = report_quiet_processes()

    assert words == "Heard in the future: clock@attic."
    assert words in caplog.text


def test_who_begins_forgets_those_who_were_heard_before_the_clock_was_set_back():
    HeartbeatFactory(process="clock@attic", seen_at=Now() + timedelta(hours=1))

    assert forget_predecessors(kind="clock") == 1


def test_two_processes_of_a_kind_on_one_host_have_two_names():
    ours = name_this_process("clock")
    command = [sys.executable, "-c", "import os; print(os.getpid())"]
    another = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()

    assert ours == f"clock@{socket.gethostname()}:{os.getpid()}"
    assert not ours.endswith(f":{another}")


def test_a_process_with_another_in_its_place_is_forgotten_without_a_word(caplog):
    ago = timedelta(minutes=2)
    HeartbeatFactory(process="clock@attic:1", seen_at=Now() - ago)
    HeartbeatFactory(process="clock@attic:2", started_at=Now() - ago / 2)

    assert report_quiet_processes() == "All are heard."
    assert list(Heartbeat.objects.values_list("pk", flat=True)) == ["clock@attic:2"]
    assert not caplog.records


@pytest.mark.parametrize("other", ["clock@cellar:2", "bot@attic:2"])
def test_one_elsewhere_or_of_another_kind_does_not_take_its_place(other):
    HeartbeatFactory(process="clock@attic:1", seen_at=Now() - timedelta(minutes=2))
    HeartbeatFactory(process=other)

    assert report_quiet_processes() == "Quiet: clock@attic:1."


def test_who_stays_away_is_forgotten_after_a_while():
    HeartbeatFactory(process="bot@attic:1", seen_at=Now() - timedelta(minutes=61))
    HeartbeatFactory(process="bot@attic:2", seen_at=Now() + timedelta(hours=3))
    first = report_quiet_processes()

    assert first == "Heard in the future: bot@attic:2."
    assert report_quiet_processes() == "All are heard."
