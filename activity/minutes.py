"""What passes minute by minute while the bot is there to see it: time in voice."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from django.db import Error

from activity.services.voice import servers_in_voice, settle_voice
from community.bridge import call
from community.scope import guild_scope

log = logging.getLogger(__name__)

MINUTE = 60.0


class Watching(Protocol):
    """The bot, as far as it knows whether it sees, and what."""

    @property
    def is_here(self) -> bool:
        """Whether every connection of ours stands at this moment."""

    def servers(self) -> Iterable[int]:
        """Return the servers that it sees."""


class Minutes:
    """Writes down each minute what has passed; what nobody saw is left to the next look."""

    def __init__(self, watching: Watching, now: Callable[[], datetime]) -> None:
        self._watching, self._now = watching, now
        self._passing = asyncio.create_task(self._pass())

    async def settle(self) -> None:
        """Write down the time that has passed in voice until now."""
        now = self._now()
        for guild_id in await call(servers_in_voice, among=list(self._watching.servers())):
            with guild_scope(guild_id):
                await call(settle_voice, guild_id=guild_id, now=now)

    async def close(self) -> None:
        """Write down the last, begun minute."""
        is_here = self._watching.is_here  # as long as nothing was waited for
        self._passing.cancel()
        if is_here:
            await self._try_to_settle()

    async def _pass(self) -> None:
        while True:
            await asyncio.sleep(MINUTE)
            if self._watching.is_here:
                await self._try_to_settle()

    async def _try_to_settle(self) -> None:
        try:
            await self.settle()
        except Error as error:  # the next minute counts this one as well
            log.warning("Time in voice could not be written down: %s", type(error).__name__)
