"""Long work of the clock in a process of its own, which sees the database for itself."""

import os
import subprocess
import sys

from django.conf import settings

from community.errors import HouseError
from community.services.progress import run_under_way
from config.processes import PARENT

# Of which run of the clock it is; whoever makes it tells how far it has come.
RUN = "GUILDHALL_JOB_RUN"


def run_aside(command: str) -> str:
    """Run one of our commands and return what it said; it ends with us, however we end."""
    line = [sys.executable, str(settings.BASE_DIR / "manage.py"), command]
    ours = {**os.environ, PARENT: str(os.getpid()), RUN: str(run_under_way() or "")}
    done = subprocess.run(line, env=ours, capture_output=True, text=True, check=False)
    said = " ".join((done.stdout or done.stderr).split())
    if done.returncode != 0:
        raise HouseError(" ".join(done.stderr.split()) or f"{command} ended without a word.")
    return said
