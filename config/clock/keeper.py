"""The process that keeps the clock going: it rings, and watches the cluster that does the work."""

import logging
import sys
import threading
import time

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import timezone

from community.services.clock import is_at_work, ring_stranded_runs
from community.services.heartbeats import (
    clock_figures,
    forget_heartbeat,
    name_this_process,
    note_heartbeat,
)
from config.clock.queue import Beat
from config.clock.ringing import ring_due_schedules
from config.postgres.errors import EngineError
from config.processes import Child
from config.schedules import wind_the_clock

log = logging.getLogger(__name__)

ROUND = 1.0
BETWEEN_BEATS = 3.0
# A machine's clock may be set back, and what is rung next then lies far ahead.
BETWEEN_WINDINGS = 60.0
LONGEST_SILENCE = 15.0
# A cluster that starts on a busy machine is not a dead one.
LONGEST_START = 30.0
STOP_GRACE = 1.5


class Clock:
    """Rings once a second, and sees to it that a cluster of workers answers."""

    def __init__(self) -> None:
        self.name = name_this_process("clock")
        self.started_at = timezone.now()
        self._cluster = Child("cluster", cluster_command())
        self._beat = Beat()
        self._has_answered = False
        self._wind_at = time.monotonic()
        self._database_is_away = False

    def run_until(self, stopping: threading.Event) -> None:
        """Keep going until somebody says stop."""
        self._cluster.start()
        while not stopping.is_set():
            self._round()
            stopping.wait(ROUND)
        self._stop()

    def _round(self) -> None:
        close_old_connections()
        try:
            self._ring()
            self._watch()
            if self._database_is_away:
                log.warning("The database is back.")
            self._database_is_away = False
        except (Error, EngineError) as error:
            self._wait_for_database(error)
        finally:
            close_old_connections()

    def _ring(self) -> None:
        if time.monotonic() >= self._wind_at:
            wind_the_clock()
            self._wind_at = time.monotonic() + BETWEEN_WINDINGS
        ring_due_schedules()
        ring_stranded_runs()

    def _watch(self) -> None:
        if not self._cluster.is_alive:
            self._beat.call_back()
            self._has_answered = False
            self._cluster.tend()
        elif self._beat.has_returned():
            self._has_answered = True
            self._note_life()
        elif self._beat.is_under_way:
            self._wait_for_beat()
        elif self._beat.age > BETWEEN_BEATS or not self._has_answered:
            self._beat.send()

    def _wait_for_beat(self) -> None:
        """Restart a cluster that has fallen silent, unless its workers are busy."""
        if is_at_work():
            self._note_life()
        elif self._beat.age > (LONGEST_SILENCE if self._has_answered else LONGEST_START):
            log.error("The cluster has not answered for %.0f s; restarting it.", self._beat.age)
            # Nobody is at work in it, so there is nothing to wait for.
            self._cluster.wait_or_kill(deadline=0.0)

    def _note_life(self) -> None:
        note_heartbeat(process=self.name, started_at=self.started_at, figures=clock_figures())

    def _wait_for_database(self, error: Exception) -> None:
        if not self._database_is_away:
            log.error("The clock waits for its database: %s", str(error).partition("\n")[0])
        self._database_is_away = True
        # Silence counts from when there is somebody to hear it.
        self._beat = Beat()

    def _stop(self) -> None:
        """End the cluster, with a moment for who is at work in it; its queue keeps the rest."""
        deadline = 0.0
        try:
            if is_at_work():
                self._cluster.ask_to_stop()
                deadline = time.monotonic() + STOP_GRACE
            self._beat.call_back()
            forget_heartbeat(process=self.name)
        except (Error, EngineError):
            log.warning("The database is away; the clock's last heartbeat stays behind.")
        self._cluster.wait_or_kill(deadline)


def cluster_command() -> list[str]:
    """Return the command that starts the cluster alone."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster", "--cluster-only"]
