"""Bans: one, many, looked at and lifted."""

from sandbox.ask import Ask
from sandbox.deeds import bans
from sandbox.permissions import BAN_MEMBERS, MANAGE_GUILD, outranks
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json

WEEK = 604_800
ONE, ALL = "/guilds/{guild_id}/bans/{user_id}", "/guilds/{guild_id}/bans"
MOST = 200


@route("GET", ALL)
def list_bans(ask: Ask) -> list[Json]:
    """List bans by user id, a page at a time."""
    guild = ask.guild_with(BAN_MEMBERS)
    limit, query = ask.whole("limit", 1000, 1, 1000), ask.call.query
    before, after = query.get("before"), query.get("after", "0")
    ids = sorted(guild.bans, key=int)
    if before:
        found = [each for each in ids if int(each) < int(before)][-limit:]
    else:
        found = [each for each in ids if int(each) > int(after)][:limit]
    return [{"user": ask.world.users[each], "reason": guild.bans[each]} for each in found]


@route("GET", ONE)
def get_ban(ask: Ask) -> Json:
    """Look at one ban."""
    guild = ask.guild_with(BAN_MEMBERS)
    user_id = ask.values["user_id"]
    if user_id not in guild.bans:
        raise Refusal(10026)
    return {"user": ask.world.users[user_id], "reason": guild.bans[user_id]}


@route("PUT", ONE)
def ban_user(ask: Ask) -> None:
    """Ban somebody, whether they are there or not."""
    guild, user_id, purge = ask.guild_with(BAN_MEMBERS), ask.user_id(), _purge(ask)
    ask.must_outrank(guild, user_id)
    bans.ban(ask.sandbox, guild, ask.by, user_id, purge=purge)


@route("DELETE", ONE)
def unban_user(ask: Ask) -> None:
    """Lift a ban."""
    guild = ask.guild_with(BAN_MEMBERS)
    bans.unban(ask.sandbox, guild, ask.by, ask.values["user_id"])


@route("POST", "/guilds/{guild_id}/bulk-ban")
def ban_many(ask: Ask) -> Json:
    """Ban up to 200; who is banned already, or stands too high, is listed as failed."""
    guild, purge = ask.guild_with(BAN_MEMBERS, MANAGE_GUILD), _purge(ask)
    ids = list(dict.fromkeys(str(each) for each in ask.body.get("user_ids") or ()))
    if not 1 <= len(ids) <= MOST:
        raise invalid("user_ids", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST}.")
    able = [
        each
        for each in ids
        if each not in guild.bans
        and each in ask.world.users
        and outranks(guild, ask.world.bot_id, each)
    ]
    if not able:
        raise Refusal(500000)
    for user_id in able:
        bans.ban(ask.sandbox, guild, ask.by, user_id, purge=purge)
    return {"banned_users": able, "failed_users": [each for each in ids if each not in able]}


def _purge(ask: Ask) -> int:
    told = {**ask.call.query, **ask.body}  # discord.py sends it in the query
    days = int(told.get("delete_message_days") or 0)
    purge = int(told.get("delete_message_seconds") or days * 86_400)
    if not 0 <= purge <= WEEK:
        words = f"int value should be less than or equal to {WEEK}."
        raise invalid("delete_message_seconds", "NUMBER_TYPE_MAX", words)
    return purge
