"""The world as somebody in it sees it: servers, channels, messages, commands."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox import permissions
from sandbox.commands import Place, offered
from sandbox.deeds import messages
from sandbox.journal import Entry
from sandbox.refusals import Refusal
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

SHOWN = 60  # messages of a channel
MOST_PEOPLE = 50
LATELY = 20.0  # how long an interaction is shown


def world(sandbox: "Sandbox") -> Json:
    """Return what there is, in numbers."""
    bot = sandbox.world.users[sandbox.world.bot_id]
    return {
        "bot": {"id": bot["id"], "name": bot["username"]},
        "guilds": [
            {
                "id": guild.id,
                "name": guild.facts["name"],
                "owner_id": guild.facts["owner_id"],
                "members": len(guild.members),
                "bans": len(guild.bans),
                "is_available": guild.is_available,
                "has_bot": bot["id"] in guild.members,
            }
            for guild in sandbox.world.guilds.values()
        ],
        "users": len(sandbox.world.users),
        "commands": sum(map(len, sandbox.world.commands.values())),
        "calls": sandbox.journal.count,
        "faults": len(sandbox.faults.in_force),
    }


def place(sandbox: "Sandbox", user_id: str, guild_id: str) -> Json:
    """Return a server as one of its people sees it."""
    guild = sandbox.people.guild(guild_id)
    channels = [each for each in guild.channels.values() if _sees(sandbox, guild, user_id, each)]
    me = guild.members.get(user_id)
    allowed = permissions.permissions_of(guild, user_id, sandbox.now)
    return {
        "name": guild.facts["name"],
        "owner_id": guild.facts["owner_id"],
        "is_member": me is not None,
        "is_banned": user_id in guild.bans,
        "is_silenced": bool(me and permissions.is_timed_out(me, sandbox.now)),
        "may_moderate": bool(allowed & permissions.BAN_MEMBERS),
        "me": person(sandbox, guild, user_id) if user_id in sandbox.world.users else None,
        "members": len(guild.members),
        "roles": [{k: each[k] for k in ("id", "name", "color")} for each in guild.roles.values()],
        "bans": [{"id": each, "name": _name(sandbox, guild, each)} for each in guild.bans],
        "channels": [_channel(sandbox, guild, each) for each in sorted(channels, key=_order)],
    }


def _order(channel: Json) -> tuple[bool, bool, int]:
    return channel["type"] == 4, channel["type"] in (2, 13), channel["position"]


def _sees(sandbox: "Sandbox", guild: Guild, user_id: str, channel: Json) -> bool:
    allowed = permissions.permissions_of(guild, user_id, sandbox.now, channel)
    return bool(allowed & permissions.VIEW_CHANNEL)


def _channel(sandbox: "Sandbox", guild: Guild, channel: Json) -> Json:
    here = [each["user_id"] for each in guild.voice.values() if each["channel_id"] == channel["id"]]
    told = {key: channel.get(key) for key in ("id", "name", "type", "parent_id", "topic")}
    return {**told, "voice": [{"id": each, "name": _name(sandbox, guild, each)} for each in here]}


def person(sandbox: "Sandbox", guild: Guild, user_id: str) -> Json:
    """Return somebody in a few words."""
    user, member = sandbox.world.users[user_id], guild.members.get(user_id, {})
    roles = [guild.roles[each]["name"] for each in member.get("roles", ())]
    return {
        "id": user_id,
        "name": _name(sandbox, guild, user_id),
        "username": user["username"],
        "is_bot": user["bot"],
        "is_owner": user_id == guild.facts["owner_id"],
        "roles": roles,
    }


def people(sandbox: "Sandbox", guild_id: str, query: str) -> list[Json]:
    """List people of a server whose name or id begins like this; who may moderate comes first."""
    guild, wanted = sandbox.people.guild(guild_id), query.lower().strip()
    found = [each for each in guild.members if _is_called(sandbox, guild, each, wanted)]
    if not wanted:
        found = sorted(found[:5_000], key=lambda each: -_weight(sandbox, guild, each))
    return [person(sandbox, guild, each) for each in found[:MOST_PEOPLE]]


def _is_called(sandbox: "Sandbox", guild: Guild, user_id: str, wanted: str) -> bool:
    username = sandbox.world.users[user_id]["username"].lower()
    name = _name(sandbox, guild, user_id).lower()
    return not wanted or wanted in username or wanted in name or user_id.startswith(wanted)


def _weight(sandbox: "Sandbox", guild: Guild, user_id: str) -> int:
    if sandbox.world.users[user_id]["bot"]:
        return -1
    return permissions.permissions_of(guild, user_id, sandbox.now).bit_count()


def channel(sandbox: "Sandbox", user_id: str, channel_id: str) -> Json:
    """Return the last messages of a channel, and what is only for the eyes of this one."""
    found = Place.of(sandbox, user_id, channel_id)
    history = list(sandbox.world.messages.get(channel_id, {}).values())[-SHOWN:]
    told = [{**messages.message_wire(sandbox, each), "mine": False} for each in history]
    for seen_by, message in sandbox.interactions.hidden.values():
        if seen_by == user_id and message["channel_id"] == channel_id:
            told.append({**message, "is_hidden": True})
    told.sort(key=lambda each: int(each["id"]))
    allowed = found.allowed_to(user_id)
    names = {each["author"]["id"] for each in told}
    names |= {user["id"] for each in told for user in each["mentions"]}
    return {
        "messages": told[-SHOWN:],
        "names": {each: _name(sandbox, found.guild, each) for each in names},
        "may_write": bool(allowed & permissions.SEND_MESSAGES),
        "may_delete": bool(allowed & permissions.MANAGE_MESSAGES),
        "failed": _failed(sandbox, user_id, channel_id),
    }


def _failed(sandbox: "Sandbox", user_id: str, channel_id: str) -> list[Json]:
    """List what the bot lately owed somebody an answer to."""
    lately = [
        each
        for each in list(sandbox.interactions.by_id.values())[-200:]
        if each.place.user_id == user_id
        and each.place.channel["id"] == channel_id
        and sandbox.now - each.at < LATELY
    ]
    return [
        {"id": each.id, "state": each.state(sandbox.now), "name": each.data.get("name", "")}
        for each in lately
        if not each.answer and each.kind != 4
    ]


def commands(sandbox: "Sandbox", user_id: str, channel_id: str) -> list[Json]:
    """List the commands that somebody may use in a channel."""
    keys = ("id", "type", "name", "description", "options")
    found = offered(Place.of(sandbox, user_id, channel_id))
    told = [{key: each.get(key) for key in keys} for each in found]
    return sorted(told, key=lambda each: each["name"])


def interaction(sandbox: "Sandbox", interaction_id: str) -> Json:
    """Return how an interaction stands."""
    found = sandbox.interactions.by_id.get(interaction_id)
    if found is None:
        raise Refusal(10062)
    return {
        "id": found.id,
        "state": found.state(sandbox.now),
        "choices": found.choices,
        "form": found.form,
        "messages": found.said,
    }


def entry(found: Entry) -> Json:
    """Return a line of the journal."""
    return asdict(found)


def _name(sandbox: "Sandbox", guild: Guild | None, user_id: str) -> str:
    user = sandbox.world.users[user_id]
    nick = guild.members.get(user_id, {}).get("nick") if guild else None
    name: str = nick or user["global_name"] or user["username"]
    return name
