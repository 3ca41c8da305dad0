"""What is done once about people on Discord: told, put out, and found banned when we came."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import discord
from discord.http import HTTPClient

from community.bridge import call
from community.errands import DirectMessage
from community.kinds import ErrandKind, NotWorthIt, Result
from community.scope import guild_scope
from community.services.orders import fit_reason
from moderation.services.first_look import end_first_look, import_bans, last_ban_found
from moderation.services.punishments import confirm_case, note_refusal
from moderation.services.telling import note_told

if TYPE_CHECKING:
    from community.models import Errand

TAKES_NONE = "They take no messages"
DAY_IN_SECONDS = 86_400
PAGE, AT_ONCE = 1_000, 100  # bans in one answer, and cases in one transaction


class Told(DirectMessage):
    """Somebody is told of their case."""

    name = "tell_person"
    label = "Word to the person"

    def done(self, errand: "Errand") -> None:
        """Note that they were told."""
        self._note(errand, "sent")

    def failed(self, errand: "Errand") -> None:
        """Note that they were not told, and why not."""
        self._note(errand, "closed" if errand.last_error.startswith(TAKES_NONE) else "failed")

    def _note(self, errand: "Errand", outcome: str) -> None:
        number = errand.payload["case"]
        note_told(guild_id=errand.guild_id, number=number, outcome=outcome)


class Confirmed(ErrandKind):
    """What is done for a case, which notes that Discord has confirmed it."""

    def done(self, errand: "Errand") -> None:
        """Note it."""
        now = errand.ended_at or errand.made_at
        confirm_case(guild_id=errand.guild_id, reason=errand.payload["reason"], now=now)

    def failed(self, errand: "Errand") -> None:
        """Note why it came to nothing."""
        told = {"reason": errand.payload["reason"], "words": errand.last_error}
        note_refusal(guild_id=errand.guild_id, **told, now=errand.ended_at or errand.made_at)


class Kicked(Confirmed):
    """Somebody is put out, once: who came back since then stays."""

    name = "kick"
    label = "Kick"
    valid_for = timedelta(minutes=15)

    def lane(self, errand: "Errand") -> str:
        """Never wait behind what they are told for longer than was decided."""
        return f"out:{errand.user_id}"

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Put them out, unless they have left, or left and come back."""
        whom = errand.user_id or 0
        try:
            member = await http.get_member(errand.guild_id, whom)
        except discord.NotFound:
            return {"was": "gone already"}
        if datetime.fromisoformat(member["joined_at"] or "") > errand.made_at:
            raise NotWorthIt("They have left and come back since.")
        await self.put_out(http, errand, whom)
        return {"was": "put out"}

    async def put_out(self, http: HTTPClient, errand: "Errand", whom: int) -> None:
        """Ask Discord for it."""
        await http.kick(whom, errand.guild_id, reason=fit_reason(errand.payload["reason"]))


class Softbanned(Kicked):
    """Somebody is put out, and what they wrote in the last day with them."""

    name = "softban"
    label = "Softban"

    async def put_out(self, http: HTTPClient, errand: "Errand", whom: int) -> None:
        """Ban and unban them; Discord deletes what they wrote."""
        reason = fit_reason(errand.payload["reason"])
        await http.ban(whom, errand.guild_id, DAY_IN_SECONDS, reason=reason)
        await http.unban(whom, errand.guild_id, reason=reason)


class FirstLook(ErrandKind):
    """The bans of before us are found, and each is a case; begun again, it goes on where it was."""

    name = "first_look"
    label = "First look at the bans"
    valid_for = timedelta(hours=12)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Page through them, and write them down some at a time."""
        count, is_more = 0, True
        with guild_scope(errand.guild_id):
            last = await call(last_ban_found, guild_id=errand.guild_id)
            while is_more:
                page = await http.get_bans(errand.guild_id, PAGE, after=last)
                bans = {int(each["user"]["id"]): each["reason"] or "" for each in page}
                is_more = len(page) == PAGE
                count += await self._write(errand.guild_id, bans)
                last = max(bans, default=last)
        return {"found": count}

    def done(self, errand: "Errand") -> None:
        """Remember that it was done."""
        end_first_look(guild_id=errand.guild_id)

    async def _write(self, guild_id: int, bans: dict[int, str]) -> int:
        told, count = sorted(bans.items()), 0
        for start in range(0, len(told), AT_ONCE):
            some = dict(told[start : start + AT_ONCE])
            count += await call(import_bans, guild_id=guild_id, bans=some)
        return count
