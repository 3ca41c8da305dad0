"""What passes minute by minute while the bot is there to see it: time in voice, time online."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from itertools import count
from typing import Protocol

from django.db import Error

from activity.presence import Presence
from activity.services.log_lines import Note, servers_with_log, write_lines
from activity.services.voice import servers_in_voice, settle_voice
from activity.texts import Texts
from community.bridge import call, may_pass
from community.scope import cross_guild, guild_scope

log = logging.getLogger(__name__)

MINUTE = 60.0
LONGEST_PAUSE = 5  # seconds, while the database is away
MINUTES_ONLINE = 5  # written down together


class Watching(Protocol):
    """The bot, as far as it knows whether it sees, and what."""

    @property
    def is_here(self) -> bool:
        """Whether every connection of ours stands at this moment."""

    def servers(self) -> Collection[int]:
        """Return the servers that it sees."""


class Minutes:
    """Writes down each minute what has passed; what nobody saw is left to the next look."""

    def __init__(self, watching: Watching, now: Callable[[], datetime]) -> None:
        self.texts, self.presence = Texts(now=now, tell=tell_of_messages), Presence(now=now)
        self._watching, self._now = watching, now
        self._passing = asyncio.create_task(self._pass())

    async def look(self) -> None:
        """See what servers want to be watched."""
        await _try(self._look_for_logs)
        await _try(self.presence.look)

    async def settle(self) -> None:
        """Write down the time that has passed in voice until now."""
        now = self._now()
        for guild_id in await call(servers_in_voice, among=self._watching.servers()):
            with guild_scope(guild_id):
                await call(settle_voice, guild_id=guild_id, now=now)

    async def close(self) -> None:
        """Write down the last, begun minutes."""
        is_here = self._watching.is_here  # as long as nothing was waited for
        self._passing.cancel()
        await self.texts.close()
        if is_here:
            await _try(self.settle)
            await _try(self.presence.write)

    async def _look_for_logs(self) -> None:
        with cross_guild("which servers log what is changed and deleted"):
            self.texts.watch(await call(servers_with_log, place="message"))

    async def _pass(self) -> None:
        minutes = 0
        while True:
            await asyncio.sleep(MINUTE)
            minutes += 1
            if self._watching.is_here:
                await self.look()
                await _try(self.settle)
                if minutes % MINUTES_ONLINE == 0:
                    await _try(self.presence.write)


async def tell_of_messages(guild_id: int, notes: list[Note]) -> None:
    """Have it told what became of messages; while the database is away, wait for it."""
    for pause in count(1):
        try:
            with guild_scope(guild_id):
                await call(write_lines, guild_id=guild_id, place="message", notes=notes)
        except Exception as error:
            if not await may_pass(error):
                log.exception("Lines of server %s cannot be written.", guild_id)
                return
        else:
            return
        await asyncio.sleep(min(pause, LONGEST_PAUSE))


async def _try(deed: Callable[[], Awaitable[None]]) -> None:
    try:
        await deed()
    except Error as error:  # the next minute counts this one as well
        log.warning("A minute could not be written down: %s", type(error).__name__)
