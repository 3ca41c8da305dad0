"""Is anybody forgotten, told twice, or told at another hour? Reminders in the night clocks change.

The stage and the weather are those of the drill of orders. Story 0 is the great one: ten thousand
reminders fall due within the hour.
"""

import logging
from collections.abc import Iterator

from drills.reminders.play import ReminderPlay
from drills.reminders.schedule import Night, night_of

_figures: dict[str, int] = {}


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    played = play_schedule(night_of(seed))
    _figures.clear()
    _figures.update(played.counts)
    return played.wrongs


def figures() -> dict[str, int]:
    """Return what the last story counted: what was said, and how late."""
    return dict(_figures)


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it, and in the end how late reminders were."""
    played = play_schedule(night_of(seed))
    yield from played.story.lines
    yield from played.wrongs or ["nothing was wrong"]
    yield played.words


def play_schedule(schedule: Night) -> ReminderPlay:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)  # in a story, trouble is what happens all day
    try:
        played = ReminderPlay(schedule)
        played.run()
    finally:
        logging.disable(logging.NOTSET)
    return played
