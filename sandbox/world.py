"""The world: users, servers and what is in them, as plain dicts in Discord's own form.

Values inside are replaced, never changed in place: an event that was sent keeps what it said.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Json, iso, snowflake_at

KEPT_MESSAGES = 1_000
KEPT_AUDIT = 10_000


@dataclass(slots=True)
class Guild:
    """One server; `facts` are its own fields, everything else is found by its id."""

    id: str
    facts: Json
    roles: dict[str, Json] = field(default_factory=dict)
    channels: dict[str, Json] = field(default_factory=dict)  # threads too
    members: dict[str, Json] = field(default_factory=dict)
    bans: dict[str, str | None] = field(default_factory=dict)
    voice: dict[str, Json] = field(default_factory=dict)
    invites: dict[str, Json] = field(default_factory=dict)
    audit: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT_AUDIT))
    stranger_bans: list[float] = field(default_factory=list)  # when people outside were banned
    left_silenced: dict[str, str] = field(default_factory=dict)  # leaving ends no timeout
    is_available: bool = True


@dataclass(slots=True)
class World:
    """Everything there is, apart from who is connected to it."""

    bot_id: str
    users: dict[str, Json] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    guild_of_channel: dict[str, str] = field(default_factory=dict)
    dms: dict[str, str] = field(default_factory=dict)  # channel -> the human in it
    dm_of: dict[str, str] = field(default_factory=dict)  # human -> channel
    messages: dict[str, dict[str, Json]] = field(default_factory=dict)  # by channel
    reactions: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # by message, emoji
    closed_dms: set[str] = field(default_factory=set)
    commands: dict[str, dict[str, Json]] = field(default_factory=dict)  # by guild, "" is global
    application: Json = field(default_factory=dict)
    presences: dict[str, Json] = field(default_factory=dict)
    last_id: int = 0

    def next_id(self, now: float) -> str:
        """Make an id: it tells the time, and no two are the same."""
        self.last_id = max(snowflake_at(now), self.last_id + 1)
        return str(self.last_id)

    def add_user(self, user_id: str, username: str, **facts: Any) -> Json:
        """Let somebody exist."""
        user = {**PLAIN_USER, "id": user_id, "username": username, **facts}
        self.users[user_id] = user
        return user

    def add_guild(self, guild_id: str, name: str, owner_id: str, **facts: Any) -> Guild:
        """Found a server; it has the role that everybody holds, and no channel yet."""
        told = {**PLAIN_GUILD, "id": guild_id, "name": name, "owner_id": owner_id, **facts}
        guild = self.guilds[guild_id] = Guild(guild_id, told)
        self.add_role(guild, guild_id, "@everyone", permissions="0")
        return guild

    def add_role(self, guild: Guild, role_id: str, name: str, **facts: Any) -> Json:
        """Put a role into a server."""
        colour = facts.get("color", 0)
        colors = {"primary_color": colour, "secondary_color": None, "tertiary_color": None}
        role = {**PLAIN_ROLE, "colors": colors, "id": role_id, "name": name, **facts}
        guild.roles[role_id] = role
        return role

    def add_channel(
        self, guild: Guild, channel_id: str, kind: int, name: str, **facts: Any
    ) -> Json:
        """Put a channel into a server."""
        channel = {**PLAIN_CHANNEL, **(VOICE if kind in VOICE_KINDS else {}), "id": channel_id}
        channel |= {"type": kind, "name": name, "guild_id": guild.id, **facts}
        guild.channels[channel_id] = channel
        self.guild_of_channel[channel_id] = guild.id
        return channel

    def add_member(self, guild: Guild, user_id: str, at: float, **facts: Any) -> Json:
        """Let somebody be in a server."""
        member = {**PLAIN_MEMBER, "joined_at": iso(at), "roles": [], **facts}
        guild.members[user_id] = member
        return member

    def member_wire(self, guild: Guild, user_id: str) -> Json:
        """Return a member as Discord tells of them."""
        return {**guild.members[user_id], "user": self.users[user_id]}

    def channel(self, channel_id: str) -> Json | None:
        """Find a channel, wherever it is; a direct one too."""
        if guild_id := self.guild_of_channel.get(channel_id):
            return self.guilds[guild_id].channels[channel_id]
        return self.dm_wire(channel_id) if channel_id in self.dms else None

    def dm_wire(self, channel_id: str) -> Json:
        """Return a direct channel as Discord tells of it."""
        last = next(reversed(self.messages.get(channel_id, {})), None)
        recipients = [self.users[self.dms[channel_id]]]
        told = {"id": channel_id, "type": 1, "flags": 0, "last_message_id": last}
        return {**told, "recipients": recipients}

    def dm_with(self, user_id: str, now: float) -> str:
        """Return the direct channel between the bot and somebody, made when there is none."""
        if user_id not in self.dm_of:
            channel_id = self.next_id(now)
            self.dm_of[user_id], self.dms[channel_id] = channel_id, user_id
        return self.dm_of[user_id]

    def shared_guilds(self, user_id: str) -> list[Guild]:
        """Name the servers in which both the bot and somebody are."""
        both = (user_id, self.bot_id)
        return [g for g in self.guilds.values() if all(each in g.members for each in both)]

    def keep_message(self, message: Json) -> None:
        """Remember a message, and forget the oldest of a long history."""
        history = self.messages.setdefault(message["channel_id"], {})
        history[message["id"]] = message
        if len(history) > KEPT_MESSAGES:
            self.drop_message(message["channel_id"], next(iter(history)))

    def drop_message(self, channel_id: str, message_id: str) -> Json | None:
        """Forget a message and what people thought of it."""
        self.reactions.pop(message_id, None)
        return self.messages.get(channel_id, {}).pop(message_id, None)


VOICE_KINDS = (2, 13)
PLAIN_USER: Json = {
    "avatar": None, "discriminator": "0", "public_flags": 0, "flags": 0, "bot": False,
    "banner": None, "accent_color": None, "global_name": None, "avatar_decoration_data": None,
    "collectibles": None, "primary_guild": None,
}  # fmt: skip
PLAIN_MEMBER: Json = {
    "avatar": None, "banner": None, "nick": None, "premium_since": None, "deaf": False,
    "mute": False, "flags": 0, "pending": False, "communication_disabled_until": None,
}  # fmt: skip
PLAIN_ROLE: Json = {
    "permissions": "0", "position": 0, "color": 0, "hoist": False, "managed": False,
    "mentionable": False, "icon": None, "unicode_emoji": None, "flags": 0,
}  # fmt: skip
PLAIN_CHANNEL: Json = {
    "position": 0, "permission_overwrites": [], "topic": None, "nsfw": False, "flags": 0,
    "rate_limit_per_user": 0, "last_message_id": None, "parent_id": None,
}  # fmt: skip
# A voice channel without a bitrate ends discord.py's parser.
VOICE: Json = {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "video_quality_mode": 1}
PLAIN_GUILD: Json = {
    "icon": None, "description": None, "home_header": None, "splash": None,
    "discovery_splash": None, "features": [], "banner": None, "application_id": None,
    "region": "deprecated", "afk_channel_id": None, "afk_timeout": 300, "system_channel_id": None,
    "system_channel_flags": 0, "widget_enabled": False, "widget_channel_id": None,
    "verification_level": 1, "default_message_notifications": 1, "mfa_level": 0,
    "explicit_content_filter": 0, "max_presences": None, "max_members": 500000,
    "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": None,
    "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
    "rules_channel_id": None, "safety_alerts_channel_id": None, "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False, "premium_progress_bar_enabled_user_updated_at": None,
    "nsfw": False, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": None,
}  # fmt: skip
