"""The jobs of the drill."""

import os
import signal
import time

from django.db import connection

EFFECTS = "CREATE TABLE ringing_effect (job text, slot timestamptz)"
LEAVE_ROW = """
    INSERT INTO ringing_effect
    SELECT job_id, slot FROM community_jobrun WHERE job_id = %s AND state = 'running'
"""


def fetch_milk():
    """Leave a row, then take long enough to be killed."""
    return _leave_row("fetch_milk")


def water_plants():
    """Leave another."""
    return _leave_row("water_plants")


def kill_worker():
    """Leave a row, and kill the process it was left by."""
    _leave_row("kill_worker")
    os.kill(os.getpid(), signal.SIGKILL)


def _leave_row(name):
    with connection.cursor() as cursor:
        cursor.execute(LEAVE_ROW, [f"{__name__}.{name}"])
        time.sleep(0.2)
        return f"{cursor.rowcount} row"
