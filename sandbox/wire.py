"""What goes in and out: a call, its reply, an event; ids are strings, as on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
DISCORD_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a message."""

    filename: str
    size: int
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call; `path` begins after /api/v10."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    reason: str = ""
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Upload, ...] = ()


@dataclass(slots=True)
class Reply:
    """What Discord answers. A lost reply had its effect; a reset had none."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    is_lost: bool = False
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A gateway event; a name that begins with @ is an order to the gateway itself."""

    name: str
    data: Json
    guild_id: str | None = None
    at: float = 0.0


def iso(at: float) -> str:
    """Write a time as Discord does."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")


def seconds_of(text: str) -> float:
    """Read a time as Discord writes it; ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def snowflake_at(at: float) -> int:
    """Return the first id of a moment."""
    return max(int(at * 1000) - DISCORD_EPOCH_MS, 0) << 22


def time_of(snowflake: str | int) -> float:
    """Tell when an id was made."""
    return ((int(snowflake) >> 22) + DISCORD_EPOCH_MS) / 1000
