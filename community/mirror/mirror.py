"""The mirror: hears every event, and looks at a server whole whenever news may have been missed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import Error
from django.utils import timezone

from community.bridge import call
from community.mirror import reading
from community.mirror.chores import Chores
from community.mirror.hearing import HEARD, news_of
from community.mirror.intake import Intake
from community.mirror.lists import Lists
from community.mirror.log import Log
from community.mirror.outside import Discord
from community.mirror.ways import Ways
from community.services.mirror import facts
from community.services.mirror.shards import guilds_not_told_of, shard_of

T = TypeVar("T")
Payload = dict[str, Any]

SILENCE = 60.0  # after READY, until a server that was promised counts as unreachable
LEAST = timedelta(microseconds=1)
LOOK_AFTER, LOOKS = 30.0, 20  # how long after news was lost, and how often, a look is tried


class Mirror:
    """Keeps our picture of every server true, for one connection to Discord."""

    def __init__(self, discord: Discord, *, now: Callable[[], datetime] = timezone.now) -> None:
        self.intake = Intake(lost=self.look_again)
        self._chores = Chores()
        self._discord, self._now = discord, now
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._lists = Lists(discord, self.intake, self._chores)
        self._ways = Ways(discord, self.intake, self._chores, now)
        self._log = Log(discord, self.intake, self._chores, self._take_entry)
        self._heard_of: set[int] = set()

    def hear(self, event: str, data: Payload) -> None:
        """Take an event as it comes from the gateway; nothing here waits."""
        if event == "READY":
            self._be_ready(data)
        elif guild_id := self._guild_in(event, data):
            news = self._read(event, guild_id, data)
            for told in news:
                self._note(guild_id, told)
            if event == "GUILD_CREATE":
                self._look_behind(guild_id, news)

    def look_again(self, guild_id: int) -> None:
        """Look at a server whole, after news of it was lost."""
        self._chores.begin(("look", guild_id), partial(self._look, guild_id))

    async def settled(self) -> None:
        """Wait until everything that is wanted was told, and everything told is written down."""
        await self._chores.done("lists")
        await self._chores.done("invites")
        await self.intake.settled()

    async def close(self) -> None:
        """Stop; the next connection begins with a look at everything."""
        await self._chores.close()
        await self.intake.close()

    def _guild_in(self, event: str, data: Payload) -> int | None:
        if event not in HEARD and event != "GUILD_MEMBERS_CHUNK":
            return None
        return reading.snowflake(data.get("guild_id", data.get("id")))

    def _read(self, event: str, guild_id: int, data: Payload) -> tuple[facts.Told, ...]:
        if event == "GUILD_MEMBERS_CHUNK":
            return self._lists.take(data)
        return news_of(event, data)

    def _take_entry(self, guild_id: int, entry: Payload) -> bool:
        """Take a line of Discord's audit log that was read, like one that was heard."""
        news = news_of("GUILD_AUDIT_LOG_ENTRY_CREATE", entry)
        return all(self._note(guild_id, told) for told in news)

    def _note(self, guild_id: int, told: facts.Told) -> bool:
        """Hand news to the intake, and do what else follows from it; False when it is full."""
        is_taken = self.intake.take(guild_id, facts.News(told, self._moment(), _weight(told)))
        self._lists.hear(guild_id, told)
        match told:
            case facts.PersonJoined(person) if not person.is_bot:
                self._ways.want(guild_id, person.user_id)
            case facts.PersonChanged(person) if person.user_id == self._ways.me:
                self._note(guild_id, facts.RightsChanged())
            case facts.RightsChanged():
                self._log.try_door(guild_id)
            case facts.GuildSilent() | facts.GuildLeft():
                self._ways.forget(guild_id)
                self._log.forget(guild_id)
        return is_taken

    def _moment(self) -> datetime:
        """Return the time; what was heard later has a later one, however the clock steps."""
        self._latest = max(self._now(), self._latest + LEAST)
        return self._latest

    def _look_behind(self, guild_id: int, news: tuple[facts.Told, ...]) -> None:
        """See to what a server's own telling leaves out: the invites, and most members."""
        self._heard_of.add(guild_id)
        kinds = {type(told) for told in news}
        if facts.GuildTold in kinds:
            self._ways.forget(guild_id)
            self._ways.want(guild_id)
            self._log.want(guild_id)
            if facts.ListEnded not in kinds:
                self._lists.want(guild_id)

    def _be_ready(self, data: Payload) -> None:
        """Begin anew: whatever happened until now, nobody will tell of it."""
        me = reading.snowflake(reading.mapping(data.get("user")).get("id")) or 0
        self._ways.me = self._log.me = me
        told = {key for each in reading.all_of(data.get("guilds"), dict) if (key := _id(each))}
        shard, shards = data.get("shard") or (0, 1)
        self._heard_of -= {key for key in self._heard_of if shard_of(key, shards) == shard}
        miss = partial(self._miss, shard=shard, shards=shards, told=told)
        self._chores.begin_anew(("ready", shard), miss)

    async def _miss(self, *, shard: int, shards: int, told: set[int]) -> None:
        """Note which servers READY left out, and which of those it promised stay silent."""
        gone = await _once_it_answers(guilds_not_told_of, shard=shard, shards=shards, told=told)
        for guild_id in set(gone) - self._heard_of:
            self._note(guild_id, facts.GuildLeft())
        await asyncio.sleep(SILENCE)
        for guild_id in told - self._heard_of:
            self._note(guild_id, facts.GuildSilent())

    async def _look(self, guild_id: int) -> None:
        for _ in range(LOOKS):
            await asyncio.sleep(LOOK_AFTER)
            with suppress(Exception):  # Discord is not well either, or the bot was removed
                data = await self._discord.guild(guild_id)
                self._note(guild_id, reading.guild_told(data))
                self._lists.want(guild_id)
                self._log.want(guild_id)
                return


def _id(data: Payload) -> int | None:
    return reading.snowflake(data.get("id"))


def _weight(told: facts.Told) -> int:
    match told:
        case facts.PeopleTold(each) | facts.VoicesTold(each):
            return len(each)
        case facts.CrowdTold():
            return told.count
        case facts.ListEnded():
            return len(told.user_ids) // 10
        case facts.GuildTold():
            return len(told.roles or ()) + len(told.channels or ())
    return 1


async def _once_it_answers(question: Callable[..., T], **about: Any) -> T:
    """Ask the database until it answers."""
    while True:
        try:
            return await call(question, **about)
        except Error:
            await asyncio.sleep(1)
