"""The right to be the bot: a lease on the database's clock, held by one process at a time."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Self

from django.conf import settings
from django.db import Error
from django.utils import timezone

from community.bridge import call_in
from community.services.leases import LEAD, drop_lease, hold_lease, holder_of
from config.postgres.errors import EngineError

log = logging.getLogger(__name__)

SPAN = timedelta(seconds=10)
BETWEEN_RENEWALS = 2.0
BETWEEN_TRIES = 0.5
# We stop this much before the database lets another one begin.
MARGIN = 0.5
DROPPING = 0.5


class Lead:
    """One time of leading; whatever follows a call to Discord is written with its epoch."""

    def __init__(self, epoch: int, *, asked_at: float) -> None:
        self.epoch = epoch
        self.since: datetime = timezone.now()
        self.lost = asyncio.Event()
        self.renew(asked_at)

    @property
    def is_held(self) -> bool:
        """Tell whether we may act; it ends by itself when the database falls silent."""
        return not self.lost.is_set() and time.monotonic() < self._until

    def renew(self, asked_at: float) -> None:
        """Go on for a span that counts from when we asked, so that it ends before the row's."""
        self._until = _end_of(asked_at)

    async def run_out(self) -> None:
        """Wait until its time is over, whatever the database is doing meanwhile."""
        while self.is_held:  # noqa: ASYNC110 - each renewal moves the end
            await asyncio.sleep(max(0.0, self._until - time.monotonic()))


class Leader:
    """Reaches for the lease, keeps it while it can, and hands out leads."""

    def __init__(self, process: str) -> None:
        self.lease = lease_of_these_shards()
        # A container's processes all have number 1: only the random part tells them apart.
        self.holder = f"{process} {token_hex(4)}"
        self.lead: Lead | None = None
        # A thread of its own: slow questions of others must not cost us the lease.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lease")
        self._taken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._said = ""

    async def __aenter__(self) -> Self:
        self._spawn(self._keep_reaching())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Error, EngineError, TimeoutError):
            async with asyncio.timeout(DROPPING):
                await call_in(self._thread, drop_lease, name=self.lease, holder=self.holder)
        self._thread.shutdown(wait=False)

    async def taken(self) -> Lead:
        """Wait until we lead."""
        while self.lead is None or not self.lead.is_held:
            self._taken.clear()
            await self._taken.wait()
        return self.lead

    async def _keep_reaching(self) -> None:
        while True:
            try:
                await self._reach()
            except (Error, EngineError) as error:
                self._say(f"The bot waits for its database: {str(error).partition(chr(10))[0]}")
            is_well = self.lead is not None and not self._said
            await asyncio.sleep(BETWEEN_RENEWALS if is_well else BETWEEN_TRIES)

    async def _reach(self) -> None:
        asked_at = time.monotonic()
        mine = {"name": self.lease, "holder": self.holder}
        epoch = await call_in(self._thread, hold_lease, **mine, span=SPAN)
        if time.monotonic() > _end_of(asked_at):
            return  # so old an answer gives nothing any more
        if self.lead is not None and self.lead.epoch != epoch:
            self._lose()
        if epoch is None:
            other = await call_in(self._thread, holder_of, name=self.lease)
            self._say(f"Another bot leads ({other}); this one waits until it is gone.")
            return
        self._said = ""
        if self.lead is None:
            self._begin(epoch, asked_at)
        else:
            self.lead.renew(asked_at)

    def _begin(self, epoch: int, asked_at: float) -> None:
        self.lead = Lead(epoch, asked_at=asked_at)
        self._spawn(self._watch(self.lead))
        self._taken.set()
        log.info("This bot leads from now on.")

    async def _watch(self, lead: Lead) -> None:
        await lead.run_out()
        if self.lead is lead:
            self._lose()

    def _lose(self) -> None:
        log.error("The lead is lost: another bot may act from now on, so this one leaves Discord.")
        if self.lead is not None:
            self.lead.lost.set()
        self.lead = None

    def _say(self, words: str) -> None:
        if words != self._said:
            log.warning(words)
        self._said = words

    def _spawn(self, deed: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def carries_out_orders() -> bool:
    """Tell whether this process has shard 0, and with it the orders of every server."""
    return settings.DISCORD_SHARDS is None or settings.DISCORD_SHARDS.first == 0


def _end_of(asked_at: float) -> float:
    return asked_at + SPAN.total_seconds() - MARGIN


def lease_of_these_shards() -> str:
    """Return the lease's name: who has shard 0 is *the* bot."""
    return LEAD if carries_out_orders() else f"{LEAD} {settings.DISCORD_SHARDS}"
