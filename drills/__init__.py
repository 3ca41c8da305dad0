"""Questions of safety, one package each; every package answers `play(seed)` with what went wrong.

One seed is one story: whoever plays it again sees the same faults at the same moments.
"""

import json
import multiprocessing
import pkgutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib import import_module

from django.db import connection

FIRST_SHOWN = 20


@dataclass(slots=True)
class Verdict:
    """What a drill found; nothing wrong in no seed is what it must say."""

    drill: str
    seeds: int = 0
    wrong: int = 0
    seconds: float = 0.0
    first_failing: list[int] = field(default_factory=list)
    by_wrong: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    mutants: int | None = None
    mutants_killed: int | None = None
    living_mutants: list[str] | None = None

    def add(self, seed: int, wrongs: list[str], figures: dict[str, int]) -> None:
        """Count one seed."""
        self.seeds += 1
        for name, figure in figures.items():
            self.figures[name] = self.figures.get(name, 0) + figure
        self.wrong += bool(wrongs)
        if wrongs and len(self.first_failing) < FIRST_SHOWN:
            self.first_failing.append(seed)
        for name in {wrong.split(":", 1)[0] for wrong in wrongs}:
            self.by_wrong[name] = self.by_wrong.get(name, 0) + 1

    def count_mutants(self, lives: dict[str, bool]) -> None:
        """Count the faulty houses, and those that were found out."""
        self.mutants, self.mutants_killed = len(lives), sum(not alive for alive in lives.values())
        self.living_mutants = sorted(name for name, alive in lives.items() if alive)

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong, and no mutant lives."""
        return not self.wrong and self.mutants == self.mutants_killed

    def as_json(self) -> str:
        """Return the one line a machine reads."""
        told = {name: value for name, value in asdict(self).items() if value is not None}
        rate = {"seeds_per_second": round(self.seeds / max(self.seconds, 0.001), 2)}
        return json.dumps({**told, "seconds": round(self.seconds, 1), **rate})


def names() -> list[str]:
    """Name every drill."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def play(name: str, seed: int) -> tuple[list[str], dict[str, int]]:
    """Play one story; return what was wrong, each as `rule: words`, and what it counted, if so."""
    drill = import_module(f"drills.{name}")
    return drill.play(seed), drill.figures() if hasattr(drill, "figures") else {}


def tell(name: str, seed: int) -> Iterator[str]:
    """Play one story and tell it line by line, for whoever looks for the fault."""
    yield from import_module(f"drills.{name}").tell(seed)


def kill_mutants(name: str) -> dict[str, bool]:
    """Play the stored stories with each faulty house, and tell which of them live.

    They are made in the drill's own tests; the product has no switch that makes it faulty.
    """
    lives: dict[str, bool] = import_module(f"tests.drills.{name}_mutants").all_lives()
    return lives


def play_all(
    name: str, seeds: range, *, jobs: int
) -> Iterator[tuple[int, tuple[list[str], dict[str, int]]]]:
    """Play many stories, several at a time, each process with a database of its own."""
    if jobs == 1:
        yield from ((seed, play(name, seed)) for seed in seeds)
        return
    connection.close()  # a forked process must not speak on its parent's line
    with _databases_for(jobs) as numbers:
        fork = multiprocessing.get_context("fork")
        pool = ProcessPoolExecutor(jobs, fork, _work_in_database, (numbers,))
        with pool:
            yield from zip(seeds, pool.map(partial(play, name), seeds), strict=True)


@contextmanager
def scratch_database() -> Iterator[None]:
    """Work in a database of its own, which is gone afterwards."""
    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{name}_drill"
    connection.settings_dict.update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=False)
    options = connection.settings_dict.setdefault("OPTIONS", {})
    options["options"] = "-c synchronous_commit=off"  # nobody misses a drill's last commits
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


@contextmanager
def _databases_for(jobs: int) -> Iterator["multiprocessing.Queue[int]"]:
    numbers: multiprocessing.Queue[int] = multiprocessing.get_context("fork").Queue()
    for number in range(1, jobs + 1):
        connection.creation.clone_test_db(str(number), verbosity=0, autoclobber=True)
        numbers.put(number)
    connection.close()
    try:
        yield numbers
    finally:
        for number in range(1, jobs + 1):
            connection.creation.destroy_test_db(suffix=str(number), verbosity=0)
        numbers.close()


def _work_in_database(numbers: "multiprocessing.Queue[int]") -> None:
    copy = connection.creation.get_test_db_clone_settings(str(numbers.get()))
    connection.settings_dict.update(copy)
    connection.close()
