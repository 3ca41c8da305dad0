"""One WebSocket of the gateway, with Discord's manners about coming, going and haste."""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from sandbox.deeds import members
from sandbox.heart import Sandbox
from sandbox.intents import KNOWN, MEMBERS, refused_intents
from sandbox.sessions import Session
from sandbox.wire import Json

if TYPE_CHECKING:
    from sandbox.gateway import Gateway

SENDS, SENDS_SPAN = 120, 60.0
MOST_WAITING = 100_000  # packets on a line that does not read
GUILDS_A_SHARD = 2_500
WORDS = {
    4001: "Unknown opcode.", 4002: "Error while decoding payload.", 4003: "Not authenticated.",
    4004: "Authentication failed.", 4005: "Already authenticated.", 4007: "Invalid seq.",
    4008: "Rate limited.", 4009: "Session timed out.", 4010: "Invalid shard.",
    4011: "Sharding required.", 4012: "Invalid API version.", 4013: "Invalid intent(s).",
    4014: "Disallowed intent(s).",
}  # fmt: skip
Pack = Callable[[bytes], bytes]


class HangUp(Exception):
    """What a bot has done makes the gateway close the line."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"{code} {WORDS.get(code, '')}")


class Connection:
    """One WebSocket: a reader, a writer, and what waits to be written."""

    def __init__(
        self, gateway: "Gateway", socket: web.WebSocketResponse, request: web.Request
    ) -> None:
        self.gateway, self.sandbox, self.socket = gateway, gateway.sandbox, socket
        self.session: Session | None = None
        self.resume_url = f"ws://{request.host}/gateway"
        self._waiting: deque[bytes] = deque()
        self._streams: deque[Iterator[bytes]] = deque()
        self._wake = asyncio.Event()
        self._closing = 0
        self._sends: deque[float] = deque()
        self._heard_at = self._time()
        self._pack = packer(request.query.get("compress", ""))

    async def run(self, query: Any) -> None:
        """Say HELLO, listen until the end, and leave the session resumable if it may be."""
        reader = asyncio.create_task(self._listen(query))
        writer = asyncio.create_task(self._write())
        watcher = asyncio.create_task(self._watch())
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if self._closing:  # the last words are still on their way
                await asyncio.wait({writer}, timeout=5)
        finally:
            self._part()
            for task in (reader, writer, watcher):
                task.cancel()
            ends = await asyncio.gather(reader, writer, watcher, return_exceptions=True)
        if troubles := [each for each in ends if isinstance(each, Exception)]:
            raise troubles[0]
        # Nobody reads any more: only so does aiohttp wait for the bot's own goodbye. Else the port
        # is closed at once, and the bot may see 1006 where it was told 4004.
        if self._closing:
            words = WORDS.get(self._closing, "").encode()
            await self.socket.close(code=self._closing, message=words)

    async def _listen(self, query: Any) -> None:
        try:
            self._greet(query.get("v", "10"))
            await self._read()
        except HangUp as reason:
            self.gateway.note("close", {"code": reason.code}, reason.code)
            self.close(reason.code)

    def _greet(self, version: str) -> None:
        if version not in ("9", "10") or self._pack is None:
            raise HangUp(4012)
        interval = int(self.gateway.heartbeat_interval * 1000)
        self.send({"op": 10, "d": {"heartbeat_interval": interval, "_trace": ["sandbox"]}})

    def _part(self) -> None:
        """Leave the session; who says goodbye (1000, 1001) does not come back to it."""
        session, self.session = self.session, None
        if session and session.line is self:
            session.line, session.cut_at = None, self.sandbox.now
            if self.socket.close_code in (1000, 1001) and not self._closing:
                self.gateway.forget(session)

    def send(self, packet: Json) -> None:
        """Send something that is not an event."""
        self.push(json.dumps(packet).encode())

    def push(self, packet: bytes) -> None:
        """Let a packet be sent after those that wait."""
        self._waiting.append(packet)
        self._wake.set()
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self.close(4000)

    def close(self, code: int) -> None:
        """Hang up, once everything is sent."""
        self._closing = self._closing or code
        self._wake.set()

    async def _write(self) -> None:
        with suppress(ConnectionError, RuntimeError):
            while not (self._closing and not self._waiting):
                await self._write_next()

    async def _write_next(self) -> None:
        assert self._pack is not None  # noqa: S101  run() hangs up first
        if self._waiting:
            packet: bytes | None = self._waiting.popleft()
        elif self._streams:
            packet = next(self._streams[0], None)
            if packet is None:
                self._streams.popleft()
        else:
            self._wake.clear()
            await self._wake.wait()
            return
        if packet is not None:
            await self._send(packet)

    async def _send(self, packet: bytes) -> None:
        assert self._pack is not None  # noqa: S101
        if self._pack is plain:
            await self.socket.send_str(packet.decode())
        else:
            await self.socket.send_bytes(self._pack(packet))

    async def _watch(self) -> None:
        """Close the line of a bot whose heart has stopped."""
        while True:
            interval = self.gateway.heartbeat_interval
            await asyncio.sleep(interval / 4)
            if self._time() - self._heard_at > interval * 1.5:
                self.gateway.note("close", {"code": 4009}, 4009)
                self.close(4009)
                return

    async def _read(self) -> None:
        async for said in self.socket:
            if said.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            self._count()
            packet = _decoded(said.data)
            if packet["op"] not in OPERATIONS:
                raise HangUp(4001)
            if packet["op"] not in (1, 2, 6) and self.session is None:
                raise HangUp(4003)
            await OPERATIONS[packet["op"]](self, packet.get("d"))

    def _count(self) -> None:
        now = self._time()
        self._sends.append(now)
        while self._sends[0] <= now - SENDS_SPAN:
            self._sends.popleft()
        if len(self._sends) > SENDS:
            raise HangUp(4008)

    def _time(self) -> float:
        return asyncio.get_running_loop().time()

    async def heartbeat(self, _sequence: Any) -> None:
        """Answer a heartbeat, but not at once."""
        self._heard_at = self._time()
        loop = asyncio.get_running_loop()
        loop.call_later(self.gateway.ack_after, self.send, {"op": 11})

    async def identify(self, asked: Any) -> None:
        """Begin a session."""
        if self.session:
            raise HangUp(4005)
        _check(self.sandbox, asked)
        shard = (asked.get("shard") or [0, 1])[0]
        if self.gateway.waits_for(shard, self._time()):
            self.send({"op": 9, "d": False})
            return
        session_id = f"{self.sandbox.chance.getrandbits(128):032x}"
        self.session = Session(self.sandbox, session_id, asked)
        self.session.line = self
        self.gateway.sessions[session_id] = self.session
        self.gateway.note("IDENTIFY", {"session": session_id, "shard": shard})
        if asked.get("presence"):
            await self.presence(asked["presence"])
        self.session.greet(self.resume_url)

    async def resume(self, asked: Any) -> None:
        """Go on with a session, or say that it is over."""
        if not isinstance(asked, dict) or asked.get("token") != self.sandbox.token:
            raise HangUp(4004)
        session = self.gateway.sessions.get(str(asked.get("session_id")))
        if session and not 0 <= asked["seq"] <= session.sequence:
            raise HangUp(4007)
        if session is None or not session.can_resume(asked["seq"]):
            self.send({"op": 9, "d": False})
            return
        if isinstance(session.line, Connection):
            session.line.close(4000)
        self.session = session
        self.gateway.note("RESUME", {"session": session.id, "sequence": asked["seq"]})
        session.resume(self, asked["seq"])

    async def presence(self, asked: Any) -> None:
        """Let the bot show itself as it wishes."""
        activities = asked.get("activities") or []
        status = asked.get("status", "online")
        shown = {"status": status, "activities": activities, "client_status": {"web": status}}
        self.sandbox.world.presences[self.sandbox.world.bot_id] = shown

    async def voice(self, asked: Any) -> None:
        """Let the bot enter a voice channel, or leave it."""
        guild = self.sandbox.world.guilds.get(str(asked.get("guild_id")))
        bot_id = self.sandbox.world.bot_id
        if guild is None or bot_id not in guild.members:
            return
        channel_id = str(asked["channel_id"]) if asked.get("channel_id") else None
        selves = {key: bool(asked.get(key)) for key in ("self_mute", "self_deaf")}
        members.set_voice(self.sandbox, guild, bot_id, channel_id, **selves)
        if channel_id:
            told = {"token": "sandbox", "guild_id": guild.id, "endpoint": None}
            self.sandbox.emit("VOICE_SERVER_UPDATE", told, guild.id)

    async def members(self, asked: Any) -> None:
        """Tell who is in a server; the whole list is for those who may know it."""
        assert self.session is not None  # noqa: S101  _read() looks first
        guild = self.sandbox.world.guilds.get(str(asked.get("guild_id")))
        if guild is None or not guild.is_available or not self.session.has_guild(guild.id):
            return
        whole = not asked.get("user_ids") and not asked.get("query")
        if whole and not self.session.intents & MEMBERS:
            raise HangUp(4014)
        self._streams.append(self.session.chunks(asked))
        self._wake.set()


OPERATIONS: dict[int, Callable[[Connection, Any], Awaitable[None]]] = {
    1: Connection.heartbeat,
    2: Connection.identify,
    3: Connection.presence,
    4: Connection.voice,
    6: Connection.resume,
    8: Connection.members,
}


def plain(packet: bytes) -> bytes:
    """Send it as it is."""
    return packet


def packer(compress: str) -> Pack | None:
    """Return how packets are packed on a line; None for a way that is not known here."""
    if compress == "zlib-stream":
        squeezer = zlib.compressobj()
        return lambda packet: squeezer.compress(packet) + squeezer.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":
        return _zstd()
    return None if compress else plain


def _zstd() -> Pack | None:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # noqa: PLC0415
    except ImportError:
        return None
    squeezer = zstd.ZstdCompressor()
    return lambda packet: bytes(squeezer.compress(packet, squeezer.FLUSH_BLOCK))


def _decoded(data: str | bytes) -> Json:
    try:
        packet = json.loads(data)
    except ValueError:
        raise HangUp(4002) from None
    if not isinstance(packet, dict) or not isinstance(packet.get("op"), int):
        raise HangUp(4002)
    return packet


def _check(sandbox: Sandbox, asked: Any) -> None:
    """Refuse an IDENTIFY with the code that Discord would close the line with."""
    if not isinstance(asked, dict) or asked.get("token") != sandbox.token:
        raise HangUp(4004)
    _check_shard(sandbox, asked.get("shard") or [0, 1])
    intents = asked.get("intents")
    if not isinstance(intents, int) or intents & ~KNOWN or intents < 0:
        raise HangUp(4013)
    if refused_intents(intents, sandbox.world.application.get("flags", 0)):
        raise HangUp(4014)


def _check_shard(sandbox: Sandbox, shard: Any) -> None:
    if len(shard) != 2 or not 0 <= shard[0] < shard[1]:
        raise HangUp(4010)
    if len(sandbox.world.guilds) / shard[1] > GUILDS_A_SHARD:
        raise HangUp(4011)
