"""Threads: opened, listed, joined and left."""

from sandbox.ask import Ask
from sandbox.deeds import channels
from sandbox.permissions import CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS
from sandbox.refusals import Refusal, invalid
from sandbox.routes.messages import find_message
from sandbox.routing import route
from sandbox.wire import Json

PUBLIC, PRIVATE, NEWS = 11, 12, 10
THREADS = (NEWS, PUBLIC, PRIVATE)
MEMBER = "/channels/{channel_id}/thread-members"


@route("POST", "/channels/{channel_id}/threads", status=201)
def open_thread(ask: Ask) -> Json:
    """Open a thread that hangs from no message."""
    kind = ask.body.get("type") or PRIVATE
    needed = CREATE_PRIVATE_THREADS if kind == PRIVATE else CREATE_PUBLIC_THREADS
    return _open(ask, kind, needed)


@route("POST", "/channels/{channel_id}/messages/{message_id}/threads", status=201)
def open_thread_at(ask: Ask) -> Json:
    """Open a thread from a message; it has the message's id."""
    ask.channel_with()
    return _open(ask, PUBLIC, CREATE_PUBLIC_THREADS, id=find_message(ask)["id"])


def _open(ask: Ask, kind: int, needed: int, **facts: str) -> Json:
    guild, parent = ask.server_channel_with(needed)
    name = ask.body.get("name") or ""
    if not 1 <= len(name) <= 100:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    duration = ask.body.get("auto_archive_duration")
    told = {**facts, "name": name, "auto_archive_duration": duration}
    return channels.open_thread(ask.sandbox, guild, ask.by, parent, kind, **told)


@route("GET", "/guilds/{guild_id}/threads/active")
def list_active(ask: Ask) -> Json:
    """List the threads that are not archived."""
    found = [each for each in ask.guild.channels.values() if each["type"] in THREADS]
    alive = [each for each in found if not each["thread_metadata"]["archived"]]
    return {"threads": alive, "members": [], "has_more": False}


@route("PUT", MEMBER + "/@me")
def join_thread(ask: Ask) -> None:
    """Be in a thread."""
    _thread(ask)


@route("DELETE", MEMBER + "/@me")
def leave_thread(ask: Ask) -> None:
    """Be in a thread no longer."""
    _thread(ask)


@route("PUT", MEMBER + "/{user_id}")
def add_to_thread(ask: Ask) -> None:
    """Bring somebody into a thread."""
    guild = ask.world.guilds[_thread(ask)["guild_id"]]
    ask.member(guild)


def _thread(ask: Ask) -> Json:
    channel = ask.channel_with()
    if channel["type"] not in THREADS:
        raise Refusal(50024)
    return channel
