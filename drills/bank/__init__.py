"""Are coins made, lost or moved twice? Jepsen's bank, with processes that are killed.

Four clients, each a process of its own, pay, grant, fine, undo, and tell their wishes again; what
is old leaves for the archive beneath them; a reader proves every sum in one snapshot after another.
"""

import logging
from collections import Counter
from collections.abc import Iterator

from drills.bank.play import Bank
from drills.bank.schedule import Schedule, schedule_of

_figures: Counter[str] = Counter()


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    return play_schedule(schedule_of(seed)).wrongs


def figures() -> dict[str, int]:
    """Return what was counted since this was asked last."""
    counted = dict(_figures)
    _figures.clear()
    return counted


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it."""
    schedule = schedule_of(seed)
    yield f"{schedule.rounds} rounds, kills before {schedule.kills}"
    played = play_schedule(schedule)
    yield from played.lines
    yield from played.wrongs or ["nothing was wrong"]


def play_schedule(schedule: Schedule) -> Bank:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)  # an archive that must try again is no news here
    try:
        bank = Bank(schedule)
        bank.run()
    finally:
        logging.disable(logging.NOTSET)
    _figures.update(bank.counted)
    return bank
