"""What the bot hears, by the house's own mirror: events, and Discord's log read behind them."""

import asyncio
from typing import TYPE_CHECKING, Any

from community.cog.mirror import Gateway
from community.mirror.mirror import Mirror
from drills.orders.hearing import Ears
from sandbox import Event

if TYPE_CHECKING:
    from drills.orders.bot import Bot

A_MOMENT = 2.0


class Asking(Gateway):
    """Discord, as the mirror of a story may ask it; of its few people all are told at once."""

    def __init__(self, bot: "Bot") -> None:
        super().__init__(bot)  # type: ignore[arg-type]  # its connection is all that is asked for
        self._wake = bot.wake

    @property
    def lists_members(self) -> bool:
        return False

    async def audit_log(self, guild_id: int, *, after: int) -> list[dict[str, Any]]:
        """Return what was done; what follows from it is hinted at when it is written down."""
        page = await super().audit_log(guild_id, after=after)
        if page:
            asyncio.get_running_loop().call_later(A_MOMENT, self._wake)
        return page


class MirrorEars(Ears):
    """The whole way of the house: each app makes of the news what is its own."""

    def __init__(self, bot: "Bot") -> None:
        super().__init__(bot)
        clock, machine = bot.clock, bot.play.clocks.machine
        self._mirror = Mirror(Asking(bot), now=lambda: clock.now() or machine())

    def begin(self) -> None:
        """Be told who we are, and of everything."""
        town = self._bot.play.town
        ready = {"user": {"id": town.discord.world.bot_id}, "guilds": [{"id": town.guild.id}]}
        self.hear(Event("READY", ready))
        super().begin()

    def hear(self, event: Event) -> None:
        """Take one event; what follows from it ends with this life."""
        self._bot.life.do(lambda: self._mirror.hear(event.name, event.data))
        self._bot.life.start(self._wake())

    async def close(self) -> None:
        """Hear no more; what was not written down is lost."""
        await self._mirror.close()

    async def _wake(self) -> None:
        await self._mirror.intake.settled(self._bot.play.town.guild_id)
        self._bot.wake()
