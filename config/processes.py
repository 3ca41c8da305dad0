"""The processes of the house: started together, watched, and none left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

# How a child knows whose child it is, once it is a program of its own.
PARENT = "GUILDHALL_PARENT"
LINUX_PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 30.0
HEAD_START = 0.4
# A status for what only somebody's hand can mend (sysexits.h: configuration); tried seldom.
HOPELESS = 78
HOPELESS_PAUSE = 300.0


def obey_parent() -> None:
    """In a child of the house: end when the parent does. In any other process: nothing."""
    if parent := os.environ.pop(PARENT, None):
        die_with_parent(int(parent))


def die_with_parent(parent: int | None = None) -> None:
    """End this process at once when the one that started it is gone, however it went.

    Linux watches the thread that started us, so children are started from one that stays.
    """
    parent = parent or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(LINUX_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        _end()  # it went before we could ask


def forks_die_with_us() -> None:
    """From now on every forked child ends with the process that forked it."""
    forking = os.getpid()

    def follow() -> None:
        nonlocal forking
        parent, forking = forking, os.getpid()
        die_with_parent(parent)

    os.register_at_fork(after_in_child=follow)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Child:
    """One process of the house, with a name that stands before each of its lines."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment or {}
        self.process: subprocess.Popen[str] | None = None
        self._voice: threading.Thread | None = None
        self._born = 0.0
        self._due = 0.0
        self._failures = 0

    @property
    def is_alive(self) -> bool:
        """Tell whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches it only through us."""
        ours = {PARENT: str(os.getpid()), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            env={**os.environ, **self.environment, **ours},
        )
        self._born, self._due = time.monotonic(), 0.0
        self._voice = threading.Thread(target=self._speak, args=(self.process.stdout,), daemon=True)
        self._voice.start()

    def tend(self) -> None:
        """Start it again when it has ended, later each time it fails soon."""
        if self.is_alive or self.process is None:
            return
        now = time.monotonic()
        if not self._due:
            self._sweep()
            if now - self._born > HEALTHY_AFTER:
                self._failures = 0
            pause = min(LONGEST_PAUSE, 0.5 * 2 ** min(self._failures, 10))
            if self.process.returncode == HOPELESS:
                pause = HOPELESS_PAUSE
            self._failures += 1
            self._due = now + pause
            self._say(f"ended with {self.process.returncode}; again in {pause:.1f} s")
        elif now >= self._due:
            self.start()

    def ask_to_stop(self) -> None:
        """Ask the leader alone: django-q hangs when its whole group is asked."""
        if self.process is not None and self.is_alive:
            self.process.send_signal(signal.SIGTERM)

    def wait_a_moment(self) -> None:
        """Let it go before whoever it leans on."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(HEAD_START)

    def wait_or_kill(self, deadline: float) -> None:
        """Wait for the end until the deadline; then end it, and whatever it has left behind."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        self._sweep()
        self.process.wait()
        if self._voice:
            self._voice.join(timeout=0.2)

    def _sweep(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _speak(self, output: IO[str]) -> None:
        with output:
            for line in output:
                self._say(line.rstrip("\n"))

    def _say(self, line: str) -> None:
        sys.stdout.write(f"{self.name:<7} | {line}\n")
        sys.stdout.flush()


class Household:
    """The children together."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            child.start()

    def tend(self) -> None:
        """Start again whoever has ended."""
        for child in self.children:
            child.tend()

    def watch(self) -> None:
        """Tend them until somebody interrupts."""
        while True:
            time.sleep(0.25)
            self.tend()

    def stop(self, grace: float) -> None:
        """Ask all to stop, the last to come first, and after the grace leave none alive."""
        deadline = time.monotonic() + grace
        for child in reversed(self.children):
            child.ask_to_stop()
            if time.monotonic() < deadline:
                child.wait_a_moment()
        for child in self.children:
            child.wait_or_kill(deadline)
