"""How a process of the house has templates written: one pen each, begun when it is first needed."""

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from community.errors import HouseError

HOUSE = Path(__file__).resolve().parent.parent.parent
BEGIN = (
    f"import sys; sys.path.insert(0, {str(HOUSE)!r}); "
    "from community.pen.writer import serve; serve()"
)
COMES = 60.0  # seconds in which a new pen has read what it needs, on any machine
ANSWERS = 20.0  # only a machine that stands still takes so long: the system ends a pen much sooner
PIECE = 65_536


class NotWritten(HouseError):
    """A template asks for what nobody gives it; the words are for who made it."""


class Stopped(NotWritten):
    """A template had to be ended by force."""


class Pen:
    """Has templates written elsewhere, one at a time, and ends whoever takes too long."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._writer: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def write(self, sources: Sequence[str], known: Mapping[str, Any]) -> list[str]:
        """Return what templates say of what is known."""
        texts: list[str] = self._ask({"sources": list(sources), "known": dict(known)})["texts"]
        return texts

    def asks_for(self, sources: Sequence[str]) -> list[str]:
        """Name everything that templates ask for; refuse those that cannot be read."""
        names: list[str] = self._ask({"sources": list(sources)})["asks_for"]
        return names

    @property
    def process_id(self) -> int:
        """Return which process writes at present; 0 when none does."""
        return self._writer.pid if self._writer else 0

    def put_down(self) -> None:
        """End the pen's process; the next wish begins another."""
        writer, self._writer = self._writer, None
        if writer is None or self._owner != os.getpid():
            return
        writer.kill()
        for pipe in (writer.stdin, writer.stdout):
            if pipe is not None:
                pipe.close()
        writer.wait()

    def _ask(self, wish: Mapping[str, Any]) -> dict[str, Any]:
        with self._turn:
            answer = self._answer_to(json.dumps(wish).encode() + b"\n")
        if "refused" in answer:
            raise NotWritten(f"The template does not work: {answer['refused']}.")
        return answer

    def _answer_to(self, line: bytes) -> dict[str, Any]:
        answer = self._try(line)
        if answer is None:
            self.put_down()
            raise Stopped("The template had to be stopped: it takes too long.")
        return answer

    def _try(self, line: bytes) -> dict[str, Any] | None:
        """Return an answer; None when the pen had to be ended over it."""
        try:
            writer = self._ready()
            os.write(writer.stdin.fileno(), line)  # type: ignore[union-attr]
            return self._read(writer, ANSWERS)
        except (BrokenPipeError, ValueError):
            return None

    def _ready(self) -> "subprocess.Popen[bytes]":
        """Return a process that waits for a wish; one of before a fork is another's."""
        if self._owner != os.getpid() or self._writer is None or self._writer.poll() is not None:
            self.put_down()
            self._owner = os.getpid()
            # Nothing of ours goes with it: no address, no password, no open file.
            self._writer = subprocess.Popen(
                [sys.executable, "-I", "-c", BEGIN],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                bufsize=0, env={"LC_ALL": "C.UTF-8"}, cwd="/",
            )  # fmt: skip
            if self._read(self._writer, COMES) is None:
                raise BrokenPipeError
        return self._writer

    def _read(self, writer: "subprocess.Popen[bytes]", seconds: float) -> dict[str, Any] | None:
        """Return a whole line; None when the process ended, or time was over."""
        told, until = b"", time.monotonic() + seconds
        assert writer.stdout is not None  # noqa: S101 - for the type
        with selectors.DefaultSelector() as ear:
            ear.register(writer.stdout, selectors.EVENT_READ)
            while not told.endswith(b"\n"):
                if not ear.select(max(0.0, until - time.monotonic())):
                    return None
                if not (piece := os.read(writer.stdout.fileno(), PIECE)):
                    return None
                told += piece
        answer: dict[str, Any] = json.loads(told)
        return answer


PEN = Pen()
atexit.register(PEN.put_down)
