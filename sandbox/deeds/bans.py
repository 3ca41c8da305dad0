"""Bans: they put somebody out and keep them out."""

from typing import TYPE_CHECKING

from sandbox.ask import By
from sandbox.deeds import audit, messages
from sandbox.deeds.members import leave
from sandbox.refusals import Refusal
from sandbox.wire import Json
from sandbox.world import Guild

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

STRANGERS = 2_000  # bans of people outside that a server may make in a day, as far as is known
DAY = 86_400


def ban(sandbox: "Sandbox", guild: Guild, by: By, user_id: str, *, purge: int = 0) -> None:
    """Ban somebody, there or not; whether a second ban changes the reason is a switch."""
    if user_id not in guild.members:
        _count_stranger(sandbox, guild)
    is_new = user_id not in guild.bans
    if is_new or sandbox.put_replaces_ban:
        guild.bans[user_id] = by.reason or None
        sandbox.note(f"{user_id} banned from {guild.id} by {by.user_id}: {by.reason}")
        if is_new:
            sandbox.emit("GUILD_BAN_ADD", _told(sandbox, guild, user_id), guild.id)
        audit.record(sandbox, guild, by, audit.BAN, user_id)
    if user_id in guild.members:
        _put_out(sandbox, guild, user_id)
    if purge:
        messages.purge_author(sandbox, guild, user_id, since=sandbox.now - purge)


def unban(sandbox: "Sandbox", guild: Guild, by: By, user_id: str) -> None:
    """Let somebody come back."""
    if user_id not in guild.bans:
        raise Refusal(10026)
    del guild.bans[user_id]
    sandbox.note(f"{user_id} unbanned from {guild.id} by {by.user_id}")
    sandbox.emit("GUILD_BAN_REMOVE", _told(sandbox, guild, user_id), guild.id)
    audit.record(sandbox, guild, by, audit.UNBAN, user_id)


def _put_out(sandbox: "Sandbox", guild: Guild, user_id: str) -> None:
    if sandbox.faults.strike(("ban_keeps_member",), user_id, guild.id):
        sandbox.note(f"{user_id} stays in {guild.id} in spite of the ban")
    else:
        leave(sandbox, guild, user_id)


def _count_stranger(sandbox: "Sandbox", guild: Guild) -> None:
    today = [at for at in guild.stranger_bans if at > sandbox.now - DAY]
    if len(today) >= STRANGERS:
        raise Refusal(30035)
    guild.stranger_bans = [*today, sandbox.now]


def _told(sandbox: "Sandbox", guild: Guild, user_id: str) -> Json:
    return {"guild_id": guild.id, "user": sandbox.world.users[user_id]}
