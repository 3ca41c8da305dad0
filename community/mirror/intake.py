"""Where news waits to be written down: each server's in its order, a batch at a time."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

from community.bridge import call, may_pass
from community.scope import guild_scope
from community.services.mirror.facts import News
from community.services.mirror.news import tell_news

log = logging.getLogger(__name__)

GATHER = 0.1  # seconds in which news of a server becomes one batch
BATCH = 1_000  # members, channels and the like in one transaction
MOST = 300_000  # waiting in memory, some 200 MB; beyond it news is dropped and looked up later
WRITERS = 2  # database threads at work at once; commands need the others
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # while the database is away


class Intake:
    """Takes news without waiting, and keeps it until the database has it.

    What cannot be kept, or is refused by the database, is `lost`: the server must be looked at.
    """

    def __init__(self, *, lost: Callable[[int], None], most: int = MOST) -> None:
        self.waiting = 0
        self._lost, self._most = lost, most
        self._queues: dict[int, deque[News]] = {}
        self._writers: dict[int, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(WRITERS)

    def take(self, guild_id: int, news: News) -> bool:
        """Take one thing that was told of a server; False when there is no room for it."""
        if self.waiting + news.weight > self._most:
            self._lost(guild_id)
            return False
        self.waiting += news.weight
        self._queues.setdefault(guild_id, deque()).append(news)
        if guild_id not in self._writers:
            self._writers[guild_id] = asyncio.create_task(self._write_all(guild_id))
        return True

    async def settled(self, guild_id: int | None = None) -> None:
        """Wait until everything that was taken, of one server or of all, is written down."""
        while writers := [task for key, task in self._writers.items() if guild_id in {None, key}]:
            await asyncio.wait(writers)

    async def close(self) -> None:
        """Stop writing; what still waits will be seen by the next look."""
        writers = list(self._writers.values())
        for task in writers:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*writers, return_exceptions=True)

    async def _write_all(self, guild_id: int) -> None:
        queue = self._queues[guild_id]
        try:
            await asyncio.sleep(GATHER)
            while queue:
                batch = _first(queue)
                await self._write(guild_id, batch)
                for news in batch:
                    self.waiting -= news.weight
                    queue.popleft()
        finally:
            del self._queues[guild_id], self._writers[guild_id]

    async def _write(self, guild_id: int, batch: list[News]) -> None:
        """Write a batch down; if the database refuses it, all of it that it does not refuse."""
        if await self._is_written(guild_id, batch):
            return
        refused = [each for each in batch if not await self._is_written(guild_id, [each])]
        for each in refused:
            log.error("News of server %s was refused: %s.", guild_id, type(each.told).__name__)
        if refused:
            self._lost(guild_id)

    async def _is_written(self, guild_id: int, batch: list[News]) -> bool:
        """Try until the database is there; False when it will not have this batch."""
        tries = 0
        while True:
            try:
                async with self._turns:
                    with guild_scope(guild_id):
                        await call(tell_news, guild_id=guild_id, news=batch)
            except Exception as error:
                if not await may_pass(error):
                    log.debug("Refused.", exc_info=error)
                    return False
            else:
                return True
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1


def _first(queue: deque[News]) -> list[News]:
    """Return as many from the front as fit into one batch, and one at least."""
    batch, weight = [queue[0]], queue[0].weight
    for news in islice(queue, 1, BATCH):
        weight += news.weight
        if weight > BATCH:
            break
        batch.append(news)
    return batch
