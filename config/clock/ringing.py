"""Rings what is due: one schedule, one transaction, so that a bad one stops no other."""

import logging
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django_q.models import Schedule

from community.services.clock import ring_job
from config.schedules import SCHEDULES, latest_slot

log = logging.getLogger(__name__)

SET_ASIDE_FOR = timedelta(hours=1)


def ring_due_schedules() -> int:
    """Ring what is due, each slot once however many clocks there are; return how many it was."""
    due = Schedule.objects.filter(_is_due()).order_by("next_run").values_list("pk", flat=True)
    return sum(_ring_or_set_aside(pk) for pk in list(due))


def _is_due() -> Q:
    return Q(next_run=None) | Q(next_run__lte=Now())


def _ring_or_set_aside(pk: int) -> bool:
    try:
        return _ring(pk)
    except Exception:
        if not connection.is_usable():
            raise  # the database is away, the schedule is not to blame
        log.exception("Schedule %s cannot be rung; it is set aside for an hour.", pk)
        Schedule.objects.filter(pk=pk).update(next_run=Now() + SET_ASIDE_FOR)
        return False


@transaction.atomic
def _ring(pk: int) -> bool:
    due = Schedule.objects.select_for_update(skip_locked=True).filter(_is_due(), pk=pk)
    if (row := due.annotate(now=Now()).first()) is None:
        return False
    # Only the page decides what is run; a function named in a row of the table never is.
    if row.name not in SCHEDULES:
        raise LookupError(f"{row.name} ({row.func}) is not in config/schedules.py.")
    period = SCHEDULES[row.name]
    # After a pause the last slot counts, not all that were missed.
    slot = latest_slot(row.now, period)
    Schedule.objects.filter(pk=pk).update(next_run=slot + period)
    return ring_job(name=row.name, slot=slot)
