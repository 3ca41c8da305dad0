"""`manage.py qcluster`: the clock, in place of django-q's own command."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.clock.cluster import run_cluster
from config.clock.keeper import Clock
from config.refusals import refuse_unguarded_history


class Command(BaseCommand):
    help = "Ring the schedules and carry out what they ask, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cluster-only",
            action="store_true",
            help="Carry out what is queued, ring nothing; the clock starts this itself.",
        )

    def handle(self, *, cluster_only: bool, **_: Any) -> None:
        refuse_unguarded_history()
        if cluster_only:
            run_cluster()
            return
        stopping = threading.Event()
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: stopping.set())
        Clock().run_until(stopping)
