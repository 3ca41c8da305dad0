"""By which way people came: a server's invites are read again after somebody joined."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial

from community.bridge import call
from community.mirror import reading
from community.mirror.chores import Chores
from community.mirror.intake import Intake
from community.mirror.outside import Discord
from community.scope import guild_scope
from community.services.mirror.facts import InvitesTold, News
from community.services.mirror.rights import may_see_invites

BREATH = 2.0  # in which joins are gathered; each reading is a call to Discord


class Ways:
    """Reads invites where the bot may; asking elsewhere would be held against it."""

    def __init__(
        self, discord: Discord, intake: Intake, chores: Chores, now: Callable[[], datetime]
    ) -> None:
        self.me = 0
        self._discord, self._intake, self._chores, self._now = discord, intake, chores, now
        self._wanted: dict[int, set[int]] = {}
        self._known: set[int] = set()

    def want(self, guild_id: int, *newcomers: int) -> None:
        """Read a server's invites soon; newcomers came since they were last read."""
        self._wanted.setdefault(guild_id, set()).update(newcomers)
        self._chores.begin(("invites", guild_id), partial(self._read_all, guild_id))

    def forget(self, guild_id: int) -> None:
        """Take nothing for known: uses may have risen while nobody listened."""
        self._known.discard(guild_id)

    async def _read_all(self, guild_id: int) -> None:
        while guild_id in self._wanted:
            await asyncio.sleep(BREATH)
            # Who came, and what the bot may do, must be written down first.
            await self._intake.settled(guild_id)
            await self._read(guild_id, frozenset(self._wanted.pop(guild_id)))

    async def _read(self, guild_id: int, newcomers: frozenset[int]) -> None:
        was_known = guild_id in self._known
        self.forget(guild_id)
        with guild_scope(guild_id):
            if not await call(may_see_invites, guild_id=guild_id, user_id=self.me):
                return
        invites = reading.all_of(await self._discord.invites(guild_id), reading.invite)
        # Without an earlier reading nobody can say whose uses rose just now.
        told = InvitesTold(invites, newcomers if was_known else frozenset())
        self._intake.take(guild_id, News(told, self._now()))
        self._known.add(guild_id)
