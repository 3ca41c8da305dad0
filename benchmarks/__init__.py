"""Questions of speed, one file each; every file answers `measure(quick)` with figures.

Figures are ratios within one run wherever they can be: the machine may be slow, or busy.
"""

from __future__ import annotations

import json
import pkgutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from django.db import connection

END_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, and the most (or, with `or_more`, the least) it should be."""

    metric: str
    value: float
    unit: str
    goal: float | None = None
    or_more: bool = False

    @property
    def ok(self) -> bool:
        """Whether the goal is met; a figure without one is only told."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.or_more else self.value <= self.goal

    def line(self, bench: str, *, as_json: bool) -> str:
        """Return the figure as one line for people, or as JSON."""
        if as_json:
            return json.dumps({"bench": bench, **asdict(self), "ok": self.ok})
        bound = (
            "" if self.goal is None else f"(goal {'>=' if self.or_more else '<='} {self.goal:g})"
        )
        verdict = "" if self.ok else "  MISSED"
        return f"{bench:<12} {self.metric:<46} {self.value:>10.4g} {self.unit:<8}{bound}{verdict}"


def names() -> list[str]:
    """Name every question."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def measure(name: str, *, quick: bool) -> Iterator[Figure]:
    """Ask one question."""
    yield from import_module(f"benchmarks.{name}").measure(quick=quick)


def best_of(times: int, deed: Callable[[], object]) -> float:
    """Return the seconds of the quickest of several runs: the one least disturbed by others."""
    return min(_seconds(deed) for _ in range(times))


def _seconds(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def cpu_spent() -> float:
    """Return the CPU-seconds that this process and the server's process for it have used.

    Where the server's cannot be seen from here, it is time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        seen = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    if not seen.exists():
        return time.perf_counter()
    return time.process_time() + int(seen.read_text().split()[0]) / 1e9


@contextmanager
def scratch_database() -> Iterator[None]:
    """Work in a database of its own, which is gone afterwards."""
    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{name}_bench"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        with connection.cursor() as cursor:  # threads of the bridge may keep theirs for a while
            cursor.execute(END_THE_OTHERS)
        connection.creation.destroy_test_db(name, verbosity=0)
