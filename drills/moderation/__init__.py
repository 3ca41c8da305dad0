"""Does moderation keep its word? Warnings, ladders, mutes, bans and second thoughts in bad weather.

The stage, the weather and the faults are those of the drill of orders; the acts are whole decisions
of moderation, and the end is judged by a memory of its own as well.
"""

import logging
from collections.abc import Iterator

from drills.moderation.play import ModerationPlay
from drills.moderation.schedule import moderation_schedule_of
from drills.orders.schedule import Schedule


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    return play_schedule(moderation_schedule_of(seed)).wrongs


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it."""
    schedule = moderation_schedule_of(seed)
    yield f"{schedule}"
    played = play_schedule(schedule)
    yield from played.story.lines
    yield from played.wrongs or ["nothing was wrong"]


def play_schedule(schedule: Schedule) -> ModerationPlay:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)  # in a story, trouble is what happens all day
    try:
        played = ModerationPlay(schedule)
        played.run()
    finally:
        logging.disable(logging.NOTSET)
    return played
