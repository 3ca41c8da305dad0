"""The curve of levels: how much XP each takes; the same as MEE6's, so an import keeps levels."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

MOST_LEVELS = 1_000


def cost_of(level: int) -> int:
    """Return the XP between a level and the next."""
    return 5 * level * level + 50 * level + 100


# What each level takes in all; level 0 takes nothing.
TOTALS = tuple(accumulate((cost_of(level) for level in range(MOST_LEVELS)), initial=0))


def level_of(xp: int) -> int:
    """Return the level that this XP reaches."""
    return bisect_right(TOTALS, xp) - 1


@dataclass(frozen=True, slots=True)
class Step:
    """How far somebody has come on the way to their next level."""

    level: int
    done: int
    cost: int

    @property
    def share(self) -> float:
        """The part of the way that is done."""
        return min(1.0, self.done / self.cost)


def step_of(xp: int) -> Step:
    """Return where on the curve this XP stands."""
    level = level_of(xp)
    return Step(level, xp - TOTALS[level], cost_of(level))


@dataclass(frozen=True, slots=True)
class Risen:
    """Somebody whose level changed, and where and when they wrote what brought them there."""

    guild_id: int
    user_id: int
    before: int
    level: int
    channel_id: int
    at: datetime
