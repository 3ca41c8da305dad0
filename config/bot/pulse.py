"""The bot's sign of life, and what it says of itself."""

import asyncio
import logging
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import Error
from django.utils import timezone

from community.bridge import call
from community.clock import DiscordClock
from community.services.bots import ON_DISCORD, count_waiting
from community.services.heartbeats import (
    forget_heartbeat,
    forget_predecessors,
    note_heartbeat,
)
from config.bot.intents import INTENTS
from config.bot.leader import Leader
from config.postgres.errors import EngineError

if TYPE_CHECKING:
    from config.bot.client import Bot

log = logging.getLogger(__name__)

BETWEEN_BEATS = 3.0
BETWEEN_LOOKS = 0.2
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
        with suppress(Error, EngineError):
            await call(forget_predecessors, kind="bot")
        while True:
            state = self.state
            # The leader says it in the log when the database is away.
            with suppress(Error, EngineError):
                waiting = await call(count_waiting)
                await call(
                    note_heartbeat,
                    process=self.process,
                    started_at=self.started_at,
                    figures={"state": state, **self.figures(), "waiting": waiting},
                )
            await self._rest(state)

    async def _rest(self, told: str) -> None:
        """Wait for the next beat; a new state is told at once."""
        until = time.monotonic() + BETWEEN_BEATS
        while self.state == told and time.monotonic() < until:  # noqa: ASYNC110 - both may end it
            await asyncio.sleep(BETWEEN_LOOKS)

    @property
    def state(self) -> str:
        """What it does, in words."""
        lead = self.leader.lead
        if lead is None or not lead.is_held:
            return "waits for the lead"
        return ON_DISCORD if self.bot and self.bot.is_here else "waits for Discord"

    def figures(self) -> dict[str, object]:
        """Return what the bot says of itself."""
        figures: dict[str, object] = {"unheard": sorted({*INTENTS} - {*settings.DISCORD_INTENTS})}
        if lead := self.leader.lead:
            figures["leads_since"] = lead.since.isoformat(timespec="seconds")
        for tell in self.bot.telling if self.bot else ():
            figures |= tell()
        if (bot := self.bot) and bot.is_here:
            is_measured = math.isfinite(bot.latency)
            figures["latency_ms"] = round(bot.latency * 1000) if is_measured else None
            figures["guilds"], figures["shards"] = len(bot.guilds), len(bot.shards)
            figures["events_per_s"] = self._events_per_second(bot.events.count)
            figures["clock_off_s"] = _seconds_off(bot.clock)
        return figures

    def _events_per_second(self, count: int) -> float:
        (then, counted), now = self._counted, time.monotonic()
        self._counted = now, count
        return round(max(0, count - counted) / max(now - then, 0.001), 1)


def _seconds_off(clock: DiscordClock) -> float | None:
    """Return how far this machine's clock is ahead of Discord's."""
    now = clock.now()
    return None if now is None else round((timezone.now() - now).total_seconds(), 1)
