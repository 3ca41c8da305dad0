"""What the bot does out there for the community: messages once, roles kept true."""

from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import discord
from discord.http import HTTPClient, Route
from discord.utils import time_snowflake

from community.bridge import call
from community.errands.speaking import QUIET, meet, say, say_alone, say_where, send_file, words_for
from community.kinds import (
    ABSENT,
    ErrandKind,
    NotWorthIt,
    OrderKind,
    Result,
    Seen,
    register,
)
from community.services.conversations import MEETING
from community.services.errands import taken_up_at
from community.services.greetings import compose_greeting
from community.services.neighbours import apps_that_answer
from community.services.panels import note_panel_posted
from community.services.reminders import KIND, Saying, note_missed, note_said, word_reminder
from community.services.requests import copy_to_send, note_copy_sent
from community.words.reminders import mark_of

if TYPE_CHECKING:
    from community.models import Errand, StandingOrder

A_MOMENT = timedelta(seconds=10)
LATEST = 100  # messages of a channel that are looked through
UNKNOWN_MEMBER, UNKNOWN_USER, UNKNOWN_ROLE, UNKNOWN_MESSAGE = 10007, 10013, 10011, 10008


class Message(ErrandKind):
    """Something to be said in a channel."""

    name = "message"
    label = "Message"
    valid_for = timedelta(hours=24)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it."""
        return await say(http, int(errand.payload["channel_id"]), errand)


class CommandAnswer(ErrandKind):
    """What a server's own command answers to a message; a minute later nobody waits for it."""

    name = "command_answer"
    label = "Answer of a command"
    valid_for = timedelta(minutes=1)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=1)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it, and call whom the command may."""
        told = errand.payload
        return await say(http, int(told["channel_id"]), errand, mentions=told["mentions"])


class DirectMessage(ErrandKind):
    """Something to be said to one person."""

    name = "direct_message"
    label = "Direct message"
    valid_for = timedelta(minutes=10)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Open the conversation, which there is once, and say it there."""
        return await say_alone(http, errand, lambda channel_id: say(http, channel_id, errand))


class Meeting(ErrandKind):
    """A conversation with one person is opened before there is anything to say in it."""

    name = MEETING
    label = "Conversation opened"
    valid_for = timedelta(days=1)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Open it, unless it is open."""
        await meet(http, errand.user_id or 0)
        return {}


class Copy(ErrandKind):
    """The copy of everything about somebody, sent to them alone."""

    name = "copy"
    label = "Copy of what is kept"
    valid_for = timedelta(hours=24)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Open the conversation, and send the file."""
        path = await call(copy_to_send, request_id=errand.payload["request"])
        if path is None:
            raise NotWorthIt("The copy is not there any more.")

        async def send(channel_id: int) -> Result:
            with closing(discord.File(path, filename="about-you.zip")) as file:
                return await send_file(http, channel_id, errand, file)

        return await say_alone(http, errand, send)

    def done(self, errand: "Errand") -> None:
        """Let go of the file: they have it."""
        note_copy_sent(request_id=errand.payload["request"])


class LogLine(ErrandKind):
    """A line in a log channel, posted once, and edited in place whenever its subject changes."""

    name = "log_line"
    label = "Log line"
    valid_for = timedelta(hours=24)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Edit the line where it stands, or post it when it stands nowhere."""
        if standing := await self._standing(http, errand):
            try:
                return await self._edit(http, errand, standing)
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
        place = await say(http, int(errand.payload["channel_id"]), errand)
        # Said again, Discord answers with what was said first, which may be older than this.
        return await self._edit(http, errand, place) if errand.attempts > 1 else place

    async def _standing(self, http: HTTPClient, errand: "Errand") -> Result | None:
        known: Result = errand.result
        if "message_id" in known:
            return known
        return await self._find(http, errand) if errand.attempts > 1 else None

    async def _find(self, http: HTTPClient, errand: "Errand") -> Result | None:
        """Look for a line whose answer was lost, among the latest of the channel."""
        channel_id = errand.payload["channel_id"]
        try:
            latest = await http.logs_from(int(channel_id), LATEST)
        except discord.Forbidden:  # it may speak, and not read: then the nonce alone must do
            return None
        for said in latest:
            if said["author"].get("bot") and _heading(said) == _heading(errand.payload["message"]):
                return {"channel_id": str(channel_id), "message_id": str(said["id"])}
        return None

    async def _edit(self, http: HTTPClient, errand: "Errand", place: Result) -> Result:
        route = Route("PATCH", "/channels/{channel_id}/messages/{message_id}", **place)
        await http.request(route, json={**errand.payload["message"], "allowed_mentions": QUIET})
        return place


class Reminding(ErrandKind):
    """What somebody wanted to be told; looked for before it is said again, however late."""

    name = KIND
    label = "Reminder"
    valid_for = timedelta(days=30)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it, unless an answer that was lost meant that it was said."""
        saying = await call(word_reminder, errand=errand)
        if saying is None:
            raise NotWorthIt("It was put off or deleted meanwhile.")
        say_it = partial(self._say, http, errand, saying)
        return await say_where(http, errand, saying.channel_id, say_it)

    async def _say(
        self, http: HTTPClient, errand: "Errand", saying: Saying, channel_id: int
    ) -> Result:
        found = await self._find(http, channel_id, errand) if errand.attempts > 1 else None
        mentions = saying.message["allowed_mentions"]
        return found or await say(http, channel_id, errand, saying.message, mentions)

    async def _find(self, http: HTTPClient, channel_id: int, errand: "Errand") -> Result | None:
        """Look for its buttons below what was said since the first try."""
        since = time_snowflake((errand.called_at or errand.made_at) - A_MOMENT)
        try:
            said = await http.logs_from(channel_id, LATEST, after=since)
        except discord.Forbidden:  # then the nonce alone must do
            return None
        mark = mark_of(errand.guild_id, errand.payload["reminder"], errand.payload["turn"])
        return next((_place_of(each) for each in said if mark in str(each["components"])), None)

    def done(self, errand: "Errand") -> None:
        """Set what comes again for its next time."""
        note_said(**_turn_of(errand), at=taken_up_at(errand))

    def failed(self, errand: "Errand") -> None:
        """Try what comes again the next time, a few times more."""
        note_missed(**_turn_of(errand), at=taken_up_at(errand), why=errand.last_error)


