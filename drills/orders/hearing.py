"""What the bot makes of what it hears: each piece of news is written down in its turn."""

from typing import TYPE_CHECKING

from community.bridge import call
from community.mirror.hearing import HEARD, news_of
from community.scope import guild_scope
from community.services.mirror.facts import News
from community.services.mirror.news import write_news
from sandbox import Event
from sandbox.payloads import guild_wire

if TYPE_CHECKING:
    from drills.orders.bot import Bot


class Ears:
    """The shortest way from the gateway to the books, for one time of leading."""

    def __init__(self, bot: "Bot") -> None:
        self._bot = bot

    def begin(self) -> None:
        """Look at everything: a session has begun, and what came before it is not known."""
        self.hear(town_told(self._bot))

    def hear(self, event: Event) -> None:
        """Take one event."""
        self._bot.life.start(self._follow(event))

    async def close(self) -> None:
        """Hear no more."""

    async def _follow(self, event: Event) -> None:
        if event.name not in HEARD:
            return
        guild_id = self._bot.play.town.guild_id
        at = self._bot.play.clocks.machine()
        news = [News(told, at) for told in news_of(event.name, event.data)]
        with guild_scope(guild_id):
            await call(write_news, guild_id=guild_id, news=news)
        self._bot.wake()


def town_told(bot: "Bot") -> Event:
    """Return what the gateway says of the town when a session begins."""
    town = bot.play.town
    return Event("GUILD_CREATE", guild_wire(town.discord.world, town.guild), town.guild.id)
