"""The pretend Discord on a port of this machine: REST, gateway, control interface and page."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from sandbox.control import Control
from sandbox.crowd import Crowd
from sandbox.doorstep import guard, say_headers
from sandbox.gateway import Gateway
from sandbox.heart import Sandbox
from sandbox.rest import Rest
from sandbox.story import make_world
from sandbox.world import World

PAGE = Path(__file__).with_name("page")
TICK = 0.05
LARGEST_BODY = 30_000_000


class MovableClock:
    """The time of this machine, moved as told."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        return time.time() + self.offset


class Server:
    """A sandbox with sockets around it."""

    def __init__(
        self, world: World | None = None, *, seed: int = 1, token: str = "sandbox"
    ) -> None:
        self.clock = MovableClock()
        world = world or make_world(now=self.clock())
        self.sandbox = Sandbox(world, clock=self.clock, seed=seed, token=token)
        self.gateway = Gateway(self.sandbox)
        self.crowd = Crowd(self.sandbox, seed=seed)
        self.crowd.is_awake = False
        self.control = Control(self)
        self.port = 0
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)
        self._ticking: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where REST answers."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def page_url(self) -> str:
        """Where a human may look."""
        return f"http://127.0.0.1:{self.port}/"

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[guard], client_max_size=LARGEST_BODY)
        app.on_response_prepare.append(say_headers)
        app.router.add_route("*", "/api/v10/{path:.*}", Rest(self.sandbox).answer)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        self.control.furnish(app)
        app.router.add_get("/", self._page)
        app.router.add_static("/page/", PAGE)
        return app

    async def _page(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def start(self, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1; 0 takes a free one."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Hang up and close the port."""
        if self._ticking:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
        self.control.live.end()
        for line in tuple(self.gateway.lines):
            line.close(1001)
        await self._runner.cleanup()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.sandbox.tick()
            self.crowd.step()
