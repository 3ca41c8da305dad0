"""What must be true of the clock's settings and of the page of schedules, said at start."""

import inspect
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Caution
from django.utils.module_loading import import_string

from config.schedules import SCHEDULES

QUEUE = "config.clock.queue.Queue"
OTHER_BROKERS = {"redis", "django_redis", "iron_mq", "sqs", "mongo"}
LONGEST_PERIOD = timedelta(days=7)


def check_clock(**_: object) -> list[CheckMessage]:
    """Refuse settings of django-q with which the clock cannot keep its promises."""
    clock = settings.Q_CLUSTER
    return [*_about_retry(clock), *_about_broker(clock), *_about_name()]


def check_schedules(**_: object) -> list[CheckMessage]:
    """Refuse a page that names what is not there, or cannot be run by itself."""
    return [
        Error(f"config/schedules.py: {name} {fault}.", id="config.E004")
        for name, period in SCHEDULES.items()
        for fault in _faults(name, period)
    ]


def _about_retry(clock: dict[str, Any]) -> Iterator[CheckMessage]:
    # A task waits in a worker's pipe behind others; until then it must not be fetched again.
    longest = clock["timeout"] * (1 + (clock["queue_limit"] + clock["workers"]) / clock["workers"])
    if clock["retry"] <= longest:
        yield Error(
            f"Q_CLUSTER: a retry of {clock['retry']} s hands tasks out twice; with these workers "
            f"and this queue it must be more than {longest:.0f} s.",
            id="config.E001",
        )


def _about_broker(clock: dict[str, Any]) -> Iterator[CheckMessage]:
    if clock.get("scheduler", True):
        yield Error(
            "Q_CLUSTER: django-q's scheduler must be off; the clock rings the schedules.",
            id="config.E002",
        )
    is_ours = clock.get("orm") and clock.get("broker_class", QUEUE) == QUEUE
    if OTHER_BROKERS & set(clock) or not is_ours:
        yield Error(
            f'Q_CLUSTER: the queue must be a table ("orm") read by {QUEUE} ("broker_class"): what '
            "is rung is queued in the transaction that writes it down.",
            id="config.E003",
        )


def _about_name() -> Iterator[CheckMessage]:
    if os.environ.get("Q_CLUSTER_NAME"):
        yield Caution(
            "Q_CLUSTER_NAME is set: django-q then reads another queue than the house fills.",
            hint="Remove it from the environment.",
            id="config.W001",
        )


def _faults(name: str, period: timedelta) -> Iterator[str]:
    if not timedelta(seconds=1) <= period <= LONGEST_PERIOD:
        yield f"has a period of {period}; between a second and a week is possible"
    try:
        task = import_string(name)
    except ImportError as error:
        yield f"is not there ({error})"
        return
    if not inspect.isfunction(task) or inspect.iscoroutinefunction(task):
        yield "is not a plain function"
    elif inspect.signature(task).parameters:
        yield "takes arguments, and nobody would give it any"
