"""Everything that happens by itself, on one page; django-q's table is made to say the same."""

from datetime import UTC, datetime, timedelta

from django.db import connections, transaction
from django.utils import timezone
from django_q.models import Schedule

from community.models import Job
from community.services.clock import keep_jobs

# Task: how often. Slots lie on whole periods: an hourly task on the hour, a daily one at 0:00 UTC.
SCHEDULES = {
    "community.tasks.look_at_standing_orders": timedelta(hours=6),
    "community.tasks.clear_sessions": timedelta(hours=1),
    "community.tasks.settle_arrivals": timedelta(minutes=1),
    "community.tasks.answer_requests": timedelta(minutes=1),
    "community.tasks.measure_tables": timedelta(days=1),
    "community.tasks.set_reminders_right": timedelta(days=1),
    "community.tasks.report_quiet_processes": timedelta(minutes=1),
    "activity.tasks.settle_rewards": timedelta(hours=6),
    "activity.tasks.keep_activity_roles": timedelta(minutes=15),
    "activity.tasks.keep_months": timedelta(days=1),
    "activity.tasks.prove_counters": timedelta(hours=1),
    "economy.tasks.archive_coins": timedelta(minutes=30),
    "economy.tasks.count_days": timedelta(minutes=15),
    "moderation.tasks.end_run_out_warnings": timedelta(minutes=5),
    "moderation.tasks.hurry_overdue_punishments": timedelta(minutes=1),
    "moderation.tasks.anchor_histories": timedelta(days=1),
    "config.tasks.verify_everything": timedelta(hours=1),
    "config.tasks.keep_retention": timedelta(hours=1),
    "config.tasks.back_up": timedelta(hours=6),
}
# What may take longer than the minute that a run usually has.
MAY_TAKE = {
    "config.tasks.back_up": timedelta(hours=2),
    "community.tasks.answer_requests": timedelta(minutes=30),
    "config.tasks.verify_everything": timedelta(minutes=15),
    "config.tasks.keep_retention": timedelta(minutes=50),
}


def wind_the_clock(*, using: str = "default", **_: object) -> None:
    """Make the schedule table and the jobs say what this page says; runs after every migrate."""
    standing = connections[using].introspection.table_names()
    # `migrate` can also lead to a moment in which one of the tables is not there.
    if {Schedule._meta.db_table, Job._meta.db_table} <= set(standing):
        with transaction.atomic(using=using):
            keep_jobs(periods=SCHEDULES, longest=MAY_TAKE)
            _drop_rows_the_page_does_not_say()
            for name, period in SCHEDULES.items():
                _write_row(name, period)


def latest_slot(now: datetime, period: timedelta) -> datetime:
    """Return the last moment at which something with this period was due."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return now - (now - epoch) % period


def _drop_rows_the_page_does_not_say() -> None:
    first = Schedule.objects.filter(name__in=SCHEDULES).order_by("name", "pk").distinct("name")
    Schedule.objects.exclude(pk__in=first.values("pk")).delete()


def _write_row(name: str, period: timedelta) -> None:
    """Write one row; when it rings next stays as it is, unless that cannot be meant."""
    now = timezone.now()
    row = Schedule.objects.filter(name=name).first() or Schedule(name=name, next_run=None)
    if row.next_run is None or row.next_run > now + period:
        row.next_run = latest_slot(now, period) + period
    row.func, row.schedule_type = name, Schedule.MINUTES
    row.minutes = period // timedelta(minutes=1)
    row.args = row.kwargs = row.hook = row.cluster = row.cron = row.intended_date_kwarg = None
    row.repeats = -1
    row.save()
