"""The clock's queue: django-q's table, which here outlives a restart of the database."""

import logging
import time

from django.db import Error
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from config.postgres.errors import EngineError

log = logging.getLogger(__name__)


class Queue(ORM):  # type: ignore[misc]
    """django-q's own table queue, patient with the database."""

    newest: int | None = None
    _is_away = False

    def enqueue(self, task: str) -> int:
        """Queue a task and remember its row."""
        self.newest = super().enqueue(task)
        return self.newest

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Fetch what is next; while the database is away there is nothing."""
        try:
            found: list[tuple[int, str]] | None = super().dequeue()
        except (Error, EngineError) as error:
            # django-q's pusher would sleep for ten seconds, die, and be started anew.
            if not self._is_away:
                log.warning("The queue cannot be read: %s", str(error).partition("\n")[0])
            self._is_away = True
            time.sleep(Conf.POLL)
            return None
        self._is_away = False
        return found


class Beat:
    """A message that goes the whole way, from the queue to a worker and back.

    Its row goes when the monitor has heard of the worker who got it from the pusher: four processes
    live. Another cluster on the same queue may carry it; then there is somebody who carries jobs
    too, and a cluster that swallows beats is soon found out by those that do not return.
    """

    def __init__(self) -> None:
        self._row: int | None = None
        self._sent_at = 0.0

    @property
    def is_under_way(self) -> bool:
        """Tell whether one was sent that has not been seen to return."""
        return self._row is not None

    @property
    def age(self) -> float:
        """How many seconds ago the last one was sent."""
        return time.monotonic() - self._sent_at

    def send(self) -> None:
        """Send one."""
        queue = Queue()
        async_task("config.clock.work.beat", q_options={"broker": queue, "save": False})
        self._row, self._sent_at = queue.newest, time.monotonic()

    def has_returned(self) -> bool:
        """Tell, once, that the one under way has returned."""
        if self._row is None or OrmQ.objects.filter(pk=self._row).exists():
            return False
        self._row = None
        return True

    def call_back(self) -> None:
        """Give up the one under way: whoever held it is gone."""
        if self._row is not None:
            OrmQ.objects.filter(pk=self._row).delete()
            self._row = None
