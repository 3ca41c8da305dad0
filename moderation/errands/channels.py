"""What is done to channels on Discord: their rights, their pace, what was said last in them."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import discord
from discord.http import HTTPClient, Route

from community.kinds import Result
from community.services.orders import fit_reason
from moderation.errands.people import Confirmed
from moderation.services.punishments import confirm_case

if TYPE_CHECKING:
    from community.models import Errand

LINK = re.compile(r"https?://", re.IGNORECASE)
LATEST, DELETABLE = 100, timedelta(days=14)
RIGHTS = "/channels/{channel_id}/permissions/{target}"


class RightsSet(Confirmed):
    """What everybody may do in a channel."""

    name = "channel_rights"
    label = "Channel permissions"
    valid_for = timedelta(hours=24)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Set it, or say nothing about it any more."""
        reason, rights = fit_reason(errand.payload["reason"]), errand.payload["rights"]
        if rights is not None:
            # Of the library's own call Discord's description knows one field too many.
            told = {"allow": int(rights[0]), "deny": int(rights[1]), "type": 0}
            await http.request(self._route("PUT", errand), json=told, reason=reason)
            return {}
        with suppress(discord.NotFound):
            await http.request(self._route("DELETE", errand), reason=reason)
        return {}

    def _route(self, method: str, errand: "Errand") -> Route:
        channel = int(errand.payload["channel_id"])
        return Route(method, RIGHTS, channel_id=channel, target=errand.guild_id)


class Slowed(Confirmed):
    """How long everybody waits between two messages."""

    name = "slowmode"
    label = "Slowmode"
    valid_for = timedelta(hours=24)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Set it."""
        channel, reason = int(errand.payload["channel_id"]), fit_reason(errand.payload["reason"])
        seconds = errand.payload["seconds"]
        await http.edit_channel(channel, reason=reason, rate_limit_per_user=seconds)
        return {}


# Of which sort a message is, as people ask for it.
ONLY: dict[str, Callable[[Any], bool]] = {
    "": bool,
    "bots": lambda said: bool(said["author"].get("bot")),
    "links": lambda said: LINK.search(said["content"]) is not None,
    "attachments": lambda said: bool(said.get("attachments")),
}


class Purged(Confirmed):
    """Some of a channel's latest messages go; done again, others would."""

    name = "purge"
    label = "Purge"
    valid_for = timedelta(minutes=15)
    repeatable_for: ClassVar[timedelta | None] = timedelta(0)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Delete what the filter picks among the latest hundred, none older than two weeks."""
        asked = errand.payload
        channel, reason = int(asked["channel_id"]), fit_reason(asked["reason"])
        said = await http.logs_from(channel, LATEST)
        picked = [each["id"] for each in said if self._is_meant(each, errand)][: asked["count"]]
        if len(picked) == 1:
            await http.delete_message(channel, picked[0], reason=reason)
        elif picked:
            await http.delete_messages(channel, picked, reason=reason)
        return {"deleted": len(picked)}

    def done(self, errand: "Errand") -> None:
        """Note how many went."""
        now, told = errand.ended_at or errand.made_at, errand.payload
        confirm_case(guild_id=errand.guild_id, reason=told["reason"], now=now, result=errand.result)

    def _is_meant(self, said: Any, errand: "Errand") -> bool:
        asked, author = errand.payload, said["author"]
        sent = discord.utils.snowflake_time(int(said["id"]))
        return (
            errand.made_at - DELETABLE < sent <= errand.made_at
            and asked["user_id"] in ("", str(author["id"]))
            and asked["contains"].casefold() in said["content"].casefold()
            and int(said["id"]) > int(asked["after"] or 0)
            and ONLY[asked["only"]](said)
        )
