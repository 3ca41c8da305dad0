"""Is anybody forgotten, told twice, or told at another hour? Reminders in the night clocks change.

The stage and the weather are those of the drill of orders. Story 0 is the great one: ten thousand
reminders fall due within the hour. And every seed has an hour in which the bot is a process of its
own, and is killed for good (`kill -9`) while it speaks.
"""

import logging
from collections.abc import Iterator

from drills.reminders.killed import KilledNight
from drills.reminders.play import ReminderPlay
from drills.reminders.schedule import Night, night_of

_figures: dict[str, int] = {}


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    played, killed = play_schedule(night_of(seed)), play_killed(seed)
    _figures.clear()
    _figures.update(played.counts | {"kills": killed.kills, "said_over_kills": killed.said})
    return [*played.wrongs, *killed.wrongs]


def figures() -> dict[str, int]:
    """Return what the last story counted: what was said, and how late."""
    return dict(_figures)


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it, and in the end how late reminders were."""
    played = play_schedule(night_of(seed))
    yield from played.story.lines
    yield from played.wrongs or ["nothing was wrong"]
    yield played.words


def play_killed(seed: int) -> KilledNight:
    """Play the hour of a bot that is killed, over real sockets."""
    played = KilledNight(seed)
    played.run()
    return played


def play_schedule(schedule: Night) -> ReminderPlay:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)  # in a story, trouble is what happens all day
    try:
        played = ReminderPlay(schedule)
        played.run()
    finally:
        logging.disable(logging.NOTSET)
    return played
