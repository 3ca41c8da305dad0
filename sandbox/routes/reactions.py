"""Reactions: added, looked at, taken away."""

from urllib.parse import unquote

from sandbox.ask import Ask
from sandbox.deeds import messages
from sandbox.permissions import ADD_REACTIONS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY
from sandbox.routes.messages import ONE, find_message
from sandbox.routing import route
from sandbox.wire import Json

ALL = ONE + "/reactions"
KIND = ALL + "/{emoji_name}"


@route("PUT", KIND + "/@me")
def react(ask: Ask) -> None:
    """React as the bot."""
    ask.channel_with(ADD_REACTIONS, READ_MESSAGE_HISTORY)
    messages.react(ask.sandbox, ask.world.bot_id, find_message(ask), _emoji(ask))


@route("DELETE", KIND + "/@me")
def take_mine(ask: Ask) -> None:
    """Take the bot's reaction back."""
    ask.channel_with()
    messages.unreact(ask.sandbox, ask.world.bot_id, find_message(ask), _emoji(ask))


@route("DELETE", KIND + "/{user_id}")
def take_theirs(ask: Ask) -> None:
    """Take somebody's reaction away."""
    ask.channel_with(MANAGE_MESSAGES)
    messages.unreact(ask.sandbox, ask.values["user_id"], find_message(ask), _emoji(ask))


@route("DELETE", KIND)
def take_kind(ask: Ask) -> None:
    """Take all reactions of a kind away."""
    ask.channel_with(MANAGE_MESSAGES)
    messages.unreact_all(ask.sandbox, find_message(ask), _emoji(ask))


@route("DELETE", ALL)
def take_all(ask: Ask) -> None:
    """Take all reactions away."""
    ask.channel_with(MANAGE_MESSAGES)
    messages.unreact_all(ask.sandbox, find_message(ask))


@route("GET", KIND)
def list_reactors(ask: Ask) -> list[Json]:
    """List who reacted so."""
    ask.channel_with(READ_MESSAGE_HISTORY)
    message, limit = find_message(ask), ask.whole("limit", 25, 1, 100)
    users = ask.world.reactions.get(message["id"], {}).get(_emoji(ask), [])
    after = int(ask.call.query.get("after", "0"))
    found = sorted((each for each in users if int(each) > after), key=int)
    return [ask.world.users[each] for each in found[:limit]]


def _emoji(ask: Ask) -> str:
    return unquote(ask.values["emoji_name"])
