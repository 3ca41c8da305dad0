"""What humans do by hand: they talk, come and go, and moderate behind the bot's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox import permissions
from sandbox.ask import By
from sandbox.deeds import bans, guilds, members, messages, roles
from sandbox.refusals import Refusal
from sandbox.wire import Json, Upload, iso
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

Id = str | int


class People:
    """Deeds of humans. A Discord client would refuse what they may not do; so does this.

    `by` is who does it: the owner of the server when nobody is named.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    @contextmanager
    def _deed(self, name: str, **told: Any) -> Iterator["Sandbox"]:
        """Keep the effects of a human apart from those of a call, and write them down."""
        sandbox, outer = self._sandbox, self._sandbox.effects
        sandbox.effects = []
        try:
            yield sandbox
            sandbox.by_hand(name, told, sandbox.effects)
        finally:
            sandbox.effects = outer

    def guild(self, guild_id: Id) -> Guild:
        """Find a server."""
        found = self._sandbox.world.guilds.get(str(guild_id))
        if found is None:
            raise Refusal(10004)
        return found

    def say(
        self,
        user_id: Id,
        channel_id: Id,
        content: str,
        *,
        files: tuple[Upload, ...] = (),
        **more: Any,
    ) -> Json:
        """Write a message in a channel, or in the direct channel with the bot."""
        author, channel = str(user_id), str(channel_id)
        self._must(author, channel, permissions.SEND_MESSAGES)
        with self._deed("say", user_id=author, channel_id=channel) as sandbox:
            told = messages.compose(
                sandbox, channel, author, {"content": content}, files=files, **more
            )
            return messages.publish(sandbox, told)

    def whisper(self, user_id: Id, content: str) -> Json:
        """Write to the bot in a direct channel."""
        world = self._sandbox.world
        return self.say(user_id, world.dm_with(str(user_id), self._sandbox.now), content)

    def edit(self, channel_id: Id, message_id: Id, content: str) -> Json:
        """Change one's message."""
        message = self._message(channel_id, message_id)
        with self._deed("edit", message_id=message["id"]) as sandbox:
            return messages.edit(sandbox, message, {"content": content})

    def delete(self, channel_id: Id, message_id: Id, *, by: Id = 0) -> None:
        """Take a message back: one's own, or as a moderator."""
        message = self._message(channel_id, message_id)
        actor = str(by or message["author"]["id"])
        with self._deed("delete", message_id=message["id"], by=actor) as sandbox:
            messages.delete(sandbox, By(actor), message)

    def react(self, user_id: Id, channel_id: Id, message_id: Id, emoji: str) -> None:
        """React to a message."""
        self._must(str(user_id), str(channel_id), permissions.ADD_REACTIONS)
        with self._deed("react", user_id=str(user_id), message_id=str(message_id)) as sandbox:
            message = self._message(channel_id, message_id)
            messages.react(sandbox, str(user_id), message, emoji)

    def unreact(self, user_id: Id, channel_id: Id, message_id: Id, emoji: str) -> None:
        """Take one's reaction back."""
        with self._deed("unreact", user_id=str(user_id), message_id=str(message_id)) as sandbox:
            message = self._message(channel_id, message_id)
            messages.unreact(sandbox, str(user_id), message, emoji)

    def join(self, guild_id: Id, user_id: Id, *, invite: str = "", username: str = "") -> Json:
        """Join a server; somebody new is made up."""
        guild, user = self.guild(guild_id), str(user_id)
        with self._deed("join", guild_id=guild.id, user_id=user) as sandbox:
            if user not in sandbox.world.users:
                sandbox.world.add_user(user, username or f"user{user}")
            return members.join(sandbox, guild, user, invite=invite)

    def leave(self, guild_id: Id, user_id: Id) -> None:
        """Leave a server."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        with self._deed("leave", guild_id=guild.id, user_id=user) as sandbox:
            members.leave(sandbox, guild, user)

    def kick(self, guild_id: Id, user_id: Id, *, by: Id = 0, reason: str = "") -> None:
        """Put somebody out by hand."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        with self._deed("kick", guild_id=guild.id, user_id=user) as sandbox:
            members.kick(sandbox, guild, self._by(guild, by, reason), user)

    def ban(
        self, guild_id: Id, user_id: Id, *, by: Id = 0, reason: str = "", purge: int = 0
    ) -> None:
        """Ban somebody by hand."""
        guild, user = self.guild(guild_id), str(user_id)
        with self._deed("ban", guild_id=guild.id, user_id=user) as sandbox:
            bans.ban(sandbox, guild, self._by(guild, by, reason), user, purge=purge)

    def unban(self, guild_id: Id, user_id: Id, *, by: Id = 0, reason: str = "") -> None:
        """Lift a ban by hand."""
        guild, user = self.guild(guild_id), str(user_id)
        with self._deed("unban", guild_id=guild.id, user_id=user) as sandbox:
            bans.unban(sandbox, guild, self._by(guild, by, reason), user)

    def timeout(
        self, guild_id: Id, user_id: Id, until: float | None, *, by: Id = 0, reason: str = ""
    ) -> None:
        """Silence somebody by hand until a moment; None lifts it."""
        told = None if until is None else iso(round(until, 3))
        self.change(guild_id, user_id, by=by, reason=reason, communication_disabled_until=told)

    def rename(self, guild_id: Id, user_id: Id, nick: str | None, *, by: Id = 0) -> None:
        """Give somebody another nickname."""
        self.change(guild_id, user_id, by=by or user_id, nick=nick)

    def change(
        self, guild_id: Id, user_id: Id, *, by: Id = 0, reason: str = "", **changes: Any
    ) -> None:
        """Change any field of a member by hand."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        with self._deed("change", guild_id=guild.id, user_id=user, **changes) as sandbox:
            members.change(sandbox, guild, self._by(guild, by, reason), user, **changes)

    def change_user(self, user_id: Id, **changes: Any) -> None:
        """Change somebody's name or picture everywhere."""
        with self._deed("change_user", user_id=str(user_id), **changes) as sandbox:
            guilds.change_user(sandbox, str(user_id), **changes)

    def give_role(self, guild_id: Id, user_id: Id, role_id: Id, *, by: Id = 0) -> None:
        """Give a role by hand."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        held = [*guild.members[user]["roles"], str(role_id)]
        self._set_roles(guild, user, by, list(dict.fromkeys(held)))

    def take_role(self, guild_id: Id, user_id: Id, role_id: Id, *, by: Id = 0) -> None:
        """Take a role away by hand."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        held = [each for each in guild.members[user]["roles"] if each != str(role_id)]
        self._set_roles(guild, user, by, held)

    def _set_roles(self, guild: Guild, user: str, by: Id, held: list[str]) -> None:
        with self._deed("set_roles", guild_id=guild.id, user_id=user) as sandbox:
            members.set_roles(sandbox, guild, self._by(guild, by), user, held)

    def move_voice(self, guild_id: Id, user_id: Id, channel_id: Id | None, **facts: Any) -> None:
        """Enter a voice channel, another one, or leave it."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        if channel_id is not None:
            self._must(user, str(channel_id), permissions.CONNECT)
        channel = None if channel_id is None else str(channel_id)
        with self._deed("move_voice", guild_id=guild.id, user_id=user) as sandbox:
            members.set_voice(sandbox, guild, user, channel, **facts)

    def take_elsewhere(
        self, guild_id: Id, user_id: Id, channel_id: Id | None, *, by: Id = 0
    ) -> None:
        """Take somebody to another voice channel as a moderator, or disconnect them."""
        guild, user = self.guild(guild_id), self._member(guild_id, user_id)
        channel = None if channel_id is None else str(channel_id)
        with self._deed("take_elsewhere", guild_id=guild.id, user_id=user) as sandbox:
            members.take_elsewhere(sandbox, guild, self._by(guild, by), user, channel)

    def show(self, user_id: Id, **clients: str) -> None:
        """Be seen as online, idle or dnd on desktop, mobile or web; on none one is offline."""
        with self._deed("show", user_id=str(user_id), **clients) as sandbox:
            members.show(sandbox, str(user_id), clients)

    def take_permissions(self, guild_id: Id, bits: int) -> None:
        """Take permissions away from the bot: from every role that gives it them."""
        guild = self.guild(guild_id)
        with self._deed("take_permissions", guild_id=guild.id, permissions=str(bits)) as sandbox:
            for role_id in [*guild.members[sandbox.world.bot_id]["roles"], guild.id]:
                now = int(guild.roles[role_id]["permissions"])
                told = {"permissions": str(now & ~bits)}
                roles.change(sandbox, guild, self._by(guild, 0), role_id, **told)

    def give_permissions(self, guild_id: Id, bits: int) -> None:
        """Give the bot permissions, through its own role."""
        guild = self.guild(guild_id)
        with self._deed("give_permissions", guild_id=guild.id, permissions=str(bits)) as sandbox:
            own = guild.members[sandbox.world.bot_id]["roles"]
            role_id = max(own, key=lambda each: guild.roles[each]["managed"], default=guild.id)
            told = {"permissions": str(int(guild.roles[role_id]["permissions"]) | bits)}
            roles.change(sandbox, guild, self._by(guild, 0), role_id, **told)

    def close_dms(self, user_id: Id, *, is_closed: bool = True) -> None:
        """Let no bot write to somebody directly."""
        closed = self._sandbox.world.closed_dms
        (closed.add if is_closed else closed.discard)(str(user_id))

    def remove_bot(self, guild_id: Id) -> None:
        """Put the bot out of a server."""
        guild = self.guild(guild_id)
        with self._deed("remove_bot", guild_id=guild.id) as sandbox:
            guilds.remove_bot(sandbox, guild)

    def invite_bot(self, guild_id: Id) -> None:
        """Let the bot back into a server, with its usual permissions."""
        guild = self.guild(guild_id)
        with self._deed("invite_bot", guild_id=guild.id) as sandbox:
            guilds.invite_bot(sandbox, guild)

    def _by(self, guild: Guild, by: Id, reason: str = "") -> By:
        return By(str(by or guild.facts["owner_id"]), reason)

    def _member(self, guild_id: Id, user_id: Id) -> str:
        if str(user_id) not in self.guild(guild_id).members:
            raise Refusal(10007)
        return str(user_id)

    def _message(self, channel_id: Id, message_id: Id) -> Json:
        found = self._sandbox.world.messages.get(str(channel_id), {}).get(str(message_id))
        if found is None:
            raise Refusal(10008)
        return found

    def _must(self, user: str, channel_id: str, permission: int) -> None:
        """Refuse what somebody may not do in a channel; the silenced may do nothing."""
        world = self._sandbox.world
        channel = world.channel(channel_id)
        if channel is None:
            raise Refusal(10003)
        if "guild_id" in channel:
            guild = world.guilds[channel["guild_id"]]
            now = self._sandbox.now
            if not permissions.permissions_of(guild, user, now, channel) & permission:
                raise Refusal(50013)
