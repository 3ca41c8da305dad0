"""A server of the pretend Discord as its moderators see it: they use commands, and are answered."""

from community.models import GuildSettings
from moderation.models import Case

LOADING = 128


class Here:
    """What somebody does in the server, and what they are shown."""

    def __init__(self, sandbox, place):
        self.sandbox, self.place = sandbox, place
        self.guild_id, self.human = int(place.guild), int(place.human)

    def use(self, command, *, by=None, **given):
        return self.shown(self.begin(command, by=by, **given))

    def begin(self, command, *, by=None, **given):
        who = by or self.place.owner
        return self.sandbox.interactions.use(who, self.place.channel, command, **given)

    def shown(self, asked):
        who, channel = asked.place.user_id, self.place.channel

        def answered(heart):
            said = [heart.interactions.message(who, channel, each) for each in asked.said]
            return said[-1] if said and not said[-1]["flags"] & LOADING else None

        return self.sandbox.wait_for(answered, what="an answer")

    def press(self, message, label, *, by=None):
        who, channel = by or self.place.owner, self.place.channel
        self.sandbox.interactions.press(who, channel, message["id"], mark_of(message, label))

        def changed(heart):
            now = heart.interactions.message(who, channel, message["id"])
            return now if now["content"] != message["content"] or now != message else None

        return self.sandbox.wait_for(changed, what="another message")

    def say_yes(self, message, *, by=None):
        return self.press(message, "Do it", by=by)["content"]

    def seen(self, message, *, by=None):
        """Return a message as it stands now."""
        who = by or self.place.owner
        return self.sandbox.interactions.message(who, self.place.channel, message["id"])

    def offered(self, command, option, typed):
        asked = self.sandbox.interactions.complete(
            self.place.owner, self.place.channel, command, option, **{option: typed}
        )
        self.sandbox.wait_for(lambda _: asked.answer, what="an offer")
        return [(each["name"], each["value"]) for each in asked.choices]

    def cases(self):
        found = Case.objects.filter(guild_id=self.guild_id).order_by("number")
        return list(found.values_list("kind", flat=True))

    def log_to(self, name="mod-log"):
        """Have the cases of this server stand in a channel of it."""
        channel = self.channel_named(name)
        GuildSettings.objects.filter(guild_id=self.guild_id).update(moderation_log_id=int(channel))
        return channel

    def channel_named(self, name):
        channels = self.sandbox.do(lambda heart: heart.world.guilds[self.place.guild].channels)
        return next(each["id"] for each in channels.values() if each["name"] == name)

    def lines(self, channel):
        """Return what the bot has written in a log channel: message id to its embed's words."""
        said = self.sandbox.do(lambda heart: dict(heart.world.messages.get(channel, {})))
        embeds = {key: each["embeds"][0] for key, each in said.items() if each["embeds"]}
        return {key: f"{each['title']}\n{each['description']}" for key, each in embeds.items()}

    def told(self, user_id=None):
        """Return what the bot has written to somebody alone."""

        def theirs(heart):
            channel = heart.world.dm_of.get(user_id or self.place.human, "")
            return [each["content"] for each in heart.world.messages.get(channel, {}).values()]

        return self.sandbox.do(theirs)

    def moderator(self):
        """Return somebody who moderates and is not the owner."""

        def found(heart):
            guild = heart.world.guilds[self.place.guild]
            trusted = {key for key, each in guild.roles.items() if int(each["permissions"]) & KICK}
            return next(
                user_id
                for user_id, member in guild.members.items()
                if trusted & set(member["roles"])
                and user_id != self.place.owner
                and not heart.world.users[user_id]["bot"]
            )

        return self.sandbox.do(found)

    def written(self):
        """Return what stands in the channel."""
        where = self.place.channel
        said = self.sandbox.do(lambda heart: [*heart.world.messages.get(where, {}).values()])
        return [each["content"] for each in said]

    def rights(self):
        """Return what everybody is given and denied in each channel."""
        where = self.place.guild

        def asked(heart):
            return {
                each["id"]: [
                    (own["allow"], own["deny"])
                    for own in each.get("permission_overwrites") or []
                    if own["id"] == where
                ]
                for each in heart.world.guilds[where].channels.values()
            }

        return self.sandbox.do(asked)

    def pause(self):
        """Return how long everybody waits between two messages in the channel."""
        where = self.place.channel
        return self.sandbox.do(lambda heart: heart.world.channel(where)["rate_limit_per_user"])

    def is_banned(self, user_id=None):
        who, where = user_id or self.place.human, self.place.guild
        return self.sandbox.do(lambda heart: who in heart.world.guilds[where].bans)

    def roles(self, user_id=None):
        """Return which roles somebody has on Discord."""
        who, where = user_id or self.place.human, self.place.guild
        return self.sandbox.do(lambda heart: set(heart.world.guilds[where].members[who]["roles"]))

    def is_in(self, user_id=None):
        who, where = user_id or self.place.human, self.place.guild
        return self.sandbox.do(lambda heart: who in heart.world.guilds[where].members)


KICK = 1 << 1


def mark_of(message, label):
    """Return the id of a button by what stands on it."""
    parts = [each for row in message["components"] for each in row["components"]]
    return next(each["custom_id"] for each in parts if each.get("label") == label)
