"""What every answer of Discord's tells besides itself: its time, and how long it took."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp


class Trace:
    """Listens to each call that the library makes."""

    def __init__(self, note_date: Callable[[str], object]) -> None:
        self.note_date = note_date
        self.took: float | None = None

    def config(self) -> aiohttp.TraceConfig:
        """Return it in the form in which the library takes it."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._begin)
        config.on_request_end.append(self._end)
        return config

    async def _begin(self, _: object, call: SimpleNamespace, __: object) -> None:
        call.began = asyncio.get_running_loop().time()

    async def _end(
        self, _: object, call: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        self.took = asyncio.get_running_loop().time() - call.began
        if date := told.response.headers.get("Date"):
            self.note_date(date)
