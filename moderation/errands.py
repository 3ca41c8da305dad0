"""What the bot does out there for moderation: bans and timeouts kept true."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import discord
from discord.http import HTTPClient, Route

from community.bridge import call
from community.errands import DirectMessage, RoleKept
from community.kinds import (
    ABSENT,
    ErrandKind,
    NotWorthIt,
    OrderKind,
    Result,
    Seen,
    register,
)
from community.services.orders import fit_reason
from community.services.people import has_joined, is_present
from moderation.services.punishments import (
    confirm_case,
    note_refusal,
    serve_punishment,
    yield_punishment,
)
from moderation.services.telling import note_told

if TYPE_CHECKING:
    from community.models import Errand, StandingOrder

# Stands before every reason of ours: the case, its end and who decided it.
OUR_MARK = re.compile(r"\[#\d+ (?:\d+|-) (\d{1,19}|-)\]")
UNKNOWN_MEMBER, UNKNOWN_USER, UNKNOWN_BAN = 10007, 10013, 10026

# Discord takes no timeout of more than 28 days. A long one is set in slices, renewed early enough
# to outlast three weeks in which nobody renews it.
SLICE = timedelta(days=27)
LATEST, DELETABLE = 100, timedelta(days=14)
RIGHTS = "/channels/{channel_id}/permissions/{target}"
TAKES_NONE = "They take no messages"
DAY_IN_SECONDS = 86_400
RENEWED_WITH_LEFT = timedelta(days=20)
FRESH_ENOUGH = timedelta(days=1)
# Bots that greet newcomers set their roles, and may wipe out ours.
SETTLING_IN = timedelta(minutes=1)


class Punishing(OrderKind):
    """What carries a punishment: its end, and what people do by hand, are the punishment's too."""

    punishment: ClassVar[str]

    def asked_by(self, order: "StandingOrder") -> int | None:
        """Return whom the mark names as the one who decided."""
        mark = OUR_MARK.match(order.reason)
        return int(mark[1]) if mark and mark[1] != "-" else None

    def served(self, order: "StandingOrder", now: datetime) -> None:
        """Close the punishment in the transaction that takes its end up."""
        super().served(order, now)
        serve_punishment(
            guild_id=order.guild_id, user_id=order.user_id, kind=self.punishment, now=now
        )

    def drifted(self, order: "StandingOrder", seen: Seen, now: datetime) -> bool:
        """Accept what somebody did by hand: they lifted it, or replaced it by their own."""
        yield_punishment(
            guild_id=order.guild_id,
            user_id=order.user_id,
            kind=self.punishment,
            now=now,
            is_superseded=seen.owner == "foreign",
        )
        return True

    def confirmed(self, order: "StandingOrder", now: datetime) -> None:
        """Note on the case that Discord has confirmed it."""
        confirm_case(guild_id=order.guild_id, reason=order.reason, now=now)

    def refused(self, order: "StandingOrder", words: str, now: datetime) -> None:
        """Note on the case why it is not so."""
        note_refusal(guild_id=order.guild_id, reason=order.reason, words=words, now=now)


