"""Discord's own audit log, read on from where we stopped: what people did while nobody heard it.

Events tell of it sooner; what they leave out, or the bot was not there to hear, stands here.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from community.bridge import call
from community.mirror import reading
from community.mirror.chores import Chores
from community.mirror.intake import Intake
from community.mirror.outside import Discord
from community.scope import guild_scope
from community.services.mirror.log import note_log_ends, note_log_read, place_in_log, tell_bans
from community.services.restorations import bans_tell_more

log = logging.getLogger(__name__)

Payload = dict[str, Any]

BANS_IN_A_PAGE = 1_000
PAGE, MOST_PAGES = 100, 20  # entries in one answer, and answers in one turn
BREATH = 2.0  # before a server is read: first it must have been told of
NEXT_TURN, AGAIN = 30.0, 3_600.0  # when more is left to read, and when all was read


class Log:
    """Reads the log of each server the bot is in, now and then and whenever it is wanted."""

    def __init__(
        self,
        discord: Discord,
        intake: Intake,
        chores: Chores,
        take: Callable[[int, Payload], bool],
    ) -> None:
        self.me = 0
        self._discord, self._intake, self._chores = discord, intake, chores
        self._take = take
        self._wanted: dict[int, asyncio.Event] = {}
        self._closed: set[int] = set()
        # A bot that arrives reads one server's log after the other: nobody waits for these.
        self._turn = asyncio.Semaphore(1)

    def want(self, guild_id: int) -> None:
        """Read a server's log soon, and from then on now and then."""
        self._wanted.setdefault(guild_id, asyncio.Event()).set()
        self._chores.begin(("log", guild_id), partial(self._follow, guild_id))

    def try_door(self, guild_id: int) -> None:
        """Read the log of a server that kept it from us: it may be open now."""
        if guild_id in self._closed:
            self.want(guild_id)

    def forget(self, guild_id: int) -> None:
        """Leave a server's log alone: it cannot be read for now."""
        if wanted := self._wanted.pop(guild_id, None):
            wanted.set()

    async def _follow(self, guild_id: int) -> None:
        while wanted := self._wanted.get(guild_id):
            wanted.clear()
            await asyncio.sleep(BREATH)
            async with self._turn:
                is_all = await self._read_well(guild_id)
            pause = AGAIN if is_all else NEXT_TURN
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await wanted.wait()

    async def _read_well(self, guild_id: int) -> bool:
        """Read one turn; True when nothing is left to be read for now."""
        try:
            return await self._read(guild_id)
        except Exception as error:  # noqa: BLE001 - Discord or the database is not well
            log.info("The log of server %s was not read: %s.", guild_id, type(error).__name__)
            return False

    async def _read(self, guild_id: int) -> bool:
        # What the bot may do, and whom entries name, must be written down first.
        await self._intake.settled(guild_id)
        with guild_scope(guild_id):
            last = await call(place_in_log, guild_id=guild_id, user_id=self.me)
            self._note_door(guild_id, is_open=last is not None)
            if last is not None and not await self._read_on(guild_id, last):
                return False
            if await call(bans_tell_more, guild_id=guild_id):
                await self._read_bans(guild_id)
            await call(note_log_ends, guild_id=guild_id)
        return True

    async def _read_bans(self, guild_id: int) -> None:
        """Read who is banned, and why: the log that would tell of it is closed, or too short."""
        last, is_more = 0, True
        while is_more:
            page = await self._discord.bans(guild_id, after=last)
            bans = {int(each["user"]["id"]): str(each["reason"] or "") for each in page}
            await call(tell_bans, guild_id=guild_id, bans=bans)
            last, is_more = max(bans, default=last), len(page) == BANS_IN_A_PAGE

    async def _read_on(self, guild_id: int, last: int) -> bool:
        """Read page after page; True when that was all."""
        for _ in range(MOST_PAGES):
            page = await self._discord.audit_log(guild_id, after=last)
            if not await self._write(guild_id, page):
                return False
            if len(page) < PAGE:
                return True
            last = _last_of(page) or last
        return False

    async def _write(self, guild_id: int, page: list[Payload]) -> bool:
        """Have a page written down, and remember it only then; False when memory is full."""
        if not all(self._take(guild_id, entry) for entry in page):
            return False
        await self._intake.settled(guild_id)
        if (last := _last_of(page)) is not None:
            await call(note_log_read, guild_id=guild_id, entry_id=last)
        return True

    def _note_door(self, guild_id: int, *, is_open: bool) -> None:
        (self._closed.discard if is_open else self._closed.add)(guild_id)


def _last_of(page: list[Payload]) -> int | None:
    return max((key for each in page if (key := reading.snowflake(each.get("id")))), default=None)
