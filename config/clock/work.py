"""What a worker of the clock is asked to do."""

import logging
from datetime import datetime

from django.utils.module_loading import import_string

from community.models import JobRun
from community.services.clock import TakenOver, begin_run, carry_out, fail_run
from config.schedules import SCHEDULES

log = logging.getLogger(__name__)


def run_job(name: str, slot: str) -> str:
    """Carry out one ringing of a job; asked twice, do it once."""
    if name not in SCHEDULES:
        return f"{name} is not in config/schedules.py."
    run = begin_run(name=name, slot=datetime.fromisoformat(slot))
    if run is None:
        return f"{name} is done, at work elsewhere, or parked."
    return _carry_out(run)


def beat() -> None:
    """Do nothing: that it was done shows that somebody is there to do things."""


def _carry_out(run: JobRun) -> str:
    try:
        return carry_out(run=run, deed=import_string(run.job_id))
    except TakenOver as refusal:
        return str(refusal)
    except BaseException as error:
        log.exception("%s failed.", run)
        fail_run(run=run, words=f"{type(error).__name__}: {error}")
        # django-q's time limit is no Exception, and its worker must hear of it. All others end
        # here: django-q would keep a pickle of each for ever, and the house rings again itself.
        if not isinstance(error, Exception):
            raise
        return "failed"
