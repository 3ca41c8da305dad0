"""How the web process runs: one worker with threads, never left behind by its parent."""

import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import CommandError
from django.db import connections

from config.processes import die_with_parent, obey_parent
from config.refusals import refuse_unguarded_history

obey_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

wsgi_app = "config.wsgi"
worker_class = "gthread"
workers = 1
threads = settings.WEB_THREADS
forwarded_allow_ips = ""  # community/desk/proxies.py alone decides whom to believe
graceful_timeout = 1
timeout = 60
keepalive = 5
loglevel = "warning"
control_socket_disable = True


def on_starting(_: Any) -> None:
    """Refuse in one line what `manage.py` refuses, before a worker is begun."""
    django.setup()
    try:
        refuse_unguarded_history()
    except CommandError as refusal:
        sys.stderr.write(f"{refusal}\n")
        sys.exit(refusal.returncode)
    finally:
        # A connection of ours would be shared by every worker.
        connections.close_all()


def post_fork(server: Any, worker: Any) -> None:
    """Let the worker end with its master."""
    die_with_parent(worker.ppid)
