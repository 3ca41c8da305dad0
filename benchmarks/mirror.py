"""What it costs to meet the members of a large server, to be told the same again, and to wait."""

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from benchmarks import Figure, best_of
from community.mirror.mirror import Mirror
from community.models import MemberRole, User
from community.scope import guild_scope

GUILD = 10**17
CHUNK = 1_000
CAME = datetime(2026, 1, 1, tzinfo=UTC).isoformat()


def measure(*, quick: bool) -> Iterator[Figure]:
    """Let a mirror hear a large server as the gateway tells of it: first time, and unchanged."""
    count = 5_000 if quick else 100_000
    told = [_chunk(start, count) for start in range(0, count, CHUNK)]
    gc.collect()
    gc.freeze()  # as the bot does
    with guild_scope(GUILD):
        bare = best_of(1, lambda: User.objects.bulk_create(User(pk=n + 1) for n in range(count)))
        first, stall = asyncio.run(_tell(told, count))
        again, second_stall = asyncio.run(_tell(told, count))
        assert MemberRole.objects.standing().count() == 2 * count
    yield Figure("members mirrored", count, "members")
    yield Figure("... for the first time", first, "s", 30 * count / 100_000)
    yield Figure("... a second", count / first, "per s")
    yield Figure("... beside one bare bulk insert of as many rows", first / bare, "ratio", 12)
    yield Figure("told the same again, beside the first time", again / first, "ratio", 0.3)
    yield Figure("worst stall of the event loop", max(stall, second_stall) * 1000, "ms", 100)


class Gateway:
    """Tells of a server's members in chunks, as fast as they are taken in."""

    lists_members = True

    def __init__(self, told: list[str]) -> None:
        self.told, self.mirror = told, Mirror(self)

    async def ask_for_members(self, _: int, nonce: str) -> None:
        """Let the chunks come."""
        self.telling = asyncio.create_task(self._tell(nonce))

    async def _tell(self, nonce: str) -> None:
        for text in self.told:
            self.mirror.hear("GUILD_MEMBERS_CHUNK", {**json.loads(text), "nonce": nonce})
            await asyncio.sleep(0)

    async def guild(self, _: int) -> dict[str, object]:
        """Tell nothing more."""
        return {}

    async def invites(self, _: int) -> list[dict[str, object]]:
        """Tell of no invite."""
        return []


async def _tell(told: list[str], count: int) -> tuple[float, float]:
    gateway, stalls = Gateway(told), Stalls()
    began = time.perf_counter()
    gateway.mirror.hear("GUILD_CREATE", _server(count))
    await gateway.mirror.settled()
    took = time.perf_counter() - began
    await gateway.mirror.close()
    return took, stalls.worst()


class Stalls:
    """A heartbeat in the loop: how late it was at worst."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self._worst = max(self._worst, time.perf_counter() - began - 0.001)

    def worst(self) -> float:
        """Stop, and return the longest wait."""
        self._task.cancel()
        return self._worst


def _server(count: int) -> dict[str, object]:
    roles = [{"id": str(GUILD + n), "name": f"role{n}"} for n in range(50)]
    channels = [{"id": str(GUILD + 1000 + n), "type": 0, "name": f"c{n}"} for n in range(200)]
    facts = {"id": str(GUILD), "name": "Big", "member_count": count, "members": []}
    return {**facts, "roles": roles, "channels": channels}


def _chunk(start: int, count: int) -> str:
    numbers = range(start, min(start + CHUNK, count))
    places = {"chunk_index": start // CHUNK, "chunk_count": -(-count // CHUNK)}
    members = [_member(number) for number in numbers]
    return json.dumps({"guild_id": str(GUILD), "members": members, **places})


def _member(number: int) -> dict[str, object]:
    user = {
        "id": str(2 * GUILD + number),
        "username": f"reader{number}",
        "global_name": f"Reader {number}",
        "avatar": f"{number:032x}",
        "discriminator": "0",
        "public_flags": 0,
    }
    roles = [str(GUILD + 1 + number % 7), str(GUILD + 10 + number % 11)]
    more = {"nick": None, "joined_at": CAME, "pending": False, "deaf": False, "mute": False}
    return {"user": user, "roles": roles, "flags": 0, "premium_since": None, **more}
