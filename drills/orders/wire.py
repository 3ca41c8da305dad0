"""discord.py's own HTTP client, with the pretend Discord where its connection would be.

Buckets, retries and exceptions are discord.py's; only the socket is missing.
"""

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

import aiohttp
from discord.http import HTTPClient, Route
from multidict import CIMultiDict

from drills.mortal import Mortal
from sandbox import Call, Reply

Answer = Callable[[Call], Reply]
Noting = Callable[[str], object]
NO_CONTENT = 204


class Response:
    """What discord.py reads of a response."""

    def __init__(self, reply: Reply) -> None:
        self.status, self.reason = reply.status, ""
        self.headers = CIMultiDict(reply.headers)
        self._text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        if not isinstance(reply.body, str):
            self.headers["Content-Type"] = "application/json"
        if reply.status == NO_CONTENT:
            self._text, self.headers["Content-Type"] = "", "text/html"

    async def text(self, encoding: str = "utf-8") -> str:
        """Return the body."""
        return self._text


class Session:
    """Where aiohttp would be: a call takes its time, and may never come back."""

    closed = False

    def __init__(self, life: Mortal, answer: Answer, note_date: Noting) -> None:
        self._life, self._answer, self._note_date = life, answer, note_date

    @asynccontextmanager
    async def request(self, method: str, url: str, **asked: Any) -> AsyncIterator[Response]:
        """Carry one call over, and its answer back."""
        call = _call_of(method, url, asked)
        await self._life.step(f"{method} {call.path} on its way", 0.02, 0.15)
        reply = self._answer(call)
        await self._life.step(f"{method} {call.path} answered {reply.status}", 0.02, 0.15)
        await asyncio.sleep(reply.delay)
        if reply.is_reset:
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        if reply.is_lost:
            raise aiohttp.ServerDisconnectedError
        self._note_date(reply.headers["Date"])
        yield Response(reply)

    async def close(self) -> None:
        """Nothing is open."""


def _call_of(method: str, url: str, asked: dict[str, Any]) -> Call:
    headers = asked.get("headers", {})
    body = asked.get("data")
    token = headers.get("Authorization", "").removeprefix("Bot ")
    return Call(
        method=method,
        path=url.removeprefix(Route.BASE),
        query={name: str(value) for name, value in (asked.get("params") or {}).items()},
        body=json.loads(body) if isinstance(body, str | bytes) else None,
        reason=unquote(headers.get("X-Audit-Log-Reason", "")),
        token=token or None,
        headers=headers,
    )


def http_over(session: Session, *, client: type[HTTPClient] = HTTPClient) -> HTTPClient:
    """Make discord.py's client speak through such a session, as its login would have."""
    http = client(asyncio.get_running_loop(), max_ratelimit_timeout=30.0)
    http.token = "sandbox"  # noqa: S105 - the pretend Discord's
    http.__dict__["_HTTPClient__session"] = session
    http._global_over = asyncio.Event()  # noqa: SLF001 - what static_login makes
    http._global_over.set()  # noqa: SLF001
    return http
