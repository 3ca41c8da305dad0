"""Punishments on Discord: bans, timeouts and a role that silences, kept true to their end."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import discord
from discord.http import HTTPClient, Route

from community.bridge import call
from community.errands import RoleKept
from community.kinds import ABSENT, OrderKind, Seen
from community.services.people import has_joined, is_present
from moderation.services.punishments import (
    SETTLING_IN,
    confirm_case,
    note_refusal,
    serve_punishment,
    span_to_erase,
    yield_punishment,
)
from moderation.words import moment_mark

if TYPE_CHECKING:
    from community.models import StandingOrder

# Stands before every reason of ours: the case, its end and who decided it.
OUR_MARK = re.compile(r"\[#\d+ (?:\d+|-) (\d{1,19}|-)\]")
UNKNOWN_MEMBER, UNKNOWN_USER, UNKNOWN_BAN = 10007, 10013, 10026

# Discord takes no timeout of more than 28 days. A long one is set in slices, renewed early enough
# to outlast three weeks in which nobody renews it.
SLICE = timedelta(days=27)
RENEWED_WITH_LEFT = timedelta(days=20)
FRESH_ENOUGH = timedelta(days=1)
LONGEST = timedelta(days=28)
TIMEOUT = "communication_disabled_until"


class Punishing(OrderKind):
    """What carries a punishment: its end, and what people do by hand, are the punishment's too."""

    punishment: ClassVar[str]
    # Discord's number of the deed in its audit log.
    logged_as: ClassVar[int]

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

    def confirmed(self, order: "StandingOrder", seen: Seen, now: datetime) -> None:
        """Note on the case that Discord has confirmed it, and what was there by hand."""
        result = {"found": seen.words} if seen.words else None
        confirm_case(guild_id=order.guild_id, reason=order.reason, now=now, result=result)

    async def was_set_since(
        self, http: HTTPClient, order: "StandingOrder", moment: datetime
    ) -> bool:
        """Ask Discord's log; where it is closed to us, nothing is known of later deeds."""
        after = discord.utils.time_snowflake(moment, high=True)
        about = {"action_type": self.logged_as, "target_id": order.user_id, "after": after}
        route = Route("GET", "/guilds/{guild_id}/audit-logs", guild_id=order.guild_id)
        try:
            told = await http.request(route, params=about)
        except discord.Forbidden:
            return False
        return any(self._is_set_by(entry, order) for entry in told["audit_log_entries"])

    def _is_set_by(self, entry: Mapping[str, Any], order: "StandingOrder") -> bool:
        """Tell whether a line of Discord's log sets it, and is about them and not our own deed."""
        is_about_them = entry["target_id"] == str(order.user_id)
        return is_about_them and not OUR_MARK.match(entry.get("reason") or "")

    def refused(self, order: "StandingOrder", words: str, now: datetime) -> None:
        """Note on the case why it is not so."""
        note_refusal(guild_id=order.guild_id, reason=order.reason, words=words, now=now)


class Banned(Punishing):
    """Somebody is banned."""

    punishment = "ban"
    logged_as = 22

    name = "ban"
    label = "Ban"
    is_signed = True

    async def perform(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Ban them, and erase what was asked for."""
        span = await call(span_to_erase, guild_id=order.guild_id, user_id=order.user_id)
        seconds = round(span.total_seconds())
        await http.ban(order.user_id, order.guild_id, seconds, reason=order.reason or None)

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
    logged_as = 24

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
            return moment_mark(latest)
        return moment_mark(wanted)

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
        mark = moment_mark(until)
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
        given = order.lifts_all_before
        if order.wanted or (given and given + LONGEST > now):
            return False
        return all(read_mark(mark) <= now for mark in order.marks)

    def _is_set_by(self, entry: Mapping[str, Any], order: "StandingOrder") -> bool:
        changes = {each["key"]: each.get("new_value") for each in entry.get("changes", ())}
        return bool(changes.get(TIMEOUT)) and super()._is_set_by(entry, order)

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


def slice_end(until: datetime | None, now: datetime) -> datetime:
    """Return how far a timeout is set at once: a whole second, and none too early."""
    end = now + SLICE if until is None else min(until, now + SLICE)
    return end if end.microsecond == 0 else end.replace(microsecond=0) + timedelta(seconds=1)


def read_mark(mark: str) -> datetime:
    """Return the moment that was written down."""
    return datetime.fromisoformat(mark)
