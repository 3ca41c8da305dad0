"""The same hour with a bot in a process of its own, over real sockets, killed while it speaks."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db.models.functions import Now

from community.models import Errand, Guild, Lease
from community.scope import guild_scope
from community.services.leases import LEAD
from config.processes import PARENT
from drills.clocks import Clocks
from drills.orders.schedule import MINUTE
from drills.orders.story import Story
from drills.orders.town import Town
from drills.processes import database_address
from drills.reminders.asking import ask_for, forget_people, let_people_in
from drills.reminders.oracle import Memory, judge_reminders
from drills.reminders.schedule import killed_night_of
from sandbox import Sandbox
from sandbox.running import Running

PATIENCE = 180.0
WAKES = (20 * MINUTE, 46 * MINUTE, 61 * MINUTE)  # the second is just after clocks have changed


class KilledNight:
    """One hour in which the bot begins three times, and is killed each time it speaks."""

    def __init__(self, seed: int, wakes: Sequence[float] = WAKES) -> None:
        self.schedule, self.wakes = killed_night_of(seed), wakes
        self.chance = Random(f"killed {seed}")
        self._clock: Callable[[], float] = self.schedule.beginning.timestamp
        self.clocks = Clocks(self.passed, self.schedule.beginning)
        self.story = Story(self.passed)
        self.memory = Memory(self.story)
        self.town = Town(self.schedule, self.clocks)
        self.discord = Running(self.town.discord.world)
        self.ids: dict[int, int] = {}
        self.kills, self.wrongs = 0, list[str]()

    def passed(self) -> float:
        """Return the seconds since the beginning, by this Discord's clock."""
        return self._clock() - self.schedule.beginning.timestamp()

    @property
    def said(self) -> int:
        """Count what was said."""
        return sum(map(len, self.memory.heard.values()))

    def run(self) -> None:
        """Live through it, and write down what was wrong."""
        try:
            with self.discord, TemporaryDirectory(prefix="guildhall-") as folder:
                self._settle_in()
                for wake in self.wakes:
                    self._set_clock(wake)
                    self._speak(Path(folder) / "bot.log")
            self.wrongs = [*self.story.wrongs, *judge_reminders(self)]
        finally:
            self._forget()

    def _settle_in(self) -> None:
        self._clock = self.discord.server.clock
        self._set_clock(0.0)
        self.discord.do(self._listen)
        self.town.settle_in()
        let_people_in(self.town)
        for asked in self.schedule.asked:
            ask_for(self, asked)

    def _listen(self, sandbox: Sandbox) -> None:
        sandbox.listeners.append(self.memory.hear)

    def _set_clock(self, passed: float) -> None:
        self.discord.move_clock(passed - self.passed())

    def _speak(self, log: Path) -> None:
        """Let one bot begin to say what fell due, kill it, and let another one go on."""
        before, due = len(self.memory.heard), self._due()
        wanted = before + self.chance.randrange(1, max(2, due))
        for is_enough in (lambda: len(self.memory.heard) >= wanted, lambda: not self._due()):
            with log.open("a") as output:
                bot = _start(self.discord, output.fileno())
            try:
                self._wait(is_enough, bot, log)
            finally:
                bot.kill()  # SIGKILL: without a last word
                bot.wait()
                self.kills += 1
            # Whoever died is known to be dead: nobody needs to wait for the end of its lease.
            Lease.objects.filter(name=LEAD).update(until=Now())

    def _forget(self) -> None:
        Lease.objects.filter(name=LEAD).delete()
        with guild_scope(self.town.guild_id):
            Guild.objects.filter(id=self.town.guild_id).delete()
        forget_people(self.town)

    def _due(self) -> int:
        guild_id = self.town.guild_id
        with guild_scope(guild_id):
            open_ones = Errand.objects.of(guild_id).open().filter(kind="reminder")
            # What was in hand when its bot was killed is open, and due a little later.
            return open_ones.exclude(state="waiting", due_at__gt=self.town.now()).count()

    def _wait(self, is_so: Callable[[], bool], bot: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > deadline or bot.poll() is not None:
                self.story.find("broke", f"the bot stands still: {log.read_text()[-500:]}")
                return
            time.sleep(0.02)


def _start(discord: Running, output: int) -> "subprocess.Popen[bytes]":
    told = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_address(),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_BASE": discord.url,
        "DISCORD_GATEWAY": discord.gateway_url,
        "DISCORD_READY_PAUSE_MS": "50",
        PARENT: str(os.getpid()),
    }
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "runbot"]
    return subprocess.Popen(command, env={**os.environ, **told}, stdout=output, stderr=output)
