"""Where gateway events of messages become batches: bounded by number, by time, and in memory.

While the database is away, what was told first is kept, up to a bound; what comes beyond it is
counted as lost. What one bot could not write before it left, the next one of its process writes.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from activity.services.messages import Deletion, Edit, Message, Told, write_batch
from community.bridge import call, may_pass

log = logging.getLogger(__name__)

Payload = dict[str, Any]

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # while the database is away
REPLY = 19
WRITTEN_BY_PEOPLE = {0, REPLY}  # all other kinds are Discord's own words, or a bot's
AT_ONCE = 5  # full batches; who is behind writes more at once, which costs less for each
LONGEST = 32_767  # eight times what Discord takes; a column holds no more


class Backlog:
    """What a process was told and has not written down yet; it outlives each of its bots."""

    def __init__(self, most: int = settings.ACTIVITY_BUFFER) -> None:
        self.told: list[Told] = []
        self.lost = 0
        self.lost_at: datetime | None = None
        self._most = most
        self._lost_of_late = 0

    def take(self, told: Told) -> bool:
        """Keep one more; False when there is no room for it."""
        if len(self.told) >= self._most:
            self.lose("the database is away, or too slow, for what is told")
            return False
        self.told.append(told)
        return True

    def lose(self, why: str) -> None:
        """Count one that is lost; the first of several is told of."""
        if not self._lost_of_late:
            log.error("What Discord tells of messages is being lost: %s.", why)
        self.lost, self.lost_at = self.lost + 1, timezone.now()
        self._lost_of_late += 1

    def done(self, count: int) -> None:
        """Let go of the first ones: the database has them."""
        del self.told[:count]
        if self._lost_of_late and len(self.told) < self._most:
            log.error("%s events of messages were lost.", self._lost_of_late)
            self._lost_of_late = 0

    def figures(self) -> dict[str, object]:
        """Return what stands on the bot's sign of life."""
        at = self.lost_at and self.lost_at.isoformat(timespec="seconds")
        return {"unwritten": len(self.told), "lost": self.lost, "lost_at": at}


# There is one for each process.
BACKLOG = Backlog()


class Intake:
    """Takes what is told of messages without waiting, and writes it down batch by batch."""

    def __init__(
        self, *, backlog: Backlog = BACKLOG, now: Callable[[], datetime] = timezone.now
    ) -> None:
        self.backlog = backlog
        self._now = now
        self._size, self._span = settings.ACTIVITY_BATCH, settings.ACTIVITY_BATCH_MS / 1000
        self._is_full, self._is_closing = asyncio.Event(), False
        self._writing: asyncio.Task[None] | None = None
        if backlog.told:
            self._begin()

    def hear(self, event: str, data: Payload) -> None:
        """Take an event as it comes from the gateway; nothing here waits."""
        if read := READ.get(event):
            for told in read(data, self._now):
                self.take(told)

    def take(self, told: Told) -> None:
        """Take one thing that was told."""
        if not self.backlog.take(told):
            return
        if self._writing is None:
            self._begin()
        elif len(self.backlog.told) >= self._size:
            self._is_full.set()

    async def settled(self) -> None:
        """Wait until everything that was taken is written down."""
        while self._writing:
            self._is_full.set()
            await asyncio.wait([self._writing])

    async def close(self) -> None:
        """Write down what waits; whoever has no time for that leaves it to the next bot."""
        self._is_closing = True
        try:
            await self.settled()
        finally:
            if self._writing:
                self._writing.cancel()
                log.warning("%s events of messages wait to be written.", len(self.backlog.told))

    def _begin(self) -> None:
        self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        told = self.backlog.told
        try:
            while told:
                await self._gather()
                batch = told[: self._size * AT_ONCE]
                await self._write(batch)
                self.backlog.done(len(batch))
        finally:
            self._writing = None

    async def _gather(self) -> None:
        """Wait until a batch is full, or its first has waited long enough."""
        if len(self.backlog.told) < self._size and not self._is_closing:
            self._is_full.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._span):
                    await self._is_full.wait()

    async def _write(self, batch: list[Told]) -> None:
        """Write a batch down; if the database refuses it, all of it that it does not refuse."""
        if await _is_written(batch):
            return
        if len(batch) == 1:
            self.backlog.lose(f"the database refuses a {type(batch[0]).__name__.lower()}")
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            await self._write(half)


async def _is_written(batch: list[Told]) -> bool:
    """Try until the database is there; False when it will not have this batch."""
    tries = 0
    while True:
        try:
            await call(write_batch, told=batch)
        except Exception as error:
            if not await may_pass(error):
                log.debug("Refused.", exc_info=error)
                return False
        else:
            return True
        await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1


def _written(data: Payload, _: Callable[[], datetime]) -> Iterator[Message]:
    """Read what a person wrote in a server."""
    author, kind, guild_id = data["author"], data.get("type"), data.get("guild_id")
    if author.get("bot") or kind not in WRITTEN_BY_PEOPLE or "webhook_id" in data or not guild_id:
        return
    content = data.get("content") or ""
    yield Message(
        int(guild_id),
        int(data["id"]),
        int(data["channel_id"]),
        int(author["id"]),
        min(len(content), LONGEST),
        min(len(content.split()), LONGEST),
        bool(data.get("attachments")),
        bool(data.get("embeds")),
        kind == REPLY,
    )


def _changed(data: Payload, _: Callable[[], datetime]) -> Iterator[Edit]:
    """Read when a message was changed; a preview that Discord adds to it is no change."""
    is_bots = data.get("author", {}).get("bot")
    if (at := data.get("edited_timestamp")) and data.get("guild_id") and not is_bots:
        yield Edit(int(data["guild_id"]), int(data["id"]), datetime.fromisoformat(at))


def _deleted(data: Payload, now: Callable[[], datetime]) -> Iterator[Deletion]:
    if data.get("guild_id"):
        for key in data.get("ids") or [data["id"]]:
            yield Deletion(int(data["guild_id"]), int(key), now())


READ: dict[str, Callable[[Payload, Callable[[], datetime]], Iterator[Told]]] = {
    "MESSAGE_CREATE": _written,
    "MESSAGE_UPDATE": _changed,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_DELETE_BULK": _deleted,
}
