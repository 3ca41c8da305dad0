"""What the bot makes of what it hears, as its mirror does; each piece of news in its turn."""

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


async def look(bot: "Bot") -> None:
    """Look at everything: a session has begun, and what came before it is not known."""
    town = bot.play.town
    told = guild_wire(town.discord.world, town.guild)
    await follow(bot, Event("GUILD_CREATE", told, town.guild.id))


async def follow(bot: "Bot", event: Event) -> None:
    """Look at what an event concerns."""
    if event.name not in HEARD:
        return
    guild_id = bot.play.town.guild_id
    at = bot.play.clocks.machine()
    news = [News(told, at) for told in news_of(event.name, event.data)]
    with guild_scope(guild_id):
        await call(write_news, guild_id=guild_id, news=news)
    bot.wake()
