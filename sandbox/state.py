"""The world as one JSON file, replaced in one breath: a pretend Discord survives its process."""

import json
import os
from collections import deque
from dataclasses import fields
from pathlib import Path
from typing import Any

from sandbox.wire import Json
from sandbox.world import KEPT_AUDIT, Guild, World

FORM = 1
KEPT_IN_FILE = 200  # messages of a channel, entries of an audit log


def save(world: World, path: Path) -> None:
    """Write the world down; whoever reads meanwhile sees the old one or the new one, whole."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(told(world)), encoding="utf-8")
    fresh.replace(path)


def load(path: Path) -> World | None:
    """Read a world; None when there is no file, or none that this version wrote."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return remembered(read) if read.get("form") == FORM else None


def told(world: World) -> Json:
    """Return the world as JSON; of what grows without end only the latest."""
    plain = {each.name: getattr(world, each.name) for each in fields(World)}
    plain["guilds"] = {guild.id: _guild_told(guild) for guild in world.guilds.values()}
    plain["closed_dms"] = sorted(world.closed_dms)
    latest = {key: dict(list(kept.items())[-KEPT_IN_FILE:]) for key, kept in world.messages.items()}
    shown = {message_id for kept in latest.values() for message_id in kept}
    plain["messages"] = latest
    plain["reactions"] = {key: kept for key, kept in world.reactions.items() if key in shown}
    return {"form": FORM, "world": plain}


def remembered(read: Json) -> World:
    """Return the world that was told."""
    plain: dict[str, Any] = dict(read["world"])
    plain["guilds"] = {key: _guild_remembered(each) for key, each in plain["guilds"].items()}
    plain["closed_dms"] = set(plain["closed_dms"])
    return World(**plain)


def _guild_told(guild: Guild) -> Json:
    plain = {each.name: getattr(guild, each.name) for each in fields(Guild)}
    return {**plain, "audit": list(guild.audit)[-KEPT_IN_FILE:], "is_available": True}


def _guild_remembered(read: Json) -> Guild:
    return Guild(**{**read, "audit": deque(read["audit"], maxlen=KEPT_AUDIT)})
