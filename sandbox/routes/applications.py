"""The application behind the bot, its way to the gateway, and its commands."""

import re
from typing import Any

from sandbox.ask import Ask
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json

OF_ALL = "/applications/{application_id}/commands"
OF_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
ONE = "/{command_id}"
SLASH = 1
NAME = re.compile(r"[-_'\w]{1,32}")
DESCRIPTION, OPTIONS, MOST = 100, 25, 100
USUAL: Json = {
    "type": SLASH,
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
    "nsfw": False,
    "name_localizations": None,
    "description_localizations": None,
    "description": "",
}


@route("GET", "/applications/@me")
@route("GET", "/oauth2/applications/@me")
def get_application(ask: Ask) -> Json:
    """Look at the application, and who owns it."""
    world = ask.world
    bot = world.users[world.bot_id]
    owner = next((g.facts["owner_id"] for g in world.guilds.values()), world.bot_id)
    count = {"approximate_guild_count": len(world.guilds)}
    return {**world.application, **count, "bot": bot, "owner": world.users[owner]}


@route("GET", "/gateway")
def get_gateway(ask: Ask) -> Json:
    """Tell where the gateway is."""
    return {"url": _gateway(ask)}


@route("GET", "/gateway/bot")
def get_gateway_for_bot(ask: Ask) -> Json:
    """Tell where the gateway is, with how many shards and how often."""
    limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
    return {"url": _gateway(ask), "shards": 1, "session_start_limit": limit}


def _gateway(ask: Ask) -> str:
    return f"ws://{ask.call.headers.get('Host', '127.0.0.1')}/gateway"


def _own(ask: Ask) -> dict[str, Json]:
    if ask.values["application_id"] != ask.world.application["id"]:
        raise Refusal(20012)
    guild_id = ask.values.get("guild_id", "")
    if guild_id:
        ask.guild_by(guild_id)
    return ask.world.commands.setdefault(guild_id, {})


@route("GET", OF_ALL)
@route("GET", OF_GUILD)
def list_commands(ask: Ask) -> list[Json]:
    """List the commands."""
    return list(_own(ask).values())


@route("PUT", OF_ALL)
@route("PUT", OF_GUILD)
def put_commands(ask: Ask) -> list[Json]:
    """Let exactly these commands be there; one that keeps its name keeps its id."""
    before, told = _own(ask), ask.call.body
    if not isinstance(told, list):
        raise Refusal(50109)
    if len([each for each in told if each.get("type", SLASH) == SLASH]) > MOST:
        raise Refusal(30032)
    named = {(each["type"], each["name"]): each["id"] for each in before.values()}
    made = [_command(ask, each, named, str(index)) for index, each in enumerate(told)]
    before.clear()
    before.update({each["id"]: each for each in made})
    ask.sandbox.changes += 1
    ask.sandbox.note(f"{len(made)} commands registered")
    return made


@route("POST", OF_ALL, status=201)
@route("POST", OF_GUILD, status=201)
def post_command(ask: Ask) -> Json:
    """Add a command, or replace the one of the same name."""
    commands = _own(ask)
    named = {(each["type"], each["name"]): each["id"] for each in commands.values()}
    made = _command(ask, ask.body, named, "")
    commands[made["id"]] = made
    ask.sandbox.changes += 1
    ask.sandbox.note(f"command {made['name']} registered")
    return made


@route("GET", OF_ALL + ONE)
@route("GET", OF_GUILD + ONE)
def get_command(ask: Ask) -> Json:
    """Look at a command."""
    return _found(ask)


@route("PATCH", OF_ALL + ONE)
@route("PATCH", OF_GUILD + ONE)
def change_command(ask: Ask) -> Json:
    """Change a command."""
    before = _found(ask)
    made = _command(ask, {**before, **ask.body}, {}, "")
    made["id"] = before["id"]
    _own(ask)[before["id"]] = made
    return made


@route("DELETE", OF_ALL + ONE)
@route("DELETE", OF_GUILD + ONE)
def delete_command(ask: Ask) -> None:
    """Let a command be gone."""
    del _own(ask)[_found(ask)["id"]]
    ask.sandbox.note(f"command {ask.values['command_id']} deleted")


def _found(ask: Ask) -> Json:
    found = _own(ask).get(ask.values["command_id"])
    if found is None:
        raise Refusal(10063)
    return found


def _command(ask: Ask, told: Json, named: dict[Any, str], place: str) -> Json:
    _check_command(told, f"{place}." if place else "")
    kept = {key: value for key, value in told.items() if value is not None}
    made = {**USUAL, **kept, "application_id": ask.world.application["id"]}
    known = named.get((made["type"], made["name"]))
    if made["default_member_permissions"] is not None:
        made["default_member_permissions"] = str(made["default_member_permissions"])
    made["id"] = known or ask.world.next_id(ask.now)
    made["version"] = ask.world.next_id(ask.now)
    if guild_id := ask.values.get("guild_id"):
        made["guild_id"] = guild_id
    return made


def _check_command(told: Json, place: str) -> None:
    name, is_slash = told.get("name") or "", told.get("type", SLASH) == SLASH
    if not 1 <= len(name) <= 32:
        raise invalid(f"{place}name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
    if is_slash:
        _check_words(told, place)
    elif told.get("description"):
        words = "Context menu commands cannot have description"
        raise invalid(f"{place}description", "APPLICATION_COMMAND_DESCRIPTION", words)


def _check_words(told: Json, place: str) -> None:
    """Refuse names and descriptions that Discord refuses, in options too."""
    name, description = told.get("name") or "", told.get("description") or ""
    if not NAME.fullmatch(name) or name != name.lower():
        words = "Command name is invalid"
        raise invalid(f"{place}name", "APPLICATION_COMMAND_INVALID_NAME", words)
    if not 1 <= len(description) <= DESCRIPTION:
        words = f"Must be between 1 and {DESCRIPTION} in length."
        raise invalid(f"{place}description", "BASE_TYPE_BAD_LENGTH", words)
    options = told.get("options") or []
    if len(options) > OPTIONS or len(told.get("choices") or []) > OPTIONS:
        raise invalid(f"{place}options", "BASE_TYPE_MAX_LENGTH", f"Must be {OPTIONS} or fewer.")
    for index, option in enumerate(options):
        _check_words(option, f"{place}options.{index}.")
