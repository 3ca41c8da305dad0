"""The page of schedules, and the table that is made to say the same."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Schedule

from community.models import Job
from config.schedules import SCHEDULES, latest_slot, wind_the_clock

pytestmark = pytest.mark.django_db

HOURLY = "community.tasks.clear_sessions"
AN_HOUR = timedelta(hours=1)


def rows():
    return dict(Schedule.objects.values_list("name", "func"))


def test_after_migrate_table_and_jobs_say_what_the_page_says():
    Schedule.objects.all().delete()
    Job.objects.all().delete()

    call_command("migrate", verbosity=0)

    assert rows() == {name: name for name in SCHEDULES}
    assert dict(Job.objects.values_list("name", "period")) == SCHEDULES


def test_rows_the_page_does_not_name_go():
    Schedule.objects.create(name="tidy", func="os.system", args="'rm -rf'")
    Schedule.objects.create(name=HOURLY, func=HOURLY)

    wind_the_clock()

    assert Schedule.objects.count() == len(SCHEDULES)
    assert "tidy" not in rows()


def test_a_row_that_was_tampered_with_is_corrected():
    mine = Schedule.objects.filter(name=HOURLY)
    mine.update(func="os.system", args="'ls'", kwargs="x=1", hook="os.abort", repeats=0)

    wind_the_clock()

    row = mine.get()
    assert (row.func, row.args, row.kwargs, row.hook, row.repeats) == (HOURLY, None, None, None, -1)


def test_when_it_rings_next_stays():
    soon = timezone.now() + timedelta(minutes=7)
    Schedule.objects.filter(name=HOURLY).update(next_run=soon)

    wind_the_clock()

    assert Schedule.objects.get(name=HOURLY).next_run == soon


@pytest.mark.parametrize("next_run", [None, datetime(2999, 1, 1, tzinfo=UTC)])
def test_a_time_that_cannot_be_meant_becomes_the_next_slot(next_run):
    Schedule.objects.filter(name=HOURLY).update(next_run=next_run)

    wind_the_clock()

    found = Schedule.objects.get(name=HOURLY).next_run
    assert timezone.now() < found <= timezone.now() + AN_HOUR
    assert found == latest_slot(found, AN_HOUR)


def test_a_new_period_is_kept_to_at_once(monkeypatch):
    monkeypatch.setitem(SCHEDULES, HOURLY, timedelta(minutes=1))
    Schedule.objects.filter(name=HOURLY).update(next_run=timezone.now() + AN_HOUR)

    wind_the_clock()

    assert Schedule.objects.get(name=HOURLY).next_run <= timezone.now() + timedelta(minutes=1)
    assert Job.objects.get(name=HOURLY).period == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("period", "slot"),
    [
        (timedelta(seconds=10), (13, 47, 20)),
        (timedelta(minutes=5), (13, 45, 0)),
        (timedelta(hours=1), (13, 0, 0)),
        (timedelta(days=1), (0, 0, 0)),
    ],
)
def test_slots_lie_on_whole_periods(period, slot):
    now = datetime(2026, 5, 4, 13, 47, 29, 123, tzinfo=UTC)

    assert latest_slot(now, period) == datetime(2026, 5, 4, *slot, tzinfo=UTC)
    assert latest_slot(latest_slot(now, period), period) == latest_slot(now, period)
