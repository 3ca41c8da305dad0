"""The bot's sign of life, and what it says of itself."""

import asyncio
import logging
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from django.db import Error
from django.utils import timezone

from community.bridge import call
from community.services.heartbeats import forget_heartbeat, note_heartbeat
from config.bot.leader import Leader
from config.postgres.errors import EngineError

if TYPE_CHECKING:
    from config.bot.client import Bot

log = logging.getLogger(__name__)

BETWEEN_BEATS = 3.0
FORGETTING = 0.5


class Pulse:
    """Beats from the start to the end of the process, also while it waits."""

    def __init__(self, process: str, leader: Leader) -> None:
        self.process = process
        self.leader = leader
        self.bot: Bot | None = None
        self.started_at = timezone.now()
        self._counted = (time.monotonic(), 0)

    async def __aenter__(self) -> Self:
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave no sign of life behind: it ends because it was told to."""
        self._beating.cancel()
        with suppress(Error, EngineError, TimeoutError):
            async with asyncio.timeout(FORGETTING):
                await call(forget_heartbeat, process=self.process)

    async def _beat(self) -> None:
        while True:
            # The leader says it in the log when the database is away.
            with suppress(Error, EngineError):
                await call(
                    note_heartbeat,
                    process=self.process,
                    started_at=self.started_at,
                    figures=self.figures(),
                )
            await asyncio.sleep(BETWEEN_BEATS)

    def figures(self) -> dict[str, object]:
        """Return what the bot says of itself."""
        lead, bot = self.leader.lead, self.bot
        if lead is None or not lead.is_held:
            return {"state": "waits for the lead"}
        figures: dict[str, object] = {"leads_since": lead.since.isoformat(timespec="seconds")}
        if bot is None or not bot.is_ready():
            return {"state": "waits for Discord", **figures}
        latency = None if not math.isfinite(bot.latency) else round(bot.latency * 1000)
        return {
            "state": "on Discord",
            **figures,
            "latency_ms": latency,
            "guilds": len(bot.guilds),
            "shards": len(bot.shards),
            "events_per_s": self._events_per_second(bot.events.count),
        }

    def _events_per_second(self, count: int) -> float:
        (then, counted), now = self._counted, time.monotonic()
        self._counted = now, count
        return round(max(0, count - counted) / max(now - then, 0.001), 1)
