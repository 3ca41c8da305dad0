"""The REST interface on the wire: an HTTP request becomes a call, a reply becomes a response."""

import asyncio
import json
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.web_request import FileField

from sandbox.heart import Sandbox
from sandbox.wire import Call, Json, Reply, Upload

# Exactly so: with a charset behind it, discord.py would take the body for text.
JSON = {"Content-Type": "application/json"}


class Rest:
    """Answers under /api/v10 with what the heart says."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, as late and as badly as the faults want it."""
        call = await _read(request)
        if call is None:
            return _shown(Reply(400, {"message": "Invalid JSON", "code": 50109}))
        reply = self.sandbox.request(call)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if (reply.is_reset or reply.is_lost) and request.transport:
            request.transport.abort()
        return _shown(reply)


async def _read(request: web.Request) -> Call | None:
    try:
        body, files = await _body(request)
    except ValueError:
        return None
    authorization = request.headers.get("Authorization", "")
    return Call(
        request.method,
        "/" + request.match_info["path"],
        query=dict(request.query),
        body=body,
        reason=unquote(request.headers.get("X-Audit-Log-Reason", "")),
        token=authorization.removeprefix("Bot ") or None,
        headers=request.headers,
        files=files,
    )


async def _body(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    if not request.can_read_body:
        return None, ()
    if request.content_type.startswith("multipart/"):
        return await _form(request)
    raw = await request.read()
    return (json.loads(raw) if raw else None), ()


async def _form(request: web.Request) -> tuple[Any, tuple[Upload, ...]]:
    told, files = await request.post(), []
    for value in told.values():
        if isinstance(value, FileField):
            size = value.file.seek(0, 2)
            files.append(Upload(value.filename, size, value.content_type))
            value.file.close()
    body: Json = json.loads(str(told.get("payload_json", "{}")))
    return body, tuple(files)


def _shown(reply: Reply) -> web.Response:
    if reply.is_reset or reply.status == 204:
        return web.Response(status=204, headers=reply.headers)
    if isinstance(reply.body, str):
        return web.Response(
            status=reply.status, text=reply.body, content_type="text/html", headers=reply.headers
        )
    body = json.dumps(reply.body).encode()
    return web.Response(status=reply.status, body=body, headers={**reply.headers, **JSON})
