"""What the clock does is seen: last runs, how far a long one has come, what stands still."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import JobRun
from community.services import progress
from community.services.clock import begin_run, carry_out
from community.services.house_problems import problems_of_house
from community.services.progress import tell_progress, telling_of
from tests.factories import GrantFactory, JobFactory, JobRunFactory, StaffFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def keeper(client):
    client.force_login(StaffFactory(keeper=True))
    return client


def page_of(client, job):
    return client.get(f"/community/job/{job.name.replace('_', '_5F')}/change/")


def test_a_job_shows_its_last_runs_with_delay_duration_and_words(keeper):
    job, slot = JobFactory(name="community.tasks.sweep"), timezone.now() - HOUR
    begun = {"started_at": slot + timedelta(seconds=90), "starts": 2}
    ended = {"finished_at": slot + timedelta(seconds=210), "words": "7 rows"}
    JobRunFactory(job=job, slot=slot, state="done", **begun, **ended)

    page = page_of(keeper, job).content.decode()

    assert all(words in page for words in ("7 rows", "begun 2 times", "2 minutes", "Run now"))
    assert "data-look-again" not in page


def test_a_long_run_shows_how_far_it_has_come(keeper):
    job, now = JobFactory(name="community.tasks.sweep"), timezone.now()
    working = {"state": "running", "lease_until": now + HOUR, "started_at": now}
    JobRunFactory(job=job, slot=now, progress=3000, whole=12000, **working)

    page = page_of(keeper, job).content.decode()

    assert "3,000 of 12,000" in page
    assert "data-look-again" in page
    assert "At work" in keeper.get("/community/job/").content.decode()


def test_a_job_that_missed_two_periods_is_among_the_problems(keeper):
    job = JobFactory(name="community.tasks.sweep", period=HOUR)
    JobFactory(name="community.tasks.told", period=HOUR, last_success_at=timezone.now())
    JobRunFactory(job=job, slot=timezone.now() - 3 * HOUR)
    JobFactory(name="community.tasks.killer", parked_at=timezone.now())

    told = [each.title for each in problems_of_house() if each.kind == "job"]

    assert told == [
        "Jobs that missed two of their periods: community.tasks.sweep.",
        "Jobs that were set aside: community.tasks.killer.",
    ]
    assert told[0] in keeper.get("/house/problems/").content.decode()


def test_only_keepers_see_jobs(client):
    client.force_login(GrantFactory(capabilities=["see", "configure"]).staff)

    assert page_of(client, JobFactory(name="a.job")).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_run_tells_how_far_it_has_come_while_its_transaction_lasts(monkeypatch):
    run, seen = JobRunFactory(), []
    monkeypatch.setattr(progress, "PAUSE", 0.0)

    def deed():
        tell_progress(done=1, whole=3)
        seen.append(JobRun.objects.values_list("progress", "whole").get())
        tell_progress(done=2, whole=3)
        raise ValueError("broke off")

    begun = begin_run(name=run.job_id, slot=run.slot)
    with pytest.raises(ValueError, match="broke off"):
        carry_out(run=begun, deed=deed)

    assert seen == [(1, 3)]
    assert JobRun.objects.values_list("progress", "whole").get() == (2, 3)


def test_who_tells_too_often_is_heard_once_a_second_and_outside_of_a_run_never(monkeypatch):
    told = []
    monkeypatch.setattr(progress.connection, "copy", lambda: told.append(1) or progress.connection)
    monkeypatch.setattr(progress.connection, "close", lambda: None)

    tell_progress(done=1, whole=2)
    with telling_of(JobRunFactory().pk):
        tell_progress(done=1, whole=2)
        tell_progress(done=2, whole=2)

    assert told == [1]
