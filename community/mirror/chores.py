"""What goes on beside hearing: one task for each chore, and none twice at once."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)

Name = tuple[str | int, ...]  # its kind, and what it is about
Chore = Callable[[], Coroutine[None, None, None]]


class Chores:
    """Begins chores by name, says when one broke, and ends them all at the end."""

    def __init__(self) -> None:
        self._tasks: dict[Name, asyncio.Task[None]] = {}

    def begin(self, name: Name, chore: Chore) -> None:
        """Begin a chore unless it is under way."""
        if name not in self._tasks:
            task = self._tasks[name] = asyncio.create_task(self._do(name, chore))
            task.add_done_callback(lambda done: self._forget(name, done))

    def begin_anew(self, name: Name, chore: Chore) -> None:
        """Begin a chore from its start, even when it is under way."""
        if task := self._tasks.pop(name, None):
            task.cancel()
        self.begin(name, chore)

    async def done(self, kind: str) -> None:
        """Wait until no chore of this kind is under way."""
        while tasks := [task for name, task in self._tasks.items() if kind in name]:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """End every chore."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _do(self, name: Name, chore: Chore) -> None:
        try:
            await chore()
        except Exception as error:  # noqa: BLE001 - one server's trouble is not another's
            log.warning("The mirror broke off %s: %s: %s", name, type(error).__name__, error)

    def _forget(self, name: Name, task: asyncio.Task[None]) -> None:
        if self._tasks.get(name) is task:
            del self._tasks[name]
