"""A process that may be gone at any step: between two effects, without a last word."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from random import Random
from typing import Any, TypeVar

ALIVE: ContextVar["Mortal | None"] = ContextVar("alive", default=None)
Tell = Callable[[str], None]
T = TypeVar("T")


class Mortal:
    """One run of a process, with all that it does at the same time."""

    def __init__(self, name: str, chance: Random, crash: Callable[[], float], tell: Tell) -> None:
        self.name, self.is_alive = name, True
        self.is_dead = asyncio.Event()
        self._chance, self._crash, self._tell = chance, crash, tell
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._thaws_at = 0.0

    def start(self, work: Coroutine[Any, Any, object]) -> "asyncio.Task[Any]":
        """Begin the process's first task; those that it starts belong to it, too."""
        return self.do(lambda: asyncio.get_running_loop().create_task(work))

    def do(self, deed: Callable[[], T]) -> T:
        """Do something at once; the tasks that it starts belong to the process."""
        token = ALIVE.set(self)
        try:
            return deed()
        finally:
            ALIVE.reset(token)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Let a task end with the process."""
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def step(self, words: str, least: float, most: float) -> None:
        """Let a moment pass in which everything may end."""
        await asyncio.sleep(self._chance.uniform(least, most))
        await asyncio.sleep(self._thaws_at - asyncio.get_running_loop().time())
        if self.is_alive and self._chance.random() < self._crash():
            self._tell(f"{self.name} is killed: {words}")
            self.die()
        if not self.is_alive:
            raise asyncio.CancelledError

    def freeze(self, span: float) -> None:
        """Stand still for a while, as a stopped machine does, and know nothing of it."""
        self._thaws_at = asyncio.get_running_loop().time() + span

    def die(self) -> None:
        """Be gone; what is on its way arrives, what was remembered is forgotten."""
        self.is_alive = False
        self.is_dead.set()
        mine = asyncio.current_task()
        for task in list(self._tasks):
            if task is not mine:
                task.cancel()


def adopting(loop: asyncio.AbstractEventLoop, work: Any, **kwargs: Any) -> "asyncio.Task[Any]":
    """Make a task, as the loop's factory, that ends with the process that started it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **kwargs)
    if (life := ALIVE.get()) is not None:
        life.adopt(task)
    return task
