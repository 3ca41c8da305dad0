"""The gateway holds bots to Discord's manners."""

import asyncio

import aiohttp
import pytest

from tests.sandbox.guest import guest_at
from tests.sandbox.places import a_place
from tests.sandbox.shard import ALL_INTENTS, shard_at

MEMBERS, CONTENT = 1 << 1, 1 << 15


def test_a_bot_is_greeted_and_told_of_every_server(sandbox):
    async def meet():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            ready = await shard.until("READY")
            told = [await shard.until("GUILD_CREATE") for _ in ready["guilds"]]
        return ready, told

    ready, told = asyncio.run(meet())

    assert all(each["unavailable"] for each in ready["guilds"])
    assert [each["id"] for each in ready["guilds"]] == [each["id"] for each in told]
    assert all(each["large"] and each["member_count"] > 100 for each in told[:2])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 30}, 4013),
        ({"shard": [3, 2]}, 4010),
    ],
)
def test_a_wrong_identify_is_refused_with_its_code(sandbox, asked, code):
    async def meet():
        async with shard_at(sandbox) as shard:
            await shard.identify(**asked)
            return await shard.until_closed()

    assert asyncio.run(meet()) == code


def test_privileged_intents_must_be_switched_on(sandbox):
    sandbox.do(lambda heart: heart.world.application.update(flags=0))

    async def meet(intents):
        async with shard_at(sandbox) as shard:
            await shard.identify(intents=intents)
            return await shard.next()

    assert asyncio.run(meet(ALL_INTENTS)) == {"closed": 4014}
    assert asyncio.run(meet(ALL_INTENTS & ~MEMBERS & ~CONTENT & ~(1 << 8)))["t"] == "READY"


def test_what_people_write_is_hidden_without_the_intent(sandbox):
    place = a_place(sandbox)
    bot = sandbox.do(lambda heart: heart.world.bot_id)

    async def listen():
        async with shard_at(sandbox) as shard:
            await shard.identify(intents=ALL_INTENTS & ~CONTENT)
            await shard.until("GUILD_CREATE")
            sandbox.people.say(place.human, place.channel, "for nobody's ears")
            sandbox.people.say(place.human, place.channel, f"<@{bot}> for yours")
            return [(await shard.until("MESSAGE_CREATE"))["content"] for _ in range(2)]

    assert asyncio.run(listen()) == ["", f"<@{bot}> for yours"]


def test_after_a_cut_the_session_goes_on_with_what_was_missed(sandbox):
    place = a_place(sandbox)

    async def live():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            session = (await shard.until("READY"))["session_id"]
            await shard.socket.close(code=4000)
        sandbox.people.say(place.human, place.channel, "while you were away")
        async with shard_at(sandbox) as again:
            await again.resume(session, shard.sequence)
            missed = await again.until("MESSAGE_CREATE")
            await again.until("RESUMED")
        return missed["content"]

    assert asyncio.run(live()) == "while you were away"


def test_a_session_that_was_ended_is_not_resumed(sandbox):
    async def live():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            session = (await shard.until("READY"))["session_id"]
            sandbox.add_fault("invalidate")
            while (ended := await shard.next())["op"] != 9:
                pass
        async with shard_at(sandbox) as again:
            await again.resume(session, shard.sequence)
            return ended, await again.next()

    assert asyncio.run(live()) == ({"op": 9, "d": False}, {"op": 9, "d": False})


def test_a_sequence_from_the_future_is_refused(sandbox):
    async def live():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            session = (await shard.until("READY"))["session_id"]
        async with shard_at(sandbox) as again:
            await again.resume(session, 10_000)
            return await again.next()

    sandbox.server.gateway.forget = lambda _session: None

    assert asyncio.run(live()) == {"closed": 4007}


def test_more_than_120_sends_a_minute_are_too_many(sandbox):
    async def shout():
        async with shard_at(sandbox) as shard:
            for _ in range(121):
                await shard.send(1)
            return await shard.until_closed()

    assert asyncio.run(shout()) == 4008


def test_a_bot_whose_heart_stops_is_cut_off(sandbox):
    sandbox.server.gateway.heartbeat_interval = 0.2

    async def sleep():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            return await shard.until_closed()

    assert asyncio.run(sleep()) == 4009


