"""Is any damage to a backup taken for a backup? Each kind of it, at places that a seed chooses.

A house of some rows is backed up; then its dump or its paper is spoiled in one way after the other,
and whoever proves it, and whoever would put it back, must refuse. Whole again, it is good again.
"""

from collections.abc import Iterator

from drills.backups.play import DamagePlay

_last: dict[str, int] = {}


def play(seed: int) -> list[str]:
    """Play one story and return what was wrong."""
    played = play_schedule(seed)
    _last.update(damages=len(played.told), noticed=sum(map(bool, played.told.values())))
    return played.wrongs


def figures() -> dict[str, int]:
    """Return how much was damaged in the last story, and how much of that was noticed."""
    return dict(_last)


def tell(seed: int) -> Iterator[str]:
    """Play one story, and tell it."""
    played = play_schedule(seed)
    yield from (f"{name}: {said or 'NOTHING WAS NOTICED'}" for name, said in played.told.items())
    yield from played.wrongs or ["nothing was wrong"]


def play_schedule(seed: int) -> DamagePlay:
    """Play one story: all that happens is in its seed."""
    played = DamagePlay(seed)
    played.run()
    return played
