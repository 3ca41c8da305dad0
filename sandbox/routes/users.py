"""Users: the bot itself, others, and the direct channels to them."""

from sandbox.ask import Ask
from sandbox.refusals import Refusal
from sandbox.routing import route
from sandbox.wire import Json


@route("GET", "/users/@me")
def get_myself(ask: Ask) -> Json:
    """Look at the bot."""
    bot = ask.world.users[ask.world.bot_id]
    return {**bot, "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


@route("GET", "/users/{user_id}")
def get_user(ask: Ask) -> Json:
    """Look at somebody."""
    return ask.world.users[ask.user_id()]


@route("POST", "/users/@me/channels")
def open_dm(ask: Ask) -> Json:
    """Open a direct channel; whether one may write in it is seen when writing."""
    user_id = str(ask.body.get("recipient_id", ""))
    if user_id not in ask.world.users:
        raise Refusal(10013)
    if user_id == ask.world.bot_id:
        raise Refusal(50007)
    return ask.world.dm_wire(ask.world.dm_with(user_id, ask.now))
