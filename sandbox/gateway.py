"""The gateway: every session and connection, and the orders that faults give to them."""

from aiohttp import web

from sandbox.connection import Connection
from sandbox.heart import Sandbox
from sandbox.journal import Entry
from sandbox.sessions import Session
from sandbox.wire import Event, Json


class Gateway:
    """All sessions, and the numbers of the gateway, which may be changed while it runs."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.sessions: dict[str, Session] = {}
        self.lines: set[Connection] = set()
        self.heartbeat_interval = 41.25
        self.ack_after = 0.02  # sooner, and discord.py believes that it is 30 s behind
        self.identify_every = 5.0
        self.max_concurrency = 1
        self.resumable_for = 300.0
        self._last_identify: dict[int, float] = {}
        sandbox.listeners.append(self.hear)

    def hear(self, event: Event) -> None:
        """Pass an event on to every session; an order concerns the gateway itself."""
        if event.name.startswith("@"):
            self._obey(event)
            return
        for session in tuple(self.sessions.values()):
            if session.cut_at is not None and self._is_over(session):
                del self.sessions[session.id]
            else:
                session.hear(event)

    def _is_over(self, session: Session) -> bool:
        return session.cut_at is not None and (
            self.sandbox.now - session.cut_at > self.resumable_for
        )

    def _obey(self, order: Event) -> None:
        for line in tuple(self.lines):
            if order.name == "@reconnect":
                line.send({"op": 7, "d": None})
            elif order.name == "@invalidate":
                self._invalidate(line, is_resumable=order.data["is_resumable"])
            elif order.name == "@close":
                line.close(order.data["code"] or 4000)
            elif order.name == "@outage":
                line.close(1001)

    def _invalidate(self, line: Connection, *, is_resumable: bool) -> None:
        if line.session and not is_resumable:
            self.forget(line.session)
            line.session = None
        line.send({"op": 9, "d": is_resumable})

    def forget(self, session: Session) -> None:
        """End a session for good."""
        session.line = None
        self.sessions.pop(session.id, None)

    def waits_for(self, shard: int, now: float) -> bool:
        """Tell whether a shard identifies too soon after another of its bucket."""
        bucket = shard % self.max_concurrency
        if now - self._last_identify.get(bucket, float("-inf")) < self.identify_every:
            return True
        self._last_identify[bucket] = now
        return False

    def note(self, deed: str, told: Json, status: int = 200) -> None:
        """Write into the journal who came or was sent away."""
        at = self.sandbox.now
        entry = Entry(at, "GATEWAY", deed, "", told, "", status, 0, (f"gateway {deed} {told}",))
        self.sandbox.journal.write(entry)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until it ends."""
        if self.sandbox.is_down:
            told = {"Date": self.sandbox.date}
            return web.Response(status=503, text="Service Unavailable", headers=told)
        socket = web.WebSocketResponse(compress=False, max_msg_size=16_384, timeout=1.0)
        socket.headers["Date"] = self.sandbox.date
        await socket.prepare(request)
        line = Connection(self, socket, request)
        self.lines.add(line)
        try:
            await line.run(request.query)
        finally:
            self.lines.discard(line)
        return socket
