"""Where uses of commands become batches: whoever answers somebody never waits for them.

What one bot could not write before it left, the next one of its process writes; what was not
written when a process is killed, a few seconds' worth, is not counted.
"""

import asyncio
import logging

from community.bridge import call, may_pass
from community.services.uses import Use, write_uses

log = logging.getLogger(__name__)

BETWEEN_WRITES = 2.0
MOST_AT_ONCE = 1_000
MOST_WAITING = 20_000

# There is one for each process.
_waiting: list[Use] = []


def count_command_use(use: Use) -> None:
    """Have a use counted; nothing here waits, and while the database is away the bound holds."""
    if len(_waiting) < MOST_WAITING:
        _waiting.append(use)


class Tallying:
    """Writes what is counted, a few seconds' worth at a time, for as long as a bot lives."""

    def __init__(self) -> None:
        self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(BETWEEN_WRITES)
            await write_what_waits()

    async def close(self) -> None:
        """Write the last ones."""
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await write_what_waits()


async def write_what_waits() -> None:
    """Write what waits; what the database cannot take now is left for the next time."""
    while batch := _waiting[:MOST_AT_ONCE]:
        try:
            await call(write_uses, uses=batch)
        except Exception as error:
            if await may_pass(error):
                return
            log.exception("%s uses of commands are not counted.", len(batch))
        del _waiting[: len(batch)]
