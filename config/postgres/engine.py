"""One process's seat in the embedded PostgreSQL: started when needed, stopped by the last one."""

import atexit
import contextlib
import fcntl
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from config.postgres.home import find_home
from config.postgres.server import Server


class Engine:
    """The embedded PostgreSQL of one data folder.

    Every process that uses it holds a seat, a shared lock on the engine's home, which the system
    takes away when the process ends, however it ends. Who leaves and finds no other seat taken
    stops the server; so nobody stops it under another's feet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: Server | None = None
        self._seat: int | None = None
        self._turn = threading.Lock()
        os.register_at_fork(after_in_child=self._forget_seat)
        atexit.register(self.leave)

    def open(self) -> Server:
        """Return the server, running, with a seat taken in it for this process."""
        with self._turn:
            if self._server is None or self._seat is None or self._server.state() != "ready":
                with _locked(self._folder):
                    self._server = Server(find_home(self._folder))
                    self._sit_down(self._server.home.path)
                    self._server.start()
            return self._server

    def leave(self) -> None:
        """Give the seat back; the last one out stops the server."""
        with self._turn:
            if self._server is None or self._seat is None:
                return
            seat, self._seat = self._seat, None
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._server.stop()
            _let_go(seat)

    def _sit_down(self, home: Path) -> None:
        if self._seat is None:
            self._seat = os.open(home, os.O_RDONLY)
            fcntl.flock(self._seat, fcntl.LOCK_SH)

    def _forget_seat(self) -> None:
        """In a forked child: this seat is its parent's; it takes its own when it connects."""
        self._turn = threading.Lock()
        if self._seat is not None:
            os.close(self._seat)
            self._seat = None


@functools.cache
def engine_in(folder: Path) -> Engine:
    """Return this process's one engine for the folder; nothing is started yet."""
    return Engine(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: finding, making and starting happen one after the other."""
    door = os.open(folder, os.O_RDONLY)
    fcntl.flock(door, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _let_go(door)


def _let_go(lock: int) -> None:
    # A child forked meanwhile holds the same lock, and closing ours alone would leave it held.
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)
