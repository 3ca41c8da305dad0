"""What the bot does out there for activity: lines in the logs that a server named."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from discord.http import HTTPClient

from activity.services.announcing import KIND as LEVEL
from activity.services.announcing import compose_level
from activity.services.log_lines import KIND, compose_lines, forget_notes
from community.bridge import call
from community.errands.speaking import say, say_where, words_for
from community.kinds import ErrandKind, NotWorthIt, Result, register
from community.scope import guild_scope

if TYPE_CHECKING:
    from community.models import Errand

COLOUR = 0x5D6D7E


class LogLines(ErrandKind):
    """Several things that happened, told in one message."""

    name = KIND
    label = "Log lines"
    valid_for = timedelta(hours=6)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it, in the words that are true now."""
        with guild_scope(errand.guild_id):
            words = await call(
                compose_lines, guild_id=errand.guild_id, payload=dict(errand.payload)
            )
        if not words:
            raise NotWorthIt("Nothing was left to tell.")
        message = {"embeds": [{"description": words, "color": COLOUR}]}
        return await say(http, int(errand.payload["channel_id"]), errand, message)

    def done(self, errand: "Errand") -> None:
        """Keep nothing of what people wrote."""
        forget_notes(errand)

    def failed(self, errand: "Errand") -> None:
        """Keep nothing of what people wrote."""
        forget_notes(errand)


class LevelTold(ErrandKind):
    """Somebody has reached a level, which is told in the words that are true then."""

    name = LEVEL
    label = "New level"
    valid_for = timedelta(hours=12)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it in the channel, or to the person alone."""
        words = await words_for(errand, compose_level)

        async def tell(channel_id: int) -> Result:
            return await say(http, channel_id, errand, {"content": words})

        channel_id = int(errand.payload.get("channel_id") or 0) or None
        return await say_where(http, errand, channel_id, tell)


register(LogLines(), LevelTold())
