"""How something is said on Discord: in a channel, or to one person alone.

A conversation with somebody is opened once and kept in the books: Discord lets one be opened a
second at most, and whoever is told something must not wait behind those who are told it first.
"""

import asyncio
import json
from base64 import b32encode
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import discord
from discord.http import HTTPClient, Route

from community.bridge import call
from community.errors import HouseError
from community.kinds import NotWorthIt, Result
from community.scope import guild_scope
from community.services.conversations import (
    conversation_with,
    forget_conversation,
    remember_conversation,
)

if TYPE_CHECKING:
    from community.models import Errand

QUIET = {"parse": [], "users": [], "roles": [], "replied_user": False}
# What Discord says of a conversation that is not there, or is another bot's.
UNKNOWN_CHANNEL, NO_ACCESS = 10003, 50001

Saying = Callable[[int], Awaitable[Result]]

_being_opened: WeakKeyDictionary[HTTPClient, dict[int, asyncio.Task[int]]] = WeakKeyDictionary()


def nonce_of(errand: "Errand") -> str:
    """Return what tells Discord that a message said again is the same one."""
    return b32encode(errand.pk.to_bytes(8, "big")).decode().rstrip("=").lower()


async def say(
    http: HTTPClient,
    channel_id: int,
    errand: "Errand",
    message: Result | None = None,
    mentions: Result | None = None,
) -> Result:
    """Say in a channel what an errand holds, once: Discord knows a nonce again for some minutes.

    It calls nobody, unless it is told whom.
    """
    message = errand.payload["message"] if message is None else message
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
    words = {
        "nonce": nonce_of(errand),
        "enforce_nonce": True,
        "allowed_mentions": mentions or QUIET,
    }
    said = await http.request(route, json={**message, **words})
    return {"channel_id": str(channel_id), "message_id": str(said["id"])}


async def send_file(
    http: HTTPClient, channel_id: int, errand: "Errand", file: discord.File
) -> Result:
    """Say what an errand holds, with a file."""
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
    words = {"nonce": nonce_of(errand), "enforce_nonce": True, "allowed_mentions": QUIET}
    told = {**errand.payload["message"], **words, "attachments": [file.to_dict(0)]}
    form: list[dict[str, Any]] = [
        {"name": "payload_json", "value": json.dumps(told)},
        {"name": "files[0]", "value": file.fp, "filename": file.filename},
    ]
    said = await http.request(route, files=[file], form=form)
    return {"channel_id": str(channel_id), "message_id": str(said["id"])}


async def words_for(errand: "Errand", compose: Callable[..., str]) -> str:
    """Return a server's own words as they are written now, in its scope."""
    with guild_scope(errand.guild_id):
        told: dict[str, Any] = {"guild_id": errand.guild_id, "payload": errand.payload}
        try:
            words = await call(compose, **told)
        except HouseError as refusal:  # its words cannot be written as they stand
            raise NotWorthIt(str(refusal)) from refusal
    if not words:
        raise NotWorthIt("There is nothing to say any more.")
    return words


async def say_where(
    http: HTTPClient, errand: "Errand", channel_id: int | None, say_in: Saying
) -> Result:
    """Say something in a channel; where none is named, to the person of the errand alone."""
    if channel_id is None:
        return await say_alone(http, errand, say_in)
    return await say_in(channel_id)


async def say_alone(http: HTTPClient, errand: "Errand", say_in: Saying) -> Result:
    """Say something to the person of an errand; a conversation that is gone is opened anew."""
    user_id = errand.user_id or 0
    channel_id = await meet(http, user_id)
    try:
        return await say_in(channel_id)
    except (discord.NotFound, discord.Forbidden) as error:
        if error.code not in (UNKNOWN_CHANNEL, NO_ACCESS):
            raise
    await call(forget_conversation, user_id=user_id, channel_id=channel_id)
    return await say_in(await meet(http, user_id))


async def meet(http: HTTPClient, user_id: int) -> int:
    """Return where somebody is spoken to alone; whoever asks meanwhile waits for one opening."""
    if (known := await call(conversation_with, user_id=user_id)) is not None:
        return known
    being_opened = _being_opened.setdefault(http, {})
    if user_id not in being_opened:
        opening = being_opened[user_id] = asyncio.create_task(_open(http, user_id))
        opening.add_done_callback(lambda _: being_opened.pop(user_id))
    return await asyncio.shield(being_opened[user_id])


async def _open(http: HTTPClient, user_id: int) -> int:
    opened = await http.start_private_message(user_id)
    await call(remember_conversation, user_id=user_id, channel_id=int(opened["id"]))
    return int(opened["id"])
