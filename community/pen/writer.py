"""The pen's own process: reads one wish a line, answers each with a line, and is ended by it.

It holds no password, knows no database, and opens nothing. What takes too long in Python is told
so after 50 ms of computing; what takes long where Python cannot look is ended by the system.
"""

import json
import resource
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

from liquid.exceptions import LiquidError

from community.pen import language

COMPUTES = 0.05  # seconds, in which most templates are written five hundred times
AT_ALL = 0.25  # then the system ends the process, whatever it does
MEMORY = 256 * 2**20
Answer = dict[str, Any]


class TooLong(BaseException):
    """It computes for too long; nothing on the way may take this for an error of its own."""


def serve() -> None:
    """Answer wishes until nobody can have any more."""
    signal.signal(signal.SIGPROF, _stop)
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its parent, not before
    language.write("{{ a | append: 'b' }}", {"a": "c"})  # what is read late is read now
    _give_up_rights()
    _say({"is_ready": True})
    for line in sys.stdin:
        _say(_answer(json.loads(line)))


def _give_up_rights() -> None:
    """Let the process need no more than it has: no file, no child, no large memory."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # not every system lets each be set
            resource.setrlimit(what, (most, most))


def _answer(wish: dict[str, Any]) -> Answer:
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, AT_ALL)
        signal.setitimer(signal.ITIMER_PROF, COMPUTES)
        try:
            return _write(wish["sources"], wish.get("known"))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except LiquidError as error:
        return {"refused": language.in_words(error)}
    except TooLong:
        return {"refused": f"it computes for longer than {COMPUTES * 1000:.0f} ms"}
    except (MemoryError, RecursionError, ValueError, TypeError, ArithmeticError, LookupError):
        return {"refused": "it asks for something that cannot be computed"}


def _write(sources: list[str], known: dict[str, Any] | None) -> Answer:
    if known is None:
        return {"asks_for": sorted({name for each in sources for name in language.asks_for(each)})}
    return {"texts": [language.write(each, known) for each in sources]}


def _say(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _stop(*_: object) -> NoReturn:
    raise TooLong
