"""One pace for everything the house asks of Discord."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

CALLS_PER_SECOND = 40
INVALID_WITHIN = 600.0
MOST_INVALID = 1_000
# Every so often one call goes out all the same: it may be the one that finds things mended.
BETWEEN_TRIALS = 5.0


class Pacer:
    """Lets calls out one after the other, and slows down when Discord refuses too many."""

    def __init__(self, *, uptime: Callable[[], float] = time.monotonic) -> None:
        self._uptime = uptime
        self._next = 0.0
        self._invalid: deque[float] = deque()

    async def turn(self) -> None:
        """Wait for one's turn to call."""
        now = self._uptime()
        between = BETWEEN_TRIALS if self.is_over_budget else 1 / CALLS_PER_SECOND
        at = max(now, self._next)
        self._next = at + between
        if at > now:
            await asyncio.sleep(at - now)

    def note_invalid(self) -> None:
        """Count an answer of which Discord takes only so many."""
        self._invalid.append(self._uptime())

    @property
    def is_over_budget(self) -> bool:
        """Tell whether a tenth of what Discord takes has been used up."""
        while self._invalid and self._invalid[0] < self._uptime() - INVALID_WITHIN:
            self._invalid.popleft()
        return len(self._invalid) >= MOST_INVALID
