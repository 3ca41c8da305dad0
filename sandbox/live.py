"""What has just changed, as a stream of server-sent events for whoever looks on."""

import asyncio
import json
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.wire import Event

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

PAUSE = 0.2  # a crowd says much; lookers are told of it together
IN_CHANNELS = ("MESSAGE", "TYPING")


class Looker:
    """One open page: the channels and servers that it has not heard of yet."""

    def __init__(self) -> None:
        self.channels: set[str] = set()
        self.guilds: set[str] = set()
        self.wake = asyncio.Event()

    def hear(self, event: Event) -> None:
        """Note where something happened."""
        if event.name.startswith(IN_CHANNELS):
            self.channels.add(event.data.get("channel_id", ""))
        elif event.name == "@hidden":
            self.channels.add("@hidden")
        elif event.guild_id and event.name != "INTERACTION_CREATE":
            self.guilds.add(event.guild_id)
        self.wake.set()

    def told(self) -> bytes:
        """Say it, and forget it."""
        told = {"channels": sorted(self.channels), "guilds": sorted(self.guilds)}
        self.channels.clear()
        self.guilds.clear()
        self.wake.clear()
        return f"data: {json.dumps(told)}\n\n".encode()


class Live:
    """All open pages."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self.lookers: set[Looker] = set()
        self.is_over = asyncio.Event()
        sandbox.listeners.append(self.hear)

    def hear(self, event: Event) -> None:
        """Pass it on."""
        for looker in self.lookers:
            looker.hear(event)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell one page what changes, until it is closed."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        looker = Looker()
        self.lookers.add(looker)
        try:
            await response.write(b": here\n\n")
            while not self.is_over.is_set():
                await looker.wake.wait()
                await response.write(looker.told())
                await asyncio.sleep(PAUSE)
        except ConnectionError:
            pass
        finally:
            self.lookers.discard(looker)
        return response

    def end(self) -> None:
        """Let every page go."""
        self.is_over.set()
        for looker in self.lookers:
            looker.wake.set()
