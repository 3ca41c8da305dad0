"""Whole lists of members: asked for one server after the other, told in chunks."""

import asyncio
import logging
from functools import partial
from itertools import count
from typing import Any

from community.mirror import reading
from community.mirror.chores import Chores
from community.mirror.hearing import people_in
from community.mirror.intake import Intake
from community.mirror.outside import Discord
from community.services.mirror.facts import CrowdTold, ListEnded, PersonJoined, PersonLeft, Told
from community.services.people import pack_members

log = logging.getLogger(__name__)

Payload = dict[str, Any]

PATIENCE = 15.0  # without a chunk of a list that was asked for
ASK_AGAIN = 45.0  # Discord gives out one list of a server per 30 seconds


class Listing:
    """One list under way: who was told so far, and who came or left in between."""

    def __init__(self) -> None:
        self.moved, self.is_whole = asyncio.Event(), False
        self._here: set[int] = set()
        self._gone: set[int] = set()
        self._chunks: set[int] = set()

    def hear(self, told: Told) -> None:
        """Remember who came or left: the list may have been written before."""
        if isinstance(told, PersonJoined):
            self._here.add(told.person.user_id)
            self._gone.discard(told.person.user_id)
        elif isinstance(told, PersonLeft):
            self._gone.add(told.user_id)

    def take(self, data: Payload) -> tuple[Told, ...]:
        """Take a chunk; return what it tells, and with the last one that the list has ended."""
        told = people_in(data).people
        people = tuple(each for each in told if each.user_id not in self._gone)
        self._here.update(each.user_id for each in people)
        self._chunks.add(reading.number(data.get("chunk_index")))
        self.is_whole = len(self._chunks) >= (reading.number(data.get("chunk_count")) or 1)
        self.moved.set()
        chunk = CrowdTold(pack_members(people), len(people))
        return (chunk, ListEnded(frozenset(self._here))) if self.is_whole else (chunk,)

    async def wait(self) -> None:
        """Wait for the last chunk as long as there are any."""
        while not self.is_whole:
            self.moved.clear()
            async with asyncio.timeout(PATIENCE):
                await self.moved.wait()


class Lists:
    """Asks for the lists that are wanted; the next one when the last is written down."""

    def __init__(self, discord: Discord, intake: Intake, chores: Chores) -> None:
        self._discord, self._intake, self._chores = discord, intake, chores
        self._wanted: dict[int, None] = {}  # in the order of wanting
        self._listings: dict[str, tuple[int, Listing]] = {}
        self._nonces = count()

    def want(self, guild_id: int) -> None:
        """Ask for a server's members when it is its turn, if Discord tells us of members at all."""
        if self._discord.lists_members:
            self._wanted[guild_id] = None
            self._chores.begin(("lists",), self._ask_for_all)

    def hear(self, guild_id: int, told: Told) -> None:
        """Tell the lists of a server that are under way who came and who left."""
        for key, listing in self._listings.values():
            if key == guild_id:
                listing.hear(told)

    def take(self, data: Payload) -> tuple[Told, ...]:
        """Take a chunk of a list, ours or somebody else's."""
        nonce = data.get("nonce")
        if isinstance(nonce, str) and nonce in self._listings:
            return self._listings[nonce][1].take(data)
        return (people_in(data),)

    async def _ask_for_all(self) -> None:
        while self._wanted:
            guild_id = next(iter(self._wanted))
            del self._wanted[guild_id]
            await self._ask(guild_id)

    async def _ask(self, guild_id: int) -> None:
        nonce, listing = f"mirror-{next(self._nonces)}", Listing()
        self._listings[nonce] = guild_id, listing
        try:
            await self._discord.ask_for_members(guild_id, nonce)
            await listing.wait()
            # So at most one list at a time waits in memory.
            await self._intake.settled(guild_id)
        except Exception as error:  # noqa: BLE001 - the connection broke, or Discord is silent
            log.info("Server %s did not list its members: %s.", guild_id, type(error).__name__)
            self._chores.begin(("later", guild_id), partial(self._want_later, guild_id))
        finally:
            del self._listings[nonce]

    async def _want_later(self, guild_id: int) -> None:
        await asyncio.sleep(ASK_AGAIN)
        self.want(guild_id)
