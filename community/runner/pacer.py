"""One pace for everything the house asks of Discord."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import discord

from community.runner.troubles import status_of

Request = Callable[..., Awaitable[Any]]

INVALID = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
CALLS_PER_SECOND = 40
BURST = 8  # that many may go together after a pause; with them it is still under Discord's 50
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

    def paced(self, request: Request) -> Request:
        """Return the library's way to call Discord, at the house's pace and on its account."""

        async def at_our_pace(*args: Any, **kwargs: Any) -> Any:
            await self.turn()
            try:
                return await request(*args, **kwargs)
            except (discord.HTTPException, discord.RateLimited) as error:
                if status_of(error) in INVALID:
                    self._invalid.append(self._uptime())
                raise

        return at_our_pace

    async def turn(self) -> None:
        """Wait for one's turn to call."""
        now = self._uptime()
        between, saved = 1 / CALLS_PER_SECOND, BURST / CALLS_PER_SECOND
        if self.is_over_budget:
            between, saved = BETWEEN_TRIALS, 0.0
        at = max(now - saved, self._next)
        self._next = at + between
        if at > now:
            await asyncio.sleep(at - now)

    @property
    def is_over_budget(self) -> bool:
        """Tell whether a tenth of what Discord takes has been used up."""
        while self._invalid and self._invalid[0] < self._uptime() - INVALID_WITHIN:
            self._invalid.popleft()
        return len(self._invalid) >= MOST_INVALID
