"""A server in a thread of its own, for whoever is not asynchronous: tests, benchmarks."""

import asyncio
import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from sandbox.faults import Fault
from sandbox.heart import Sandbox
from sandbox.journal import Entry
from sandbox.server import Server
from sandbox.world import World

T = TypeVar("T")


class Running:
    """A pretend Discord that runs; everything is done in its own thread, one thing at a time."""

    def __init__(self, world: World | None = None, *, seed: int = 1) -> None:
        self.server = Server(world, seed=seed)
        self._loop = asyncio.new_event_loop()
        self._is_up, self._end = Event(), asyncio.Event()
        self._thread = Thread(target=self._run, name="sandbox", daemon=True)
        self._trouble: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_up.wait()
        if self._trouble:
            raise self._trouble
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as trouble:  # noqa: BLE001  told to whoever starts it
            self._trouble = trouble
        finally:
            self._loop.close()
            self._is_up.set()

    async def _live(self) -> None:
        await self.server.start()
        self._is_up.set()
        await self._end.wait()
        await self.server.stop()

    @property
    def url(self) -> str:
        """Where REST answers; the setting DISCORD_API_BASE."""
        return self.server.url

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens; the setting DISCORD_GATEWAY."""
        return self.server.gateway_url

    @property
    def page_url(self) -> str:
        """Where a human may look."""
        return self.server.page_url

    @property
    def token(self) -> str:
        """What the bot must show."""
        return self.server.sandbox.token

    @property
    def people(self) -> "Doing":
        """Do what humans do: `running.people.say(user_id, channel_id, "hello")`."""
        return Doing(self, lambda sandbox: sandbox.people)

    @property
    def interactions(self) -> "Doing":
        """Use commands, buttons and forms: `running.interactions.use(user, channel, "ping")`."""
        return Doing(self, lambda sandbox: sandbox.interactions)

    @property
    def faults(self) -> list[Fault]:
        """List what goes wrong at the moment."""
        return self.do(lambda sandbox: list(sandbox.faults.in_force.values()))

    def do(self, deed: Callable[[Sandbox], T]) -> T:
        """Do something with the sandbox in its own thread, and return what came of it."""

        async def done() -> T:
            return deed(self.server.sandbox)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def add_fault(self, kind: str, *, lasting: float = 0.0, **facts: Any) -> Fault:
        """Let something go wrong."""
        return self.do(lambda sandbox: sandbox.add_fault(Fault(kind, **facts), lasting=lasting))

    def end_fault(self, fault: Fault) -> None:
        """Let it go right again."""
        self.do(lambda sandbox: sandbox.end_fault(fault.id))

    def journal(self, method: str = "", path: str = "", **wanted: Any) -> list[Entry]:
        """Ask the journal."""
        return self.do(lambda sandbox: sandbox.journal.find(method, path, **wanted))

    def move_clock(self, seconds: float) -> None:
        """Let this Discord's time jump."""
        self.do(lambda _: setattr(self.server.clock, "offset", self.server.clock.offset + seconds))

    def wait_for(
        self, condition: Callable[[Sandbox], T], *, what: str = "it", seconds: float = 30.0
    ) -> T:
        """Wait until something is true, and return it."""
        deadline = time.monotonic() + seconds
        while not (found := self.do(condition)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Waited {seconds:.0f} s for {what}.")
            time.sleep(0.01)
        return found


class Doing:
    """A part of the sandbox, each deed of which is done in the sandbox's thread."""

    def __init__(self, running: Running, part: Callable[[Sandbox], Any]) -> None:
        self._running, self._part = running, part

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def deed(*args: Any, **kwargs: Any) -> Any:
            return self._running.do(
                lambda sandbox: getattr(self._part(sandbox), name)(*args, **kwargs)
            )

        return deed
