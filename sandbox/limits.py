"""Rate limits: a bucket for each route and place, one for the bot as a whole, and Cloudflare's.

The numbers are Discord's as far as they are known, and may be changed while it runs.
"""

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from sandbox.routing import Route
from sandbox.wire import Json, Reply

REAL = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "POST /channels/{channel_id}/messages/bulk-delete": (1, 1.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": (1, 0.25),
    "POST /channels/{channel_id}/typing": (5, 5.0),
    "GET /channels/{channel_id}/messages": (5, 1.0),
    "PATCH /channels/{channel_id}": (5, 15.0),
    "PATCH /guilds/{guild_id}/members/{user_id}": (10, 10.0),
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": (10, 10.0),
    "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}": (10, 10.0),
    "GET /guilds/{guild_id}/members": (10, 10.0),
    "GET /guilds/{guild_id}/bans": (1, 5.0),
    "GET /guilds/{guild_id}/audit-logs": (10, 10.0),
    "POST /users/@me/channels": (10, 10.0),
    "PUT /applications/{application_id}/commands": (5, 20.0),
    "PUT /applications/{application_id}/guilds/{guild_id}/commands": (5, 20.0),
}
KEPT_WINDOWS = 10_000
INVALID_SPAN = 600.0
INVALID_STATUSES = (401, 403, 429)


@dataclass(slots=True)
class _Window:
    until: float
    left: int


@dataclass
class Limits:
    """How much is allowed, and how much of it has been used."""

    routes: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(REAL))
    usual: tuple[int, float] = (5, 1.0)
    all_routes: int = 50  # a second, for the whole bot
    invalid_most: int = 10_000  # in ten minutes, for the address
    is_on: bool = True
    invalid: deque[float] = field(default_factory=deque)
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    _all: _Window = field(default_factory=lambda: _Window(0.0, 0))

    def take(self, route: Route, major: str, now: float) -> tuple[Reply | None, dict[str, str]]:
        """Use up one call: a refusal or None, and the headers that tell what is left."""
        if not self.is_on:
            return None, {}
        if route.counts and (wait := self._take_from_all(now)):
            return limited(wait, scope="global"), {}
        most, span = self.routes.get(route.name, self.usual)
        window = self._window(route.bucket, major, now, most, span)
        headers = _told(route, most, window, now)
        if window.left <= 0:
            return limited(window.until - now, scope="user"), headers
        window.left -= 1
        headers["X-RateLimit-Remaining"] = str(window.left)
        return None, headers

    def _window(self, bucket: str, major: str, now: float, most: int, span: float) -> _Window:
        window = self._windows.get((bucket, major))
        if window is None or window.until <= now:
            if len(self._windows) > KEPT_WINDOWS:
                self._windows = {k: w for k, w in self._windows.items() if w.until > now}
            window = self._windows[bucket, major] = _Window(now + span, most)
        return window

    def _take_from_all(self, now: float) -> float:
        if self._all.until <= now or self._all.until > now + 1:
            self._all = _Window(now + 1, self.all_routes)
        self._all.left -= 1
        return self._all.until - now if self._all.left < 0 else 0.0

    def note(self, reply: Reply, now: float) -> None:
        """Count what Discord calls an invalid request; a shared limit is nobody's fault."""
        shared = reply.headers.get("X-RateLimit-Scope") == "shared"
        if reply.status in INVALID_STATUSES and not shared:
            self.invalid.append(now)

    def is_cut_off(self, now: float) -> bool:
        """Tell whether Cloudflare lets nothing through any more."""
        while self.invalid and self.invalid[0] <= now - INVALID_SPAN:
            self.invalid.popleft()
        return len(self.invalid) >= self.invalid_most


def limited(wait: float, *, scope: str) -> Reply:
    """Make a 429; without `Via`, discord.py would take it for Cloudflare's."""
    body: Json = {
        "message": "You are being rate limited.",
        "retry_after": round(max(wait, 0.001), 3),
        "global": scope == "global",
        "code": 0,
    }
    headers = {"Retry-After": str(ceil(wait)), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return Reply(429, body, headers)


def cut_off() -> Reply:
    """Make Cloudflare's own answer: a page, not JSON, and no `Via`."""
    return Reply(403, "<!DOCTYPE html><title>Access denied</title>error code: 1015\n")


def _told(route: Route, most: int, window: _Window, now: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": str(window.left),
        "X-RateLimit-Reset": f"{window.until:.3f}",
        "X-RateLimit-Reset-After": f"{window.until - now:.3f}",
        "X-RateLimit-Bucket": route.bucket,
    }
