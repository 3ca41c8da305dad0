"""Who may come in: programs and people of this machine, but no stranger's web page."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

HOSTS = ("127.0.0.1", "localhost", "::1")
WORDS = "The pretend Discord answers only to 127.0.0.1 and to its own page."
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other names of this machine (rebinding) and pages from elsewhere (forgery)."""
    if not _is_welcome(request):
        return web.json_response({"message": WORDS}, status=403)
    return await handler(request)


async def say_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers of safety on whatever goes out."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _is_welcome(request: web.Request) -> bool:
    host = request.headers.get("Host", "")
    if _name_in(f"//{host}") not in HOSTS:
        return False
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return False
    origin = request.headers.get("Origin")
    return origin is None or origin == f"http://{host}"


def _name_in(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
