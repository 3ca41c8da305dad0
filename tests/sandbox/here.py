"""A pretend Discord without sockets, in time that is counted, for tests of its rules."""

from dataclasses import dataclass, field

from sandbox import Call, Sandbox
from sandbox.deeds.guilds import employ_bot
from sandbox.permissions import MODERATOR, ORDINARY
from sandbox.story import bare_world

NOW = 1_790_000_000.0
BOT, GUILD, OWNER, MODERATOR_ID, MEMBER, STRANGER = "10", "100", "20", "21", "22", "23"
TEXT, VOICE, TRUSTED, HIGH = "200", "201", "300", "301"


@dataclass
class Clock:
    at: float = NOW

    def __call__(self):
        return self.at


@dataclass
class Here:
    """One small server: an owner, a moderator, a member, somebody outside, and the bot."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self):
        world = bare_world(BOT)
        for number, name in (20, "owner"), (21, "moderator"), (22, "member"), (23, "stranger"):
            world.add_user(str(number), name)
        guild = world.add_guild(GUILD, "Home", OWNER)
        guild.roles[GUILD]["permissions"] = str(ORDINARY)
        world.add_role(guild, TRUSTED, "trusted", position=1, permissions=str(MODERATOR))
        world.add_channel(guild, TEXT, 0, "talk")
        world.add_channel(guild, VOICE, 2, "voice")
        employ_bot(world, guild, NOW - 1000, "302")
        world.add_role(guild, HIGH, "high", position=9)
        for user_id, roles in (OWNER, []), (MODERATOR_ID, [TRUSTED]), (MEMBER, []):
            world.add_member(guild, user_id, NOW - 500, roles=roles)
        self.guild, self.world = guild, world
        self.sandbox = Sandbox(world, clock=self.clock)
        self.heard = []
        self.sandbox.listeners.append(self.heard.append)

    def ask(self, method, path, body=None, **more):
        told = {"token": "sandbox", **more}
        return self.sandbox.request(Call(method, path, body=body, **told))

    def code(self, *args, **kwargs):
        """Ask, and return the status with Discord's code."""
        reply = self.ask(*args, **kwargs)
        return reply.status, reply.body.get("code", 0) if reply.status >= 400 else 0

    @property
    def names(self):
        return [each.name for each in self.heard]

    @property
    def people(self):
        return self.sandbox.people


def member_path(user_id=MEMBER):
    return f"/guilds/{GUILD}/members/{user_id}"


def ban_path(user_id=MEMBER):
    return f"/guilds/{GUILD}/bans/{user_id}"
