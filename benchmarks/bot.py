"""How fast the bot takes events in, beside a bare client of the library in the same run."""

import asyncio
import json
import time
from collections.abc import Iterator

import discord
from discord.gateway import DiscordWebSocket

from benchmarks import Figure
from config.bot.client import Bot
from config.bot.leader import Lead

GUILD, CHANNEL, USER = 10**17, 2 * 10**17, 3 * 10**17
ROUNDS = 15
INTENTS = discord.Intents(guilds=True, guild_messages=True, message_content=True)


class Bare(discord.AutoShardedClient):
    """What anybody would begin with: no memory of members or messages, an empty handler."""

    def __init__(self) -> None:
        super().__init__(
            intents=INTENTS,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )

    async def on_message(self, message: discord.Message) -> None:
        """Do nothing."""


class Ours(Bot):
    """The house's bot with the same handler."""

    on_message = Bare.on_message


def measure(*, quick: bool) -> Iterator[Figure]:
    """Feed both the same events, turn by turn, and compare the best of each."""
    number = 1_000 if quick else 5_000
    bare, ours = asyncio.run(_compare(number))
    yield Figure("MESSAGE_CREATE a CPU-second, bare discord.py", number / bare, "per s")
    yield Figure("MESSAGE_CREATE a CPU-second, the bot", number / ours, "per s")
    yield Figure("the bot / bare discord.py", bare / ours, "x", goal=0.9, or_more=True)


async def _compare(number: int) -> tuple[float, float]:
    lead = Lead(1, asked_at=time.monotonic())
    ours = Ours(lead)
    takes: dict[discord.AutoShardedClient, list[float]] = {Bare(): [], ours: []}
    texts = [_event(each) for each in range(number)]
    for client in takes:
        await client._async_setup_hook()
        enter(client)
    for _ in range(ROUNDS):
        for client, seconds in takes.items():
            seconds.append(await feed(client, texts))
    for client in takes:
        await client.close()
    bare, our = (min(seconds) for seconds in takes.values())
    return bare, our


def enter(
    client: discord.AutoShardedClient, guilds: range = range(GUILD, GUILD + 1), channels: int = 1
) -> None:
    """Let a client know some servers and their channels, as if the gateway had told of them."""
    state = client._connection
    state._intents = INTENTS
    state.user = discord.ClientUser(state=state, data=_user(USER + 1))
    for guild in guilds:
        first = CHANNEL + (guild - GUILD) * channels
        known = [_channel(key) for key in range(first, first + channels)]
        about = {"id": str(guild), "name": "Talk", "member_count": 2, "roles": [], "members": []}
        state._add_guild_from_data({**about, "channels": known})


async def feed(client: discord.AutoShardedClient, texts: list[str]) -> float:
    """Let a client read events as its socket does; return the CPU-seconds that it took."""
    socket = DiscordWebSocket(None, loop=asyncio.get_running_loop())
    socket._discord_parsers, socket._dispatch = client._connection.parsers, client.dispatch
    socket.shard_id = 0
    began = time.process_time()
    for number, text in enumerate(texts):
        await socket.received_message(text)
        if number % 100 == 0:
            await asyncio.sleep(0)  # the handlers' turn
    await asyncio.sleep(0)
    return time.process_time() - began


def _channel(key: int) -> dict[str, object]:
    return {
        "id": str(key),
        "type": 0,
        "name": "talk",
        "position": 0,
        "permission_overwrites": [],
    }


def _user(user_id: int) -> dict[str, object]:
    return {
        "id": str(user_id),
        "username": "reader",
        "discriminator": "0",
        "avatar": None,
        "bot": False,
    }


def _event(number: int) -> str:
    return event(number, 4 * 10**17 + number, GUILD, CHANNEL, USER)


def event(number: int, key: int, guild: int, channel: int, user: int) -> str:
    """Return the event of a message, in a server, in a channel, of somebody, as it is sent."""
    member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False}
    message = {
        "id": str(key),
        "channel_id": str(channel),
        "guild_id": str(guild),
        "author": _user(user),
        "member": {**member, "nick": None, "flags": 0},
        "content": f"words {number} that somebody might say of an evening, and a few more",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "type": 0,
        **dict.fromkeys(("tts", "mention_everyone", "pinned"), False),
    }
    return json.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": number + 1, "d": message})