class Banned(Punishing):
    """Somebody is banned."""

    punishment = "ban"

    name = "ban"
    label = "Ban"
    is_signed = True

    async def perform(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Ban them."""
        await http.ban(order.user_id, order.guild_id, 0, reason=order.reason or None)

    async def read_back(self, http: HTTPClient, order: "StandingOrder", _now: datetime) -> Seen:
        """Look at the ban, and by its reason whose it is."""
        try:
            ban = await http.get_ban(order.user_id, order.guild_id)
        except discord.NotFound as error:
            if error.code != UNKNOWN_BAN:  # a server that is gone says nothing about its bans
                raise
            return ABSENT
        if order.wanted and order.is_settled:
            await self._put_out(http, order)
        is_ours = OUR_MARK.match(ban.get("reason") or "")
        return Seen("ours" if is_ours else "foreign")

    async def undo(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Lift it; that there is none is as good."""
        try:
            await http.unban(order.user_id, order.guild_id, reason=order.reason or None)
        except discord.NotFound as error:
            if error.code != UNKNOWN_BAN:
                raise

    async def _put_out(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Put out whom Discord has banned and left inside all the same, as it sometimes does."""
        about = {"guild_id": order.guild_id, "user_id": order.user_id}
        if await call(is_present, **about):
            with suppress(discord.NotFound):
                await http.kick(order.user_id, order.guild_id, reason=order.reason or None)


class TimedOut(Punishing):
    """Somebody is silenced by Discord's own timeout, known as ours by the moment it ends."""

    punishment = "mute"

    name = "timeout"
    label = "Timeout"

    def mark(self, order: "StandingOrder", now: datetime) -> str:
        """Return the moment it will be set to, the one written down before if that will do."""
        if order.is_settled and not self._is_due(order, now):
            return ""
        wanted = slice_end(order.until, now)
        latest = read_mark(order.marks[-1]) if order.marks else None
        is_slice = order.until is None or order.until > wanted
        if latest and is_slice and timedelta(0) <= wanted - latest <= FRESH_ENOUGH:
            return write_mark(latest)
        return write_mark(wanted)

    async def perform(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Set it to the moment that was written down."""
        until = read_mark(order.marks[-1]).isoformat()
        await self._set(http, order, until)

    async def read_back(self, http: HTTPClient, order: "StandingOrder", now: datetime) -> Seen:
        """Look at it; one that is over counts as none."""
        said = await self._said(http, order, now)
        until = datetime.fromisoformat(said) if said else None
        if until is None or until <= now:
            return ABSENT
        mark = write_mark(until)
        return Seen("ours" if mark in order.marks else "foreign", mark)

    async def undo(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Let them speak again."""
        try:
            await self._set(http, order, None)
        except discord.NotFound:
            return

    def renew_at(self, order: "StandingOrder", now: datetime) -> datetime | None:
        """Return when the next slice is due; None when this one is the last."""
        if not order.marks:
            return None
        end = read_mark(order.marks[0])
        return end - RENEWED_WITH_LEFT if order.until is None or end < order.until else None

    def has_run_out(self, order: "StandingOrder", now: datetime) -> bool:
        """Tell whether the last slice is over: nobody was there to renew it."""
        return bool(order.marks) and read_mark(order.marks[0]) <= now

    def _is_due(self, order: "StandingOrder", now: datetime) -> bool:
        renewal = self.renew_at(order, now)
        return renewal is not None and renewal <= now

    def _is_over(self, order: "StandingOrder", now: datetime) -> bool:
        """Tell whether nothing is left to take back: who left and returns is still silent."""
        return not order.wanted and all(read_mark(mark) <= now for mark in order.marks)

    async def _said(self, http: HTTPClient, order: "StandingOrder", now: datetime) -> str | None:
        """Return what Discord says; of who is not there, only that nothing can be left."""
        try:
            member = await http.get_member(order.guild_id, order.user_id)
        except discord.NotFound as error:
            if error.code in (UNKNOWN_MEMBER, UNKNOWN_USER) and self._is_over(order, now):
                return None
            raise
        return member.get("communication_disabled_until")

    async def _set(self, http: HTTPClient, order: "StandingOrder", until: str | None) -> None:
        about = (order.guild_id, order.user_id)
        reason = order.reason or None
        await http.edit_member(*about, reason=reason, communication_disabled_until=until)


class Silenced(Punishing, RoleKept):
    """Somebody is silenced by a role; taking it away by hand lets them speak."""

    name = "mute_role"
    label = "Mute role"
    punishment = "mute"

    def drifted(self, order: "StandingOrder", seen: Seen, now: datetime) -> bool:
        """Give it again to who has come back without it, or lost it to what greets newcomers."""
        since = min(order.confirmed_at or now, now - SETTLING_IN)
        if has_joined(guild_id=order.guild_id, user_id=order.user_id, since=since):
            return False
        return super().drifted(order, seen, now)


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
            and (not asked["from_bots"] or author.get("bot", False))
        )


def slice_end(until: datetime | None, now: datetime) -> datetime:
    """Return how far a timeout is set at once: a whole second, and none too early."""
    end = now + SLICE if until is None else min(until, now + SLICE)
    return end if end.microsecond == 0 else end.replace(microsecond=0) + timedelta(seconds=1)


def write_mark(moment: datetime) -> str:
    """Return a moment as it is written down; Discord may drop parts of a second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def read_mark(mark: str) -> datetime:
    """Return the moment that was written down."""
    return datetime.fromisoformat(mark)


register(
    Banned(),
    TimedOut(),
    Silenced(),
    Told(),
    Kicked(),
    Softbanned(),
    RightsSet(),
    Slowed(),
    Purged(),
)
