"""The place of a story: one server at the pretend Discord, its people, and its row in the house."""

from collections.abc import Callable
from datetime import datetime
from random import Random

from community.models import Channel, Guild, GuildSettings, Role, StandingOrder
from community.scope import guild_scope
from drills.clocks import Clocks
from drills.orders.schedule import Hand, Schedule
from sandbox import Sandbox, World
from sandbox import permissions as may
from sandbox.refusals import Refusal
from sandbox.story import bare_world
from sandbox.wire import iso, seconds_of

BY_HAND = "by hand"
FIRST_ID = 10**17
IDS_A_SEED = 1000
BOT, OWNER, ELDER, PEOPLE = 1, 2, 3, 100
BOT_ROLE, READER, CHANNEL, LOG = 10, 11, 20, 21


class Town:
    """The server, as it really is."""

    def __init__(self, schedule: Schedule, clocks: Clocks) -> None:
        self._first = FIRST_ID + schedule.seed * IDS_A_SEED
        self.guild_id = self._first
        self.people = [self._first + PEOPLE + number for number in range(schedule.people)]
        self.role_id, self.channel_id = self._first + READER, self._first + CHANNEL
        self.log_id = self._first + LOG
        self.bot_id, self.moderators = self._first + BOT, (self._first + OWNER, self._first + ELDER)
        self.discord = Sandbox(self._world(clocks.discord()), clock=clocks.discord)
        self.discord.put_replaces_ban = not schedule.keeps_ban_reason
        self.guild = self.discord.world.guilds[str(self.guild_id)]
        self._clocks, self._timed_out_by_hand = clocks, dict[int, str]()

    def _world(self, now: float) -> World:
        first = self._first
        world = bare_world(str(first + BOT), "guildhall")
        for user_id in (*self.moderators, *self.people):
            world.add_user(str(user_id), f"user{user_id}")
        guild = world.add_guild(str(first), "A town", str(first + OWNER))
        guild.roles[guild.id] = {**guild.roles[guild.id], "permissions": str(may.ORDINARY)}
        own = {"permissions": str(may.BOT), "position": 9, "managed": True}
        world.add_role(guild, str(first + BOT_ROLE), "guildhall", **own)
        world.add_role(guild, str(self.role_id), "Reader", position=1)
        for channel_id in (self.channel_id, self.log_id):
            world.add_channel(guild, str(channel_id), 0, f"channel{channel_id}")
        for user_id in (*self.moderators, *self.people):
            world.add_member(guild, str(user_id), now)
        world.add_member(guild, world.bot_id, now, roles=[str(first + BOT_ROLE)])
        return world

    def settle_in(self) -> None:
        """Write the server into the house's books."""
        with guild_scope(self.guild_id):
            guild = Guild.objects.create(id=self.guild_id, name="A town")
            GuildSettings.objects.create(guild=guild)
            Role.objects.create(guild=guild, id=self.role_id, name="Reader", position=1)
            for channel_id in (self.channel_id, self.log_id):
                Channel.objects.create(guild=guild, id=channel_id, kind="text", name="talk")

    @property
    def last_entry(self) -> str:
        """Return the id of the latest entry of Discord's log."""
        return str(self.guild.audit[-1]["id"]) if self.guild.audit else ""

    def now(self) -> datetime:
        """Return the time at Discord."""
        return self._clocks.at(self._clocks.passed())

    def order_of(self, user_id: int, kind: str) -> StandingOrder | None:
        """Return what the house wants of somebody."""
        with guild_scope(self.guild_id):
            about = StandingOrder.objects.of(self.guild_id).about(user_id)
            order: StandingOrder | None = about.filter(kind=kind).first()
            return order

    def is_member(self, user_id: int) -> bool:
        """Tell whether somebody is here."""
        return str(user_id) in self.guild.members

    def timed_out_until(self, user_id: int) -> float | None:
        """Return the end of a timeout that runs, in seconds of the story."""
        member = self.guild.members.get(str(user_id), {})
        if not (told := member.get("communication_disabled_until")):
            return None
        left = seconds_of(told) - self._clocks.discord()
        return self._clocks.passed() + left if left > 0 else None

    def stands(self, user_id: int, kind: str) -> bool:
        """Tell whether somebody is banned, timed out or has the role."""
        if kind == "ban":
            return str(user_id) in self.guild.bans
        if kind == "timeout":
            return self.timed_out_until(user_id) is not None
        return str(self.role_id) in self.guild.members.get(str(user_id), {}).get("roles", ())

    def is_by_hand(self, user_id: int, kind: str) -> bool:
        """Tell whether what stands was set by a human; a role does not say."""
        if kind == "ban":
            return self.guild.bans.get(str(user_id)) == BY_HAND
        if kind == "timeout" and user_id in self._timed_out_by_hand:
            told = self.guild.members.get(str(user_id), {}).get("communication_disabled_until")
            return bool(told == self._timed_out_by_hand[user_id])
        return False

    def do_by_hand(self, hand: Hand) -> bool:
        """Let a human do something; False when Discord does not let them."""
        user_id, people = self.people[hand.person], self.discord.people
        where, by = (self.guild_id, user_id), self.moderators[hand.by]
        deeds: dict[str, Callable[[], object]] = {
            "ban": lambda: people.ban(*where, by=by, reason=BY_HAND),
            "unban": lambda: people.unban(*where, by=by),
            "kick": lambda: people.kick(*where, by=by),
            "timeout": lambda: self._time_out(user_id, hand.span, by),
            "untimeout": lambda: people.timeout(*where, None, by=by),
            "give": lambda: people.give_role(*where, self.role_id),
            "take": lambda: people.take_role(*where, self.role_id),
            "leave": lambda: people.leave(*where),
            "join": lambda: self._join(user_id),
        }
        try:
            deeds[hand.what]()
        except Refusal:
            return False
        return True

    def _join(self, user_id: int) -> None:
        if not self.is_member(user_id):
            self.discord.people.join(self.guild_id, user_id)

    def _time_out(self, user_id: int, span: float, by: int) -> None:
        # A human's end never falls on the very second of one of ours.
        until = self._clocks.discord() + span + 0.5 + Random(user_id).random() / 3
        self.discord.people.timeout(self.guild_id, user_id, until, by=by)
        self._timed_out_by_hand[user_id] = iso(round(until, 3))

    def messages_with(self, words: str) -> int:
        """Count the messages, in whatever channel, that say something."""
        told = self.discord.world.messages.values()
        return sum(words in str(message) for each in told for message in each.values())
