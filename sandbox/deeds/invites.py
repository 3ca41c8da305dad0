"""Invites: made and withdrawn."""

from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.deeds import audit
from sandbox.wire import Json, iso, seconds_of
from sandbox.world import Guild, World

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

LETTERS = "abcdefghkmnpqrstuvwxyzABCDEFGH23456789"


def create(sandbox: "Sandbox", guild: Guild, by: By, channel_id: str, **facts: Any) -> Json:
    """Make an invite into a channel."""
    code = "".join(sandbox.chance.choices(LETTERS, k=10))
    invite = {"code": code, "channel_id": channel_id, "inviter_id": by.user_id, "uses": 0}
    invite |= {"created_at": iso(sandbox.now), **facts}
    guild.invites[code] = invite
    kept = {key: invite[key] for key in ("code", "channel_id", "uses", "created_at", *facts)}
    inviter = sandbox.world.users[by.user_id]
    told = {**kept, "guild_id": guild.id, "inviter": inviter, "expires_at": _end(invite)}
    sandbox.emit("INVITE_CREATE", {**told, "type": 0}, guild.id)
    sandbox.note(f"invite {code} made into {channel_id}")
    audit.record(sandbox, guild, by, audit.INVITE_CREATE, None, changes=_named(code))
    return invite


def delete(sandbox: "Sandbox", guild: Guild, by: By, invite: Json) -> None:
    """Withdraw an invite."""
    del guild.invites[invite["code"]]
    told = {"guild_id": guild.id, "channel_id": invite["channel_id"], "code": invite["code"]}
    sandbox.emit("INVITE_DELETE", told, guild.id)
    sandbox.note(f"invite {invite['code']} withdrawn")
    changes = [{"key": "code", "old_value": invite["code"]}]
    audit.record(sandbox, guild, by, audit.INVITE_DELETE, None, changes=changes)


def wire(world: World, guild: Guild, invite: Json) -> Json:
    """Return an invite as REST tells of it."""
    channel = guild.channels[invite["channel_id"]]
    keys = ("id", "name", "icon", "description", "splash", "banner", "features")
    facts = {key: guild.facts[key] for key in (*keys, "verification_level", "vanity_url_code")}
    more = {"nsfw_level": 0, "nsfw": False, "premium_subscription_count": 0}
    counted = ("code", "uses", "max_uses", "max_age", "temporary", "created_at")
    return {
        **{key: invite[key] for key in counted},
        "type": 0,
        "guild_id": guild.id,
        "guild": {**facts, **more},
        "channel": {key: channel[key] for key in ("id", "type", "name")},
        "inviter": world.users.get(invite["inviter_id"]),
        "expires_at": _end(invite),
    }


def _end(invite: Json) -> str | None:
    lasting = invite["max_age"]
    return iso(seconds_of(invite["created_at"]) + lasting) if lasting else None


def _named(code: str) -> list[Json]:
    return [{"key": "code", "new_value": code}]
