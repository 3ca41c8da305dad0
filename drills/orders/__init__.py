"""Is anything lost, doubled, early or undead? Bans, timeouts, roles and words in bad weather.

The services, rows, runner and kinds are the house's own, Discord is the sandbox's heart, and every
clock is the story's. At any step the bot may be gone.
"""

import logging
from collections.abc import Iterator

from drills.orders.play import Play
from drills.orders.schedule import Schedule, schedule_of


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    return play_schedule(schedule_of(seed)).wrongs


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it."""
    schedule = schedule_of(seed)
    yield f"{schedule}"
    played = play_schedule(schedule)
    yield from played.story.lines
    yield from played.wrongs or ["nothing was wrong"]


def play_schedule(schedule: Schedule) -> Play:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)  # in a story, trouble is what happens all day
    try:
        played = Play(schedule)
        played.run()
    finally:
        logging.disable(logging.NOTSET)
    return played
