"""A server of a hundred thousand is told of in pieces, and never held as a whole."""

import asyncio

import pytest

from sandbox.running import Running
from sandbox.sessions import CHUNK, Session
from sandbox.story import bare_world
from tests.sandbox.clock import EVENING
from tests.sandbox.shard import ALL_INTENTS, shard_at

SIZE = 100_000


@pytest.fixture(scope="module")
def crowded():
    world = bare_world("5")
    guild = world.add_guild("1000", "Stadium", "10")
    world.add_member(guild, "5", EVENING)
    for number in range(10, SIZE + 9):
        world.add_user(str(number), f"fan{number}")
        world.add_member(guild, str(number), EVENING)
    with Running(world) as running:
        running.server.gateway.identify_every = 0.0
        yield running


def test_all_members_arrive_in_chunks(crowded):
    async def count():
        async with shard_at(crowded, "?v=10&encoding=json&compress=zlib-stream") as shard:
            await shard.identify()
            told = await shard.until("GUILD_CREATE")
            await shard.send(8, {"guild_id": "1000", "query": "", "limit": 0})
            seen, indexes = 0, []
            while len(indexes) < SIZE // CHUNK:
                chunk = await shard.until("GUILD_MEMBERS_CHUNK")
                seen += len(chunk["members"])
                indexes.append(chunk["chunk_index"])
                shard.heard.clear()
        return told, seen, indexes

    told, seen, indexes = asyncio.run(count())

    assert (told["large"], told["member_count"], len(told["members"])) == (True, SIZE, 1)
    assert seen == SIZE
    assert indexes == list(range(SIZE // CHUNK))


def test_a_chunk_is_made_when_it_is_its_turn(crowded):
    def first_of_many(heart):
        session = Session(heart, "s", {"intents": ALL_INTENTS})
        chunks = session.chunks({"guild_id": "1000", "query": "", "limit": 0})
        next(chunks)
        return session.sequence

    assert crowded.do(first_of_many) == 1
