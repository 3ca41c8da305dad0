"""Is anything undone, done twice or forgotten when an older copy is put back? Told by Discord.

A backup is made at a random moment of a story, with staff at work; the story goes on, and then the
backup takes the place of everything. What stands at the pretend Discord is the truth of the matter.
"""

import logging
from collections.abc import Iterator

from drills.restore.play import RestorePlay
from drills.restore.schedule import RestoreSchedule, restore_schedule_of


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    return play_schedule(restore_schedule_of(seed)).wrongs


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it."""
    schedule = restore_schedule_of(seed)
    yield f"{schedule}"
    played = play_schedule(schedule)
    yield from played.story.lines
    yield from played.wrongs or ["nothing was wrong"]


def play_schedule(schedule: RestoreSchedule) -> RestorePlay:
    """Play one schedule, in silence."""
    logging.disable(logging.CRITICAL)
    try:
        played = RestorePlay(schedule)
        played.run()
    finally:
        logging.disable(logging.NOTSET)
    return played
