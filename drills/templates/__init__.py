"""Can a template harm anybody? Attacks made by hand, and templates that grow from the grammar.

Each goes to the pen as those of people do. What must be refused is refused in words, what may be
said is said, nothing is longer than Discord takes, nobody is called who may not be, and after each
of them the pen still writes.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from community.pen.pen import NotWritten, Pen, Stopped
from community.services import answering, wording
from drills.templates.attacks import ATTACKS, KNOWN
from drills.templates.grammar import templates_of

MOST_LETTERS = 2_000
MOST_MEMORY = 256 * 1024  # in KB, as the system tells it
# A loaded machine takes its time; the pen's own limit is a quarter of a second of computing.
PATIENCE = 15.0
MARKS = ("<class", "object at 0x", "<built-in", "<function", "LC_ALL", "Traceback")
_counted: dict[str, int] = {}


def play(seed: int) -> list[str]:
    """Play all attacks, and the templates of one seed."""
    return [wrong for _, wrong in _play(seed) if wrong]


def tell(seed: int) -> Iterator[str]:
    """Play them, and tell of each what became of it, and in the end what was worst."""
    for line, wrong in _play(seed):
        yield f"{line}{'   WRONG ' + wrong if wrong else ''}"


def figures() -> dict[str, int]:
    """Return what the last story counted."""
    return dict(_counted)


def _play(seed: int) -> Iterator[tuple[str, str]]:
    pen, worst, memory = Pen(), 0.0, 0
    _counted.update(templates=0, refused=0, stopped=0)
    try:
        pen.write(["warm"], {})
        for name, source, wanted in [*ATTACKS, *templates_of(seed)]:
            began = time.perf_counter()
            said = _write(pen, source)
            took = time.perf_counter() - began
            memory = max(memory, _memory_of(pen))
            worst = max(worst, took)
            wrong = _judge(name, said, wanted) or _wrong_since(pen, name, took)
            yield f"{took * 1000:8.1f} ms  {name}: {said[:70]!r}", wrong
        yield from _smuggled()
    finally:
        pen.put_down()
    too_much = f"memory: {memory} KB" if memory > MOST_MEMORY else ""
    yield f"worst: {worst * 1000:.0f} ms of wall time, {memory / 1024:.0f} MB", too_much


def _write(pen: Pen, source: str) -> str:
    """Return what a template says, or why it says nothing."""
    _counted["templates"] += 1
    try:
        return pen.write([source], KNOWN)[0]
    except Stopped as stopped:
        _counted["stopped"] += 1
        return f"STOPPED {stopped}"
    except NotWritten as refusal:
        _counted["refused"] += 1
        return f"REFUSED {refusal}"


def _judge(name: str, said: str, wanted: str | None) -> str:
    """Say what is wrong with an answer; a wanted refusal may be named by a part of its words."""
    if wanted is not None:
        is_refusal = wanted.startswith("REFUSED")
        is_so = wanted[8:] in said and said.startswith("REFUSED") if is_refusal else said == wanted
        return "" if is_so else f"through: {name} said {said[:80]!r}"
    if len(said) > MOST_LETTERS:
        return f"length: {name} said {len(said)} letters"
    return next((f"leak: {name} said {mark}" for mark in MARKS if mark in said), "")


def _wrong_since(pen: Pen, name: str, took: float) -> str:
    """Say whether the pen still writes, and whether it took too long."""
    with suppress(NotWritten):
        if pen.write(["{{ user.name }}"], KNOWN) == ["Robin"]:
            return f"slow: {name} took {took:.1f} s" if took > PATIENCE else ""
    return f"dead: after {name} the pen writes no more"


def _smuggled() -> Iterator[tuple[str, str]]:
    """Try to call people who may not be called, and to hide a link behind other words."""
    for pings in ("nobody", "caller", "people"):
        told = answering.whom_to_call(41, pings=pings)
        may = {"people": ["users"]}.get(pings, [])
        users = {"caller": ["41"]}.get(pings, [])
        is_so = (told["parse"], told.get("users", []), told.get("roles", [])) == (may, users, [])
        yield f"calls {pings}: {told}", "" if is_so else f"mentions: {pings} calls {told}"
    for words in ("[free](https://bad.example)", "[a][b](c)", "](x)"):
        hidden = "](" in wording.tame(words)
        yield f"hides {words!r}", "link: it hides behind other words" if hidden else ""


def _memory_of(pen: Pen) -> int:
    """Return the most memory the pen's process ever had, in KB; 0 where no system tells."""
    with suppress(OSError):
        told = Path(f"/proc/{pen.process_id}/status").read_text(encoding="ascii", errors="ignore")
        return next(int(row.split()[1]) for row in told.splitlines() if row.startswith("VmHWM"))
    return 0