def test_discord_can_ask_to_come_again(sandbox):
    async def listen():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            await shard.until("READY")
            sandbox.add_fault("reconnect")
            sandbox.add_fault("close", code=4001)
            packets = [packet := await shard.next()]
            while "closed" not in packet:
                packets.append(packet := await shard.next())
            return packets[-2:]

    assert asyncio.run(listen()) == [{"op": 7, "d": None}, {"closed": 4001}]


def test_identifying_twice_within_five_seconds_is_too_soon(sandbox):
    sandbox.server.gateway.identify_every = 3600.0

    async def meet():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            return await shard.next()

    assert asyncio.run(meet())["t"] == "READY"
    assert asyncio.run(meet()) == {"op": 9, "d": False}


def test_each_shard_hears_of_its_own_servers(sandbox):
    async def meet(number):
        async with shard_at(sandbox) as shard:
            await shard.identify(shard=[number, 2])
            return [each["id"] for each in (await shard.until("READY"))["guilds"]]

    guilds = [asyncio.run(meet(number)) for number in (0, 1)]

    assert len(guilds[0]) + len(guilds[1]) == 3
    assert all((int(each) >> 22) % 2 == 0 for each in guilds[0])
    assert all((int(each) >> 22) % 2 == 1 for each in guilds[1])


def test_members_are_found_by_name_and_by_id(sandbox):
    place = a_place(sandbox)
    name = sandbox.do(lambda heart: heart.world.users[place.human]["username"])

    async def ask(**asked):
        async with shard_at(sandbox) as shard:
            await shard.identify()
            await shard.until("READY")
            await shard.send(8, {"guild_id": place.guild, **asked})
            return await shard.until("GUILD_MEMBERS_CHUNK")

    by_name = asyncio.run(ask(query=name, limit=5, nonce="n1"))
    by_id = asyncio.run(ask(user_ids=[place.human, "1"], limit=0, presences=True))

    assert [each["user"]["id"] for each in by_name["members"]] == [place.human]
    assert by_name["nonce"] == "n1"
    assert [each["user"]["id"] for each in by_id["members"]] == [place.human]
    assert by_id["not_found"] == ["1"]


def test_an_unavailable_server_goes_and_comes_back(sandbox):
    place = a_place(sandbox)

    async def listen():
        async with shard_at(sandbox) as shard:
            await shard.identify()
            for _ in range(3):
                await shard.until("GUILD_CREATE")
            fault = sandbox.add_fault("guild_outage", guild_id=place.guild)
            gone = await shard.until("GUILD_DELETE")
            sandbox.end_fault(fault)
            return gone, (await shard.until("GUILD_CREATE"))["id"]

    assert asyncio.run(listen()) == ({"id": place.guild, "unavailable": True}, place.guild)


def test_the_page_of_a_stranger_is_refused(sandbox):
    async def ask(headers):
        async with aiohttp.ClientSession() as http:
            url = f"{sandbox.url}/gateway"
            async with http.get(url, headers={"Authorization": "Bot sandbox", **headers}) as reply:
                return reply.status

    assert asyncio.run(ask({})) == 200
    assert asyncio.run(ask({"Host": "evil.example"})) == 403
    assert asyncio.run(ask({"Origin": "https://evil.example"})) == 403
    assert asyncio.run(ask({"Sec-Fetch-Site": "cross-site"})) == 403


def test_the_whole_list_of_members_needs_its_intent(sandbox):
    place = a_place(sandbox)

    async def ask():
        async with shard_at(sandbox) as shard:
            await shard.identify(intents=ALL_INTENTS & ~MEMBERS)
            await shard.send(8, {"guild_id": place.guild, "query": "", "limit": 0})
            return await shard.until_closed()

    assert asyncio.run(ask()) == 4014


def test_discord_py_is_ready_and_resumes(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def live():
        async with guest_at(sandbox, monkeypatch) as bot:
            members = len(bot.get_guild(int(place.guild)).members)
            message = asyncio.create_task(bot.heard("message"))
            await asyncio.sleep(0)
            await bot.ws.socket.close(code=4000)
            sandbox.people.say(place.human, place.channel, "while you were away")
            return members, (await message).content

    assert asyncio.run(live()) == (251, "while you were away")
    assert len(sandbox.journal("GATEWAY", "IDENTIFY")) == 1
    assert len(sandbox.journal("GATEWAY", "RESUME")) == 1
