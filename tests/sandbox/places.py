"""Where in the seeded world a test takes place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A server, a text channel of it, its owner, and somebody without rights."""

    guild: str
    channel: str
    owner: str
    human: str


def a_place(running):
    def find(heart):
        guild = next(iter(heart.world.guilds.values()))
        channel = next(c for c in guild.channels.values() if c["type"] == 0)
        plain = (
            user_id
            for user_id, member in guild.members.items()
            if not heart.world.users[user_id]["bot"] and not member["roles"]
        )
        owner = guild.facts["owner_id"]
        return Place(guild.id, channel["id"], owner, next(i for i in plain if i != owner))

    return running.do(find)
