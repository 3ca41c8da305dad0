"""A bot reduced to its bare connection, to see exactly what the gateway says."""

import asyncio
import json
import zlib
from contextlib import asynccontextmanager

import aiohttp

ALL_INTENTS = (1 << 26) - 1


class Shard:
    """One WebSocket at the gateway."""

    def __init__(self, socket):
        self.socket, self.heard = socket, []
        self._unpacked = zlib.decompressobj()

    async def identify(self, intents=ALL_INTENTS, **more):
        told = {"token": "sandbox", "intents": intents, "properties": {}}
        await self.send(2, {**told, **more})

    async def resume(self, session_id, seq):
        await self.send(6, {"token": "sandbox", "session_id": session_id, "seq": seq})

    async def send(self, op, data=None):
        await self.socket.send_json({"op": op, "d": data})

    async def next(self):
        """The next packet, or how the line was closed."""
        said = await asyncio.wait_for(self.socket.receive(), 30)
        if said.type is aiohttp.WSMsgType.TEXT:
            self.heard.append(said.json())
            return self.heard[-1]
        if said.type is aiohttp.WSMsgType.BINARY:
            self.heard.append(json.loads(self._unpacked.decompress(said.data)))
            return self.heard[-1]
        return {"closed": self.socket.close_code}

    async def until(self, name):
        """Listen until an event comes, and return what it says."""
        while (packet := await self.next()).get("t") != name:
            assert "closed" not in packet, packet
        return packet["d"]

    async def until_closed(self):
        while "closed" not in (packet := await self.next()):
            pass
        return packet["closed"]

    @property
    def sequence(self):
        return max(each["s"] for each in self.heard if each.get("s"))


@asynccontextmanager
async def shard_at(sandbox, query="?v=10&encoding=json"):
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(sandbox.gateway_url + query, max_msg_size=0) as socket,
    ):
        shard = Shard(socket)
        assert (await shard.next())["op"] == 10
        yield shard
