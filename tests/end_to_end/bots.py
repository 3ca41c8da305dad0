"""Real bots in processes of their own, against a pretend Discord and the test's database."""

import os
import signal
import subprocess
import sys
from itertools import count

from django.conf import settings
from django.db import connection

PATIENCE = 60


class Bot:
    """One `runbot`, and what it has said."""

    numbers = count(1)

    def __init__(self, folder, environment):
        self.log = folder / f"bot-{next(self.numbers)}.log"
        self.environment = environment
        self.process = None

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "runbot"],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    @property
    def words(self):
        return self.log.read_text()

    @property
    def is_running(self):
        return self.process.poll() is None

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self):
        if self.process and self.is_running:
            self.process.kill()
        if self.process:
            self.process.wait()


def environment_for(sandbox):
    """What a bot must know to live with this Discord and this database."""
    return {
        "DJANGO_SETTINGS_MODULE": "tests.end_to_end.bot_settings",
        "BOT_DATABASE": connection.settings_dict["NAME"],
        "DISCORD_TOKEN": sandbox.token,
        "DISCORD_API_BASE": sandbox.url,
        "DISCORD_GATEWAY": sandbox.gateway_url,
        "DISCORD_READY_PAUSE_MS": "50",
    }
