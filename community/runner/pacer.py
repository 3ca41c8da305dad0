"""One pace for everything the house asks of Discord, and what goes before what."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from http import HTTPStatus
from itertools import count
from typing import Any

import discord
from discord.http import Route

from community.runner.troubles import status_of

Request = Callable[..., Awaitable[Any]]

INVALID = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
CALLS_PER_SECOND = 40
BURST = 8  # that many may go together after a pause; with them it is still under Discord's 50
INVALID_WITHIN = 600.0
MOST_INVALID = 1_000
# Every so often one call goes out all the same: it may be the one that finds things mended.
BETWEEN_TRIALS = 5.0
# What changes something goes before what only looks, and that before what nobody waits for; but
# who has waited so much longer goes first all the same.
A_LOOK_WAITS, LEISURE_WAITS = 1.0, 15.0

_at_leisure: ContextVar[bool] = ContextVar("at_leisure", default=False)


@contextmanager
def at_leisure() -> Iterator[None]:
    """Ask Discord for what nobody waits for."""
    token = _at_leisure.set(True)
    try:
        yield
    finally:
        _at_leisure.reset(token)


class Pacer:
    """Lets calls out one after the other, and slows down when Discord refuses too many."""

    # Who waits: until when others go before them, in which order they came, and their turn.
    _waiting: list[tuple[float, int, asyncio.Future[None]]]

    def __init__(self, *, uptime: Callable[[], float] = time.monotonic) -> None:
        self._uptime = uptime
        self._next = 0.0
        self._invalid: deque[float] = deque()
        self._waiting, self._numbers = [], count()
        self._timer: asyncio.TimerHandle | None = None

    def paced(self, request: Request) -> Request:
        """Return the library's way to call Discord, at the house's pace and on its account."""

        async def at_our_pace(route: Route, *args: Any, **kwargs: Any) -> Any:
            await self.turn(_patience_for(route))
            try:
                return await request(route, *args, **kwargs)
            except (discord.HTTPException, discord.RateLimited) as error:
                if status_of(error) in INVALID:
                    self._invalid.append(self._uptime())
                raise

        return at_our_pace

    async def turn(self, patience: float = 0.0) -> None:
        """Wait for one's turn to call; who comes within one's patience may go before."""
        turn = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (self._uptime() + patience, next(self._numbers), turn))
        if self._timer is None:
            self._let_go()
        await turn

    def _let_go(self) -> None:
        """Let go whose turn it is, and look again when the next one's has come."""
        self._timer = None
        while self._waiting and (pause := self._next - self._uptime()) <= 0:
            turn = heappop(self._waiting)[-1]
            if not turn.done():  # whoever is gone by now needs none
                self._count()
                turn.set_result(None)
        if self._waiting:
            self._timer = asyncio.get_running_loop().call_later(pause, self._let_go)

    def _count(self) -> None:
        between, saved = 1 / CALLS_PER_SECOND, BURST / CALLS_PER_SECOND
        if self.is_over_budget:
            between, saved = BETWEEN_TRIALS, 0.0
        self._next = max(self._uptime() - saved, self._next) + between

    @property
    def is_over_budget(self) -> bool:
        """Tell whether a tenth of what Discord takes has been used up."""
        while self._invalid and self._invalid[0] < self._uptime() - INVALID_WITHIN:
            self._invalid.popleft()
        return len(self._invalid) >= MOST_INVALID


def _patience_for(route: Route) -> float:
    if _at_leisure.get():
        return LEISURE_WAITS
    return A_LOOK_WAITS if route.method == "GET" else 0.0
