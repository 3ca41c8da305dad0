"""The sandbox as part of the house: a Discord of its own for whoever has no token yet."""

import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from django.conf import settings
from django.core.management.base import CommandError

from community.models import Guild
from community.scope import cross_guild
from config.processes import Child
from sandbox.state import load
from sandbox.story import make_world
from sandbox.world import World

TOKEN = "sandbox"  # noqa: S105 - it opens nothing but the sandbox


@dataclass(frozen=True)
class PretendDiscord:
    """A port of this machine, on which the sandbox answers."""

    port: int

    @classmethod
    def at_a_free_port(cls) -> Self:
        """Take the usual port, or any other when somebody listens there already."""
        for port in (settings.SANDBOX_PORT, 0):
            with socket.socket() as trial, suppress(OSError):
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(("127.0.0.1", port))
                return cls(int(trial.getsockname()[1]))
        raise CommandError("No port of 127.0.0.1 is free for the sandbox.")

    @property
    def page(self) -> str:
        """Where a person may look at it, and take part."""
        return f"http://127.0.0.1:{self.port}/"

    def children(self) -> list[Child]:
        """Return the sandbox, and the bot that lives in it."""
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        sandbox = [*manage, "sandbox", f"--port={self.port}", f"--state={state_file()}"]
        surroundings = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_BASE": f"{self.page}api/v10",
            "DISCORD_GATEWAY": f"ws://127.0.0.1:{self.port}/gateway",
            "DISCORD_READY_PAUSE_MS": "100",
            # It has nothing to hide: a server's own commands answer to messages here, too.
            "DISCORD_INTENTS": ",".join({*settings.DISCORD_INTENTS, "message_content"}),
        }
        return [
            Child("sandbox", sandbox),
            Child("bot", [*manage, "runbot", "--after-the-past"], surroundings),
        ]


def state_file() -> Path:
    """Return the file in which the pretend world survives its process."""
    return Path(settings.GUILDHALL_DATA) / "sandbox.json"


def pretend_world(seed: int | None = None) -> World:
    """Return the world as it was left, or as a seed tells it when one is named or none was left."""
    left = None if seed is not None else load(state_file())
    return left or make_world(seed or 2026, now=time.time())


def is_at_home_here() -> bool:
    """Tell whether the house knows no server but pretended ones.

    A bot that finds itself in other servers than before takes those it misses for lost.
    """
    pretended = [int(guild_id) for guild_id in pretend_world().guilds]
    with cross_guild("a pretend Discord must not meet real servers"):
        return not Guild.objects.present().exclude(pk__in=pretended).exists()
