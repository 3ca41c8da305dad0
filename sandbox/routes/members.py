"""Members: found, listed, changed, put out; and the roles they hold."""

from typing import Any

from sandbox import permissions
from sandbox.ask import Ask
from sandbox.deeds import members
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json, iso, seconds_of
from sandbox.world import Guild

ONE = "/guilds/{guild_id}/members/{user_id}"
LONGEST_TIMEOUT = 28 * 86_400
NICK_LENGTH = 32
NEEDS = {
    "nick": permissions.MANAGE_NICKNAMES,
    "roles": permissions.MANAGE_ROLES,
    "mute": permissions.MUTE_MEMBERS,
    "deaf": permissions.DEAFEN_MEMBERS,
    "channel_id": permissions.MOVE_MEMBERS,
    "communication_disabled_until": permissions.MODERATE_MEMBERS,
}


@route("GET", ONE)
def get_member(ask: Ask) -> Json:
    """Look at one member."""
    guild = ask.guild
    ask.member(guild)
    return ask.world.member_wire(guild, ask.values["user_id"])


@route("GET", "/guilds/{guild_id}/members")
def list_members(ask: Ask) -> list[Json]:
    """List members by id, a page at a time."""
    guild, limit = ask.guild, ask.whole("limit", 1, 1, 1000)
    after = int(ask.call.query.get("after", "0"))
    ids = sorted((each for each in guild.members if int(each) > after), key=int)[:limit]
    return [ask.world.member_wire(guild, each) for each in ids]


@route("GET", "/guilds/{guild_id}/members/search")
def search_members(ask: Ask) -> list[Json]:
    """Find members whose name or nickname begins with something."""
    guild, limit = ask.guild, ask.whole("limit", 1, 1, 1000)
    start = ask.call.query.get("query", "").lower()
    found = [each for each in guild.members if _is_called(ask, guild, each, start)]
    return [ask.world.member_wire(guild, each) for each in found[:limit]]


def _is_called(ask: Ask, guild: Guild, user_id: str, start: str) -> bool:
    user, nick = ask.world.users[user_id], guild.members[user_id]["nick"]
    names = (user["username"], user["global_name"], nick)
    return any(name and name.lower().startswith(start) for name in names)


@route("PATCH", ONE)
def change_member(ask: Ask) -> Json:
    """Change a member; each field needs a permission of its own."""
    guild, body = ask.guild_with(*(NEEDS[key] for key in ask.body if key in NEEDS)), ask.body
    ask.member(guild)
    user_id = ask.values["user_id"]
    if {"nick", "communication_disabled_until"} & body.keys():
        ask.must_outrank(guild, user_id)
    changes = _changes(ask, guild, user_id)
    roles = _roles(ask, guild) if body.get("roles") is not None else None
    _check_voice(guild, user_id, body)
    if roles is not None:
        members.set_roles(ask.sandbox, guild, ask.by, user_id, roles)
    members.change(ask.sandbox, guild, ask.by, user_id, **changes)
    if "channel_id" in body:
        channel_id = None if body["channel_id"] is None else str(body["channel_id"])
        members.take_elsewhere(ask.sandbox, guild, ask.by, user_id, channel_id)
    return ask.world.member_wire(guild, user_id)


def _check_voice(guild: Guild, user_id: str, body: Json) -> None:
    if {"channel_id", "mute", "deaf"} & body.keys() and user_id not in guild.voice:
        raise Refusal(40032)
    if body.get("channel_id") is not None and str(body["channel_id"]) not in guild.channels:
        raise Refusal(10003)


def _changes(ask: Ask, guild: Guild, user_id: str) -> dict[str, Any]:
    body = ask.body
    changes: dict[str, Any] = {key: bool(body[key]) for key in ("mute", "deaf") if key in body}
    if "nick" in body:
        changes["nick"] = _nick(body["nick"])
    if "communication_disabled_until" in body:
        until = body["communication_disabled_until"]
        changes["communication_disabled_until"] = until and _until(ask, guild, user_id, until)
    return changes


def _nick(nick: str | None) -> str | None:
    if len(nick or "") > NICK_LENGTH:
        words = f"Must be {NICK_LENGTH} or fewer in length."
        raise invalid("nick", "BASE_TYPE_MAX_LENGTH", words)
    return nick or None


def _until(ask: Ask, guild: Guild, user_id: str, text: Any) -> str:
    """Read the end of a timeout; nobody silences an administrator, nor longer than 28 days."""
    allowed = permissions.permissions_of(guild, user_id, ask.now)
    if allowed & permissions.ADMINISTRATOR:
        raise Refusal(50013)
    name = "communication_disabled_until"
    try:
        until = seconds_of(text)
    except (TypeError, ValueError):
        raise invalid(name, "DATE_TIME_TYPE_PARSE", "Could not parse date.") from None
    if until > ask.now + LONGEST_TIMEOUT:
        words = "Timeouts cannot be longer than 28 days."
        raise invalid(name, "COMMUNICATION_DISABLED_UNTIL_TOO_FAR", words)
    return iso(round(until, 3))


def _roles(ask: Ask, guild: Guild) -> list[str]:
    wanted = list(dict.fromkeys(str(each) for each in ask.body["roles"]))
    held = guild.members[ask.values["user_id"]]["roles"]
    for role_id in {*wanted} ^ {*held}:
        if role_id not in guild.roles:
            raise Refusal(10011)
        _must_give(ask, guild, guild.roles[role_id])
    return wanted


def _must_give(ask: Ask, guild: Guild, role: Json) -> None:
    ask.must_rule(guild, role)
    if role["id"] == guild.id or role["managed"]:
        raise Refusal(50028)


@route("PATCH", "/guilds/{guild_id}/members/@me")
def change_myself(ask: Ask) -> Json:
    """Give the bot another nickname."""
    guild = ask.guild_with(permissions.CHANGE_NICKNAME)
    nick = _nick(ask.body.get("nick"))
    members.change(ask.sandbox, guild, ask.by, ask.world.bot_id, nick=nick)
    return ask.world.member_wire(guild, ask.world.bot_id)


@route("DELETE", ONE)
def kick_member(ask: Ask) -> None:
    """Put a member out."""
    guild = ask.guild_with(permissions.KICK_MEMBERS)
    ask.member(guild)
    ask.must_outrank(guild, ask.values["user_id"])
    members.kick(ask.sandbox, guild, ask.by, ask.values["user_id"])


@route("PUT", ONE + "/roles/{role_id}")
def give_role(ask: Ask) -> None:
    """Give a member a role."""
    _move_role(ask, is_given=True)


@route("DELETE", ONE + "/roles/{role_id}")
def take_role(ask: Ask) -> None:
    """Take a role from a member."""
    _move_role(ask, is_given=False)


def _move_role(ask: Ask, *, is_given: bool) -> None:
    guild = ask.guild_with(permissions.MANAGE_ROLES)
    held, role = ask.member(guild)["roles"], ask.role(guild)
    _must_give(ask, guild, role)
    others = [each for each in held if each != role["id"]]
    wanted = [*others, role["id"]] if is_given else others
    members.set_roles(ask.sandbox, guild, ask.by, ask.values["user_id"], wanted)


@route("GET", "/guilds/{guild_id}/voice-states/{user_id}")
def get_voice_state(ask: Ask) -> Json:
    """Look at where somebody's voice is."""
    state = ask.guild.voice.get(ask.values["user_id"])
    if state is None:
        raise Refusal(10065)
    return {**state, "member": ask.world.member_wire(ask.guild, state["user_id"])}
