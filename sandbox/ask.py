"""A call on its way: who is meant by it, what came with it, and what the bot may do there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import permissions
from sandbox.refusals import Refusal, invalid
from sandbox.routing import Route
from sandbox.wire import Call, Json
from sandbox.world import Guild, World

if TYPE_CHECKING:
    from sandbox.heart import Sandbox


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and the reason that the audit log will show."""

    user_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, matched to its route."""

    sandbox: "Sandbox"
    route: Route
    values: dict[str, str]
    call: Call
    now: float

    @property
    def world(self) -> World:
        """The world that is asked."""
        return self.sandbox.world

    @property
    def by(self) -> By:
        """The bot, with the reason it gave."""
        return By(self.world.bot_id, self.call.reason)

    @property
    def body(self) -> Json:
        """The JSON object that came along; none is an empty one."""
        if self.call.body is None:
            return {}
        if not isinstance(self.call.body, dict):
            raise Refusal(50109)
        return self.call.body

    @property
    def guild(self) -> Guild:
        """The server in the path, when the bot is in it."""
        return self.guild_by(self.values["guild_id"])

    def guild_by(self, guild_id: str) -> Guild:
        """Return a server that the bot is in."""
        guild = self.world.guilds.get(guild_id)
        if guild is None:
            raise Refusal(10004)
        if self.world.bot_id not in guild.members:
            raise Refusal(50001)
        return guild

    def guild_with(self, *needed: int) -> Guild:
        """Return the server in the path, when the bot holds these permissions there."""
        guild = self.guild
        self.need(permissions.permissions_of(guild, self.world.bot_id, self.now), *needed)
        return guild

    def channel_with(self, *needed: int) -> Json:
        """Return the channel in the path, when the bot sees it and holds these permissions."""
        channel = self.world.channel(self.values["channel_id"])
        if channel is None:
            raise Refusal(10003)
        if "guild_id" in channel:
            guild = self.guild_by(channel["guild_id"])
            allowed = permissions.permissions_of(guild, self.world.bot_id, self.now, channel)
            if not allowed & permissions.VIEW_CHANNEL:
                raise Refusal(50001)
            self.need(allowed, *needed)
        return channel

    def server_channel_with(self, *needed: int) -> tuple[Guild, Json]:
        """Return a channel of a server, and that server."""
        channel = self.channel_with(*needed)
        if "guild_id" not in channel:
            raise Refusal(50003)
        return self.world.guilds[channel["guild_id"]], channel

    def need(self, allowed: int, *needed: int) -> None:
        """Refuse what is not allowed."""
        if any(not allowed & each for each in needed):
            raise Refusal(50013)

    def member(self, guild: Guild) -> Json:
        """Return the member in the path."""
        user_id = self.values["user_id"]
        if user_id not in guild.members:
            raise Refusal(10007 if user_id in self.world.users else 10013)
        return guild.members[user_id]

    def user_id(self) -> str:
        """Return the user in the path, who must exist."""
        if self.values["user_id"] not in self.world.users:
            raise Refusal(10013)
        return self.values["user_id"]

    def role(self, guild: Guild) -> Json:
        """Return the role in the path."""
        if self.values["role_id"] not in guild.roles:
            raise Refusal(10011)
        return guild.roles[self.values["role_id"]]

    def must_outrank(self, guild: Guild, target_id: str) -> None:
        """Refuse to act upon somebody who stands as high as the bot."""
        if not permissions.outranks(guild, self.world.bot_id, target_id):
            raise Refusal(50013)

    def must_rule(self, guild: Guild, role: Json) -> None:
        """Refuse to touch a role as high as the bot's own."""
        if not permissions.rules_role(guild, self.world.bot_id, role):
            raise Refusal(50013)

    def whole(self, name: str, usual: int, low: int, high: int) -> int:
        """Read a whole number from the query."""
        text = self.call.query.get(name, str(usual))
        if not text.isascii() or not text.lstrip("-").isdigit():
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
        if not low <= int(text) <= high:
            words = f"int value should be between {low} and {high}."
            raise invalid(name, "NUMBER_TYPE_MAX", words)
        return int(text)
