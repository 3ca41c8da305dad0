"""A crowd that lives: it talks in bursts, comes and goes, sits in voice, and makes trouble.

The same seed, world and clock steps give the same deeds. A few people and channels do most of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from sandbox import permissions
from sandbox.commands import GROUP, SLASH, SUB, Place, offered
from sandbox.refusals import Refusal
from sandbox.wire import Json
from sandbox.words import (
    EMOJI,
    INSULTS,
    OPENINGS,
    REPLIES,
    SCAMS,
    SPAM,
)
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

DAY = 86_400
TEXT, VOICE = (0, 5), (2, 13)
LONGEST_SLEEP = 3_600.0  # what a crowd catches up on when the clock has jumped


@dataclass
class Talk:
    """A conversation: where, between whom, and how much of it is left."""

    guild: Guild
    channel_id: str
    people: list[str]
    left: int


class Crowd:
    """All people of the world; `rate` is how many things they do in a second at noon."""

    def __init__(self, sandbox: "Sandbox", *, seed: int = 1, rate: float = 0.5) -> None:
        self.sandbox, self.rate = sandbox, rate
        self.is_awake = True
        self.deeds = 0
        self._chance = Random(seed)
        self._talks: list[Talk] = []
        self._next_at: float | None = None
        self._known: dict[str, list[str]] = {}

    def step(self) -> int:
        """Do all that has become due since the last step; return how much it was."""
        now, done = self.sandbox.now, 0
        if self._next_at is None or not now - LONGEST_SLEEP < self._next_at < now + DAY:
            self._next_at = now
        while self.is_awake and self.rate > 0 and self._next_at <= now:
            done += self.act()
            pace = self.rate * liveliness(self._next_at)
            self._next_at += self._chance.expovariate(pace)
        if not self.is_awake or self.rate <= 0:
            self._next_at = now
        return done

    def act(self) -> bool:
        """Do one thing; what Discord refuses is not done."""
        return self._attempt(self._chance.choices(list(DEEDS), cum_weights=WEIGHTS)[0])

    def _attempt(self, deed: Callable[["Crowd", Guild], None]) -> bool:
        guilds = [each for each in self.sandbox.world.guilds.values() if each.is_available]
        if not guilds:
            return False
        guild = guilds[self._rank(len(guilds))]
        try:
            deed(self, guild)
        except Refusal:
            return False
        self.deeds += 1
        return True

    def remember(self, seconds: float) -> None:
        """Have talked for a while before anybody looked: a new world is not an empty one."""
        heart, now = self.sandbox, self.sandbox.now
        clock, at = heart.clock, now - seconds
        try:
            while (at := at + self._chance.expovariate(self.rate * liveliness(at))) < now:
                heart.clock = lambda at=at: at  # type: ignore[misc]
                self._attempt(self._chance.choice([Crowd.talk, Crowd.talk, Crowd.react]))
        finally:
            heart.clock = clock

    def _rank(self, count: int) -> int:
        """Return a place in a list, the first ones far more often than the last (Zipf)."""
        return min(int(count ** self._chance.random()) - 1, count - 1)

    def somebody(self, guild: Guild) -> str:
        """Choose a human of a server; a few are there most of the time."""
        people, users = self._people(guild), self.sandbox.world.users
        for _ in range(20):
            found = people[self._rank(len(people))]
            if found in guild.members and not users[found]["bot"]:
                return found
        raise Refusal(10007)

    def stranger(self, guild: Guild) -> str:
        """Choose a human who is not there for long."""
        people = self._people(guild)
        found = people[-1 - self._rank(len(people))]
        if found not in guild.members or found in (
            guild.facts["owner_id"],
            self.sandbox.world.bot_id,
        ):
            raise Refusal(10007)
        return found

    def _people(self, guild: Guild) -> list[str]:
        """List who is there; in a large server not anew for everybody who comes or goes."""
        known = self._known.get(guild.id, [])
        if abs(len(known) - len(guild.members)) * 100 >= len(known):
            known = self._known[guild.id] = list(guild.members)
        return known

    def _channel(self, guild: Guild, kinds: tuple[int, ...], user_id: str) -> str:
        """Choose a channel that somebody may speak in."""
        needed = permissions.SEND_MESSAGES if kinds is TEXT else permissions.CONNECT
        now = self.sandbox.now
        open_ones: list[str] = [
            each["id"]
            for each in guild.channels.values()
            if each["type"] in kinds
            and permissions.permissions_of(guild, user_id, now, each) & needed
        ]
        if not open_ones:
            raise Refusal(50013)
        return open_ones[self._rank(len(open_ones))]

    def talk(self, guild: Guild) -> None:
        """Go on with a conversation, or begin one."""
        running = [each for each in self._talks if each.guild is guild]
        if not running or self._chance.random() < 0.1:
            running = [self._begin(guild)]
        talk = self._chance.choice(running)
        talk.left -= 1
        if talk.left <= 0:
            self._talks.remove(talk)
        words = self._chance.choice(REPLIES)
        self.sandbox.people.say(self._chance.choice(talk.people), talk.channel_id, words)

    def _begin(self, guild: Guild) -> Talk:
        first = self.somebody(guild)
        channel_id = self._channel(guild, TEXT, first)
        others = [self.somebody(guild) for _ in range(self._chance.randint(1, 4))]
        talk = Talk(guild, channel_id, [first, *others], int(self._chance.paretovariate(1.2)) + 2)
        self._talks.append(talk)
        self.sandbox.people.say(first, channel_id, self._chance.choice(OPENINGS))
        return talk

    def _lately(self, guild: Guild) -> tuple[str, str, str]:
        """Choose one of the last messages of people: channel, message, author."""
        users = self.sandbox.world.users
        author = self.somebody(guild)
        channel_id = self._channel(guild, TEXT, author)
        history = list(self.sandbox.world.messages.get(channel_id, {}).values())[-30:]
        said = [each for each in history if not users[each["author"]["id"]]["bot"]]
        if not said:
            raise Refusal(10008)
        message = self._chance.choice(said)
        return channel_id, message["id"], message["author"]["id"]

    def react(self, guild: Guild) -> None:
        """Like something, or take it back."""
        channel_id, message_id, _ = self._lately(guild)
        deed = self.sandbox.people.react
        if self._chance.random() < 0.1:
            deed = self.sandbox.people.unreact
        deed(self.somebody(guild), channel_id, message_id, self._chance.choice(EMOJI))

    def edit(self, guild: Guild) -> None:
        """Think better of what one has written."""
        channel_id, message_id, _ = self._lately(guild)
        words = self._chance.choice(REPLIES) + " (I mean it)"
        self.sandbox.people.edit(channel_id, message_id, words)

    def delete(self, guild: Guild) -> None:
        """Take back what one has written."""
        channel_id, message_id, _ = self._lately(guild)
        self.sandbox.people.delete(channel_id, message_id)

    def voice(self, guild: Guild) -> None:
        """Enter a voice channel, go to another one, or hang up."""
        here = list(guild.voice)
        if here and self._chance.random() < 0.45:
            self.sandbox.people.move_voice(guild.id, self._chance.choice(here), None)
            return
        user_id = self.somebody(guild)
        channel_id = self._channel(guild, VOICE, user_id)
        mute = self._chance.random() < 0.3
        self.sandbox.people.move_voice(guild.id, user_id, channel_id, self_mute=mute)

    def come(self, guild: Guild) -> None:
        """Join a server: somebody from another one, or somebody new."""
        outside = [
            each
            for each, user in self.sandbox.world.users.items()
            if each not in guild.members and each not in guild.bans and not user["bot"]
        ]
        if outside and self._chance.random() < 0.6:
            newcomer, name = self._chance.choice(outside), ""
        else:
            newcomer = self.sandbox.world.next_id(self.sandbox.now)
            name = f"newcomer{newcomer[-6:]}"
        invite = self._chance.choice([*guild.invites, ""])
        self.sandbox.people.join(guild.id, newcomer, invite=invite, username=name)

    def go(self, guild: Guild) -> None:
        """Leave a server, but never so many that it dies out."""
        if len(guild.members) < 20:
            raise Refusal(10007)
        self.sandbox.people.leave(guild.id, self.stranger(guild))

    def rename(self, guild: Guild) -> None:
        """Take another nickname, or none."""
        nick = self._chance.choice(["", "afk", "on the train", "☕", "reading", "zzz"])
        self.sandbox.people.rename(guild.id, self.somebody(guild), nick or None)

    def command(self, guild: Guild) -> None:
        """Use a command that asks for nothing."""
        user_id = self.somebody(guild)
        channel_id = self._channel(guild, TEXT, user_id)
        place = Place.of(self.sandbox, user_id, channel_id)
        simple = [each["name"] for each in offered(place) if _asks_for_nothing(each)]
        if simple:
            self.sandbox.interactions.use(user_id, channel_id, self._chance.choice(simple))

    def trouble(self, guild: Guild) -> None:
        """Do what a moderator would want to see: a flood, a scam, an insult."""
        user_id = self.stranger(guild)
        channel_id = self._channel(guild, TEXT, user_id)
        kind = self._chance.random()
        if kind < 0.4:
            words = self._chance.choice(SPAM)
            for _ in range(self._chance.randint(4, 7)):
                self.sandbox.people.say(user_id, channel_id, words)
        elif kind < 0.7:
            self.sandbox.people.say(user_id, channel_id, self._chance.choice(SCAMS))
        else:
            victim = self.somebody(guild)
            words = self._chance.choice(INSULTS)
            self.sandbox.people.say(user_id, channel_id, f"<@{victim}> {words}")


def _asks_for_nothing(command: Json) -> bool:
    options = command.get("options") or []
    asked = [each for each in options if each["type"] in (SUB, GROUP) or each.get("required")]
    return command["type"] == SLASH and not asked


DEEDS: dict[Callable[[Crowd, Guild], None], float] = {
    Crowd.talk: 100,
    Crowd.react: 20,
    Crowd.edit: 4,
    Crowd.delete: 2,
    Crowd.voice: 10,
    Crowd.come: 3,
    Crowd.go: 2,
    Crowd.rename: 1,
    Crowd.command: 2,
    Crowd.trouble: 1.5,
}
WEIGHTS = [sum(list(DEEDS.values())[: index + 1]) for index in range(len(DEEDS))]


def liveliness(at: float) -> float:
    """Return how lively an hour is: most at eight in the evening, least before dawn."""
    return 0.7 + 0.3 * math.cos((at % DAY / DAY - 20 / 24) * 2 * math.pi)
