"""How far a long job has come: told on a connection of its own, since its transaction is not over.

Who waits at the desk sees it grow; when the job fails, it stays as far as it had come.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

from community.models import JobRun

# Between two tellings: who looks sees no more than that.
PAUSE = 1.0
TELL = f"UPDATE {JobRun._meta.db_table} SET progress = %s, whole = %s WHERE id = %s"  # noqa: S608

_run: ContextVar[int | None] = ContextVar("run", default=None)
_told_at: ContextVar[float] = ContextVar("told_at", default=0.0)


@contextmanager
def telling_of(run_id: int | None) -> Iterator[None]:
    """Let whatever is done within tell how far this run has come."""
    run, told_at = _run.set(run_id), _told_at.set(0.0)
    try:
        yield
    finally:
        _run.reset(run)
        _told_at.reset(told_at)


def run_under_way() -> int | None:
    """Return the run within which this is done, if it is one."""
    return _run.get()


def tell_progress(*, done: int, whole: int) -> None:
    """Tell that so much of the whole is done; no more often than anybody looks."""
    run_id, now = _run.get(), time.monotonic()
    if run_id is None or now - _told_at.get() < PAUSE:
        return
    _told_at.set(now)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(TELL, [done, whole, run_id])
    finally:
        other.close()
