"""Time that passes only when nothing else can happen: hours of waiting cost nothing.

The event loop is the standard one; where it would sleep, its clock leaps to the next appointment.
Services run at once, in the loop's own thread, where a bot would hand them to a database thread.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Deed = Callable[[], Any]


class NothingWillHappen(RuntimeError):
    """Everybody waits for somebody else, for ever."""


class _Leap(selectors.SelectSelector):
    """Nothing ever arrives from outside; waiting moves the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise NothingWillHappen
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are counted, not lived through."""

    def __init__(self, in_database: Callable[[Deed], Awaitable[Any]]) -> None:
        self._leap = _Leap()
        self._in_database = in_database
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> Any:  # type: ignore[override]
        """Run a service now; whoever gives up waiting for it does not undo it."""
        done: asyncio.Future[T] = self.create_future()
        self.create_task(self._run(partial(away_from_loop, func, *args), done))
        return done

    async def _run(self, deed: Deed, done: "asyncio.Future[Any]") -> None:
        try:
            result = await self._in_database(deed)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
            if not done.done():
                done.set_exception(error)
        else:
            if not done.done():
                done.set_result(result)


def away_from_loop(func: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run something as in a thread of its own, where no event loop runs."""
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)  # noqa: SLF001 - Django refuses to work within one
    try:
        return func(*args, **kwargs)
    finally:
        asyncio._set_running_loop(loop)  # noqa: SLF001
