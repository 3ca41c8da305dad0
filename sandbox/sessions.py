"""Gateway sessions: what a bot is told, and what it hears again after a cut."""

import json
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from sandbox import permissions
from sandbox.intents import CONTENT, MEMBERS, PRESENCES, VOICE, needed_for, without_content
from sandbox.payloads import guild_wire
from sandbox.wire import Event, Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

KEPT_EVENTS = 20_000
KEPT_BYTES = 16_000_000
CHUNK = 1_000
# What happens in a channel is told to those who see it.
IN_CHANNELS = ("MESSAGE", "TYPING", "CHANNEL_PINS")


class Line(Protocol):
    """A connection, seen from a session."""

    def push(self, packet: bytes) -> None:
        """Send a packet after all that wait already."""

    def close(self, code: int) -> None:
        """Hang up, once everything is sent."""


class Session:
    """One shard of a bot; it outlives its connection for a while."""

    def __init__(self, sandbox: "Sandbox", session_id: str, asked: Json) -> None:
        self.sandbox, self.id = sandbox, session_id
        self.intents: int = asked["intents"]
        self.threshold = min(max(int(asked.get("large_threshold") or 50), 50), 250)
        self.shard: tuple[int, int] = tuple(asked.get("shard") or (0, 1))
        self.line: Line | None = None
        self.cut_at: float | None = None
        self.sequence = 0
        self._kept: deque[tuple[int, bytes]] = deque()
        self._kept_bytes = 0
        self._forgotten = 0  # the last event that cannot be told again

    def has_guild(self, guild_id: str) -> bool:
        """Tell whether a server belongs to this shard."""
        return (int(guild_id) >> 22) % self.shard[1] == self.shard[0]

    def guilds(self) -> list[Guild]:
        """List the servers of this shard that the bot is in."""
        world = self.sandbox.world
        return [
            each
            for each in world.guilds.values()
            if world.bot_id in each.members and self.has_guild(each.id)
        ]

    def hear(self, event: Event) -> None:
        """Tell of an event, if this bot may know of it."""
        if not self._may_know(event):
            return
        data = event.data
        if event.name == "GUILD_CREATE":
            data = self.guild_told(self.sandbox.world.guilds[data["id"]])
        elif event.name.startswith("MESSAGE_") and "author" in data and not self.intents & CONTENT:
            data = without_content(data, self.sandbox.world.bot_id)
        self.tell(event.name, data)

    def _may_know(self, event: Event) -> bool:
        if event.guild_id is None:
            return self.shard[0] == 0 and self._wants(event)
        guild = self.sandbox.world.guilds.get(event.guild_id)
        here = guild is None or self.sandbox.world.bot_id in guild.members
        if not self.has_guild(event.guild_id) or not (here or event.name == "GUILD_DELETE"):
            return False
        return self._wants(event) and (guild is None or self._sees(guild, event))

    def _wants(self, event: Event) -> bool:
        needed = needed_for(event)
        if not needed or self.intents & needed:
            return True
        about = event.data.get("user", {}).get("id")
        return event.name == "GUILD_MEMBER_UPDATE" and about == self.sandbox.world.bot_id

    def _sees(self, guild: Guild, event: Event) -> bool:
        bot_id, now = self.sandbox.world.bot_id, self.sandbox.now
        if event.name == "GUILD_AUDIT_LOG_ENTRY_CREATE":
            allowed = permissions.permissions_of(guild, bot_id, now)
            return bool(allowed & permissions.VIEW_AUDIT_LOG)
        channel = guild.channels.get(event.data.get("channel_id") or "")
        if channel is None or not event.name.startswith(IN_CHANNELS):
            return True
        allowed = permissions.permissions_of(guild, bot_id, now, channel)
        return bool(allowed & permissions.VIEW_CHANNEL)

    def tell(self, name: str, data: Json) -> None:
        """Send an event and keep it for a RESUME."""
        packet = self.packed(name, data)
        self._keep(packet)
        if self.line:
            self.line.push(packet)

    def packed(self, name: str, data: Json) -> bytes:
        """Give an event its number; one that is not kept afterwards is not told again."""
        self.sequence += 1
        told = {"op": 0, "t": name, "s": self.sequence, "d": data}
        return json.dumps(told, separators=(",", ":")).encode()

    def _keep(self, packet: bytes) -> None:
        self._kept.append((self.sequence, packet))
        self._kept_bytes += len(packet)
        while len(self._kept) > KEPT_EVENTS or self._kept_bytes > KEPT_BYTES:
            self._forgotten, oldest = self._kept.popleft()
            self._kept_bytes -= len(oldest)

    def can_resume(self, sequence: int) -> bool:
        """Tell whether everything since an event can be told again."""
        return self._forgotten <= sequence <= self.sequence

    def resume(self, line: Line, sequence: int) -> None:
        """Go on over another connection, beginning with what was missed."""
        self.line, self.cut_at = line, None
        for number, packet in self._kept:
            if number > sequence:
                line.push(packet)
        self.tell("RESUMED", {})

    def greet(self, resume_url: str) -> None:
        """Say READY and tell of every server, none of which is available before."""
        world, guilds = self.sandbox.world, self.guilds()
        flags = world.application.get("flags", 0)
        ready = {
            "v": 10,
            "user": {**world.users[world.bot_id], "verified": True, "mfa_enabled": True},
            "guilds": [{"id": each.id, "unavailable": True} for each in guilds],
            "session_id": self.id,
            "resume_gateway_url": resume_url,
            "application": {"id": world.application.get("id", world.bot_id), "flags": flags},
            "shard": list(self.shard),
            "private_channels": [],
        }
        self.tell("READY", ready)
        for guild in guilds:
            if guild.is_available and self.intents & 1:
                self.tell("GUILD_CREATE", self.guild_told(guild))

    def guild_told(self, guild: Guild) -> Json:
        """Return GUILD_CREATE as this session may see it."""
        world, all_of_them = self.sandbox.world, bool(self.intents & MEMBERS)
        told = guild_wire(world, guild, most=self.threshold if all_of_them else -1)
        if not self.intents & VOICE:
            told["voice_states"] = []
        if told["large"]:
            told["large"] = len(guild.members) > self.threshold
            there = dict.fromkeys([world.bot_id, *guild.voice])
            told["members"] = [world.member_wire(guild, user_id) for user_id in there]
        if self.intents & PRESENCES and all_of_them and len(guild.members) <= 75_000:
            told["presences"] = presences(self.sandbox, guild, guild.members)
        return told

    def chunks(self, asked: Json) -> Iterator[bytes]:
        """Answer REQUEST_GUILD_MEMBERS, piece by piece as the line takes them."""
        guild = self.sandbox.world.guilds[str(asked["guild_id"])]
        found, missing = _wanted(self.sandbox, guild, asked)
        count = max(1, -(-len(found) // CHUNK))
        for index in range(count):
            ids = [i for i in found[index * CHUNK : (index + 1) * CHUNK] if i in guild.members]
            told: Json = {
                "guild_id": guild.id,
                "members": [self.sandbox.world.member_wire(guild, each) for each in ids],
                "chunk_index": index,
                "chunk_count": count,
                "not_found": missing if index == 0 else [],
            }
            if asked.get("presences"):
                told["presences"] = presences(self.sandbox, guild, ids)
            if asked.get("nonce"):
                told["nonce"] = asked["nonce"]
            yield self.packed("GUILD_MEMBERS_CHUNK", told)


def presences(
    sandbox: "Sandbox", guild: Guild, ids: "Iterator[str] | list[str] | Json"
) -> list[Json]:
    """List who of some people is to be seen online."""
    seen = sandbox.world.presences
    return [
        {**seen[each], "user": {"id": each}, "guild_id": guild.id} for each in ids if each in seen
    ]


def _wanted(sandbox: "Sandbox", guild: Guild, asked: Json) -> tuple[list[str], list[str]]:
    if asked.get("user_ids"):
        named = asked["user_ids"] if isinstance(asked["user_ids"], list) else [asked["user_ids"]]
        ids = [str(each) for each in named][:100]
        return [i for i in ids if i in guild.members], [i for i in ids if i not in guild.members]
    query, limit = str(asked.get("query") or "").lower(), int(asked.get("limit") or 0)
    found = list(guild.members)
    if query:
        found = [each for each in found if _is_called(sandbox, guild, each, query)]
        limit = min(limit or 100, 100)
    return found[: limit or None], []


def _is_called(sandbox: "Sandbox", guild: Guild, user_id: str, query: str) -> bool:
    user, nick = sandbox.world.users[user_id], guild.members[user_id].get("nick") or ""
    return user["username"].lower().startswith(query) or nick.lower().startswith(query)
