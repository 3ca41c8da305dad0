"""One life of the bot in a story: it reaches for the lead, hears, and runs the real runner."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.http import Route

from community.bridge import call
from community.clock import DiscordClock
from community.runner import Runner
from community.runner.pacer import Pacer
from community.services.leases import LEAD, LostLead, hold_lease
from drills.mortal import Mortal
from drills.orders.wire import Session, http_over

if TYPE_CHECKING:
    from drills.orders.hearing import Ears
    from drills.orders.play import Play

SPAN, BETWEEN_RENEWALS, MARGIN = 10.0, 2.0, 0.5
# Nobody else reaches for the lead of an only bot: it need not be renewed a thousand times.
LONG_SPAN, SELDOM = 172_800.0, 43_200.0


class Lead:
    """One time of leading."""

    def __init__(self, epoch: int, until: float) -> None:
        self.epoch, self.until = epoch, until
        self.lost = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Tell whether the bot may act."""
        return not self.lost.is_set() and asyncio.get_running_loop().time() < self.until


class Bot:
    """What a process remembers; a new life begins with nothing."""

    def __init__(self, play: "Play", life: Mortal, holder: str) -> None:
        self.play, self.life, self.holder = play, life, holder
        self.clock = DiscordClock(uptime=play.loop.time)
        self.http = http_over(Session(life, play.witness.request, self.clock.note))
        paced = Pacer(uptime=play.loop.time).paced(self.http.request)
        self.http.request = paced  # type: ignore[assignment, method-assign]
        self.runner: Runner | None = None
        self.ears: Ears | None = None

    @property
    def span(self) -> float:
        """How long a lease is taken for."""
        return SPAN if self.play.has_rivals else LONG_SPAN

    @property
    def pause(self) -> float:
        """How long to wait before it is renewed."""
        return BETWEEN_RENEWALS if self.play.has_rivals else SELDOM

    async def run(self) -> None:
        """Lead whenever the lead is free, until the process ends."""
        while True:
            if (lead := await self._reach()) is not None:
                await self._serve(lead)
            await asyncio.sleep(BETWEEN_RENEWALS)

    async def _reach(self, lead: Lead | None = None) -> Lead | None:
        until = self.play.loop.time() + self.span - MARGIN
        epoch = await call(
            hold_lease, name=LEAD, holder=self.holder, span=timedelta(seconds=self.span)
        )
        if epoch is None or (lead is not None and lead.epoch != epoch):
            return None
        if lead is None:
            return Lead(epoch, until)
        lead.until = until
        return lead

    async def _serve(self, lead: Lead) -> None:
        self.play.story.tell(f"{self.life.name} leads, epoch {lead.epoch}")
        await self._log_in(lead)
        self.runner = Runner(http=self.http, clock=self.clock, epoch=lead.epoch)
        running = asyncio.create_task(self.runner.run())
        self.ears = self.play.ears(self)
        self.begin_session()
        while lead.is_held and not running.done() and await self._reach(lead):
            await asyncio.wait([running], timeout=self.pause)
        self.play.story.tell(f"{self.life.name} leads no longer")
        lead.lost.set()
        self.play.gateway.sessions.pop(self.life.name, None)
        await self.ears.close()
        self.ears = None
        running.cancel()
        with suppress(asyncio.CancelledError, LostLead):
            await running

    async def _log_in(self, lead: Lead) -> None:
        """Ask who we are, as a login does; Discord's time comes with the answer."""
        while lead.is_held and self.clock.now() is None:
            try:
                await self.http.request(Route("GET", "/users/@me"))
            except (discord.HTTPException, aiohttp.ClientError, OSError):
                await asyncio.sleep(1)

    def begin_session(self) -> None:
        """Connect: whatever was missed, a full look will find."""
        if self.ears is not None and not self.play.town.discord.is_down:
            self.play.gateway.sessions[self.life.name] = self.ears.hear
            self.ears.begin()

    def wake(self) -> None:
        """Be told that there is something to do."""
        if self.runner is not None and self.life.is_alive:
            self.runner.hint.set()
