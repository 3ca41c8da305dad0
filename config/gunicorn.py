"""How the web process runs: one worker with threads, never left behind by its parent."""

import os
from typing import Any

from django.conf import settings

from config.processes import die_with_parent, obey_parent

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


def post_fork(server: Any, worker: Any) -> None:
    """Let the worker end with its master."""
    die_with_parent(worker.ppid)