def _turn_of(errand: "Errand") -> dict[str, int]:
    told = errand.payload
    return {"guild_id": errand.guild_id, "reminder_id": told["reminder"], "turn": told["turn"]}


def _place_of(said: Any) -> Result:
    return {"channel_id": str(said["channel_id"]), "message_id": str(said["id"])}


def _heading(message: Any) -> str:
    """Return the words by which a line is known again, however often it was changed."""
    embeds = message.get("embeds") or [{}]
    return str(embeds[0].get("title") or message.get("content", ""))


class RoleKept(OrderKind):
    """Somebody has a role."""

    name = "role"
    label = "Role"

    async def perform(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Give it."""
        about = (order.guild_id, order.user_id, order.subject)
        await http.add_role(*about, reason=order.reason or None)

    async def read_back(self, http: HTTPClient, order: "StandingOrder", _now: datetime) -> Seen:
        """Look whether they have it; who is not there has nothing to take back."""
        try:
            member = await http.get_member(order.guild_id, order.user_id)
        except discord.NotFound as error:
            if error.code in (UNKNOWN_MEMBER, UNKNOWN_USER) and not order.wanted:
                return ABSENT
            raise
        return Seen("ours") if str(order.subject) in map(str, member["roles"]) else ABSENT

    async def undo(self, http: HTTPClient, order: "StandingOrder") -> None:
        """Take it."""
        about = (order.guild_id, order.user_id, order.subject)
        try:
            await http.remove_role(*about, reason=order.reason or None)
        except discord.NotFound as error:
            if error.code not in (UNKNOWN_MEMBER, UNKNOWN_USER, UNKNOWN_ROLE):
                raise

    def drifted(self, order: "StandingOrder", seen: Seen, now: datetime) -> bool:
        """Give it again: what the house keeps true is changed in the house."""
        return False

    def refused(self, order: "StandingOrder", words: str, now: datetime) -> None:
        """Tell the app that wished it: what was paid for it, say, is paid back."""
        for app in apps_that_answer("role_refused"):
            app.role_refused(order=order, words=words, now=now)


class RoleGiven(RoleKept):
    """Somebody is given a role, or has it taken; what is changed by hand later is accepted."""

    name = "role_given"
    label = "Role, once"

    def drifted(self, order: "StandingOrder", seen: Seen, now: datetime) -> bool:
        """Accept it: this was never to be kept."""
        return True

    def refused(self, order: "StandingOrder", words: str, now: datetime) -> None:
        """Tell nobody: no app has wished it for a price."""


class Greeting(ErrandKind):
    """Somebody is welcomed or seen off, in the words that are true then."""

    name = "greeting"
    label = "Greeting"
    valid_for = timedelta(minutes=15)
    repeatable_for: ClassVar[timedelta | None] = timedelta(minutes=2)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Say it in the channel, or to the person alone."""
        words = await words_for(errand, compose_greeting)

        async def greet(channel_id: int) -> Result:
            return await say(http, channel_id, errand, {"content": words})

        channel_id = int(errand.payload.get("channel_id") or 0) or None
        return await say_where(http, errand, channel_id, greet)


class PanelPosted(LogLine):
    """A panel on which people choose roles stands in its channel, as it is told."""

    name = "role_panel"
    label = "Role panel"

    def done(self, errand: "Errand") -> None:
        """Remember where it stands."""
        note_panel_posted(
            guild_id=errand.guild_id,
            panel_id=errand.payload["panel"],
            channel_id=int(errand.result["channel_id"]),
            message_id=int(errand.result["message_id"]),
        )

    async def _standing(self, http: HTTPClient, errand: "Errand") -> Result | None:
        told, known = errand.payload, errand.result
        if "message_id" in told:
            return {name: told[name] for name in ("channel_id", "message_id")}
        if "message_id" in known and known["channel_id"] == told["channel_id"]:
            return {name: known[name] for name in ("channel_id", "message_id")}
        if "message_id" in known:  # it was moved while it was being posted
            with suppress(discord.NotFound):
                await http.delete_message(known["channel_id"], known["message_id"])
        return await self._find(http, errand) if errand.attempts > 1 else None


class Unsaid(ErrandKind):
    """A message of ours is taken back."""

    name = "unsay"
    label = "Message taken back"
    valid_for = timedelta(hours=24)

    async def perform(self, http: HTTPClient, errand: "Errand") -> Result:
        """Delete it; that it is gone is as good."""
        with suppress(discord.NotFound):
            await http.delete_message(errand.payload["channel_id"], errand.payload["message_id"])
        return {}


register(
    Message(),
    DirectMessage(),
    Meeting(),
    LogLine(),
    Reminding(),
    RoleKept(),
    RoleGiven(),
    Greeting(),
    PanelPosted(),
    Unsaid(),
    CommandAnswer(),
    Copy(),
)
