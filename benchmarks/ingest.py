"""What it costs to keep what people write: the whole way from the gateway's text to the database.

Beside it, in the same run: a bare client of the library, which keeps nothing, and the two ways in
which bots usually keep messages, one at a time.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import discord
from django.db import connection
from django.utils import timezone

from activity.intake import Intake
from activity.models import MemberDay, MemberTotals, MessageEvent
from activity.services.messages import Message
from activity.snowflakes import first_id_at
from benchmarks import Figure
from benchmarks.bot import CHANNEL, GUILD, USER, Bare, enter, event, feed
from community.models import Guild, GuildSettings
from community.scope import cross_guild
from config.bot.client import Bot, leave_the_loop_its_turn
from config.bot.doors import open_doors
from config.bot.leader import Lead

GUILDS, CHANNELS, PEOPLE, BURST, ROUNDS = 50, 4, 200, 8, 5
FED = 20_000
KEYS = count(first_id_at(timezone.now()))


def conversation(
    number: int, *, guilds: int = GUILDS, since: datetime | None = None
) -> list[Message]:
    """Return messages as people write them: some of one person in a row, busy servers more."""
    dice, written = random.Random(number), []
    keys = KEYS if since is None else count(first_id_at(since), 1 << 22)
    while len(written) < number:
        place = min(int(dice.paretovariate(1)), guilds) - 1
        user, channel = dice.randrange(PEOPLE), dice.randrange(CHANNELS)
        for _ in range(int(dice.expovariate(1 / BURST)) + 1):
            about = (GUILD + place, next(keys), CHANNEL + place * CHANNELS + channel)
            written.append(Message(*about, USER + place * PEOPLE + user, 60, 12))
    return written[:number]


def make_servers(guilds: int = GUILDS) -> None:
    """Make servers in which everything is counted and earned."""
    Guild.objects.bulk_create(Guild(pk=GUILD + n, name=f"Talk {n}") for n in range(guilds))
    GuildSettings.objects.bulk_create(GuildSettings(guild_id=GUILD + n) for n in range(guilds))


def measure(*, quick: bool) -> Iterator[Figure]:
    """Feed each of them the same conversations, turn by turn."""
    number, few = (3_000, 150) if quick else (20_000, 1_000)
    with cross_guild("the bench writes for many servers"):
        make_servers()
        seen = asyncio.run(_compare(number, few))
        assert sum(MemberDay.objects.values_list("messages", flat=True)) == number * ROUNDS
    yield Figure("CPU of a message, bare discord.py", seen.cpu["bare"] * 1e6, "us")
    yield Figure("CPU of a message, every feature on", seen.cpu["kept"] * 1e6, "us")
    yield Figure("... beside bare discord.py", seen.cpu["kept"] / seen.cpu["bare"], "x", 1.6)
    kept = seen.took["kept"]
    yield Figure("messages a second, kept and counted", 1 / kept, "per s", 20_000, or_more=True)
    for name, words, goal in BESIDE:
        yield Figure(f"... beside {words}", seen.took[name] / kept, "x", goal, or_more=True)
    yield Figure("loop lag of bare discord.py, p99", seen.lag("bare", 0.99), "ms")
    yield Figure("... worst", seen.lag("bare", 1), "ms")
    yield Figure("loop lag while messages are kept, p99", seen.lag("kept", 0.99), "ms", 25)
    yield Figure("... worst", seen.lag("kept", 1), "ms", 100)
    yield from _memory()


def _memory() -> Iterator[Figure]:
    """Compare what processes of their own keep in memory."""
    bare, kept = _resident(BARE), _resident(KEPT)
    yield Figure("memory of bare discord.py, on no server", bare, "MB")
    yield Figure(f"memory of the bot after {FED:,} messages", kept, "MB", 260)
    yield Figure("... beside bare discord.py", kept / bare, "x")


def _resident(program: str) -> float:
    name = connection.settings_dict["NAME"]
    done = subprocess.run(
        [sys.executable, "-c", program, str(name)], check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1]) / 1024


def keep_in(name: str) -> None:
    """Let a bot of this process keep messages in a database."""
    connection.settings_dict["NAME"] = name
    with cross_guild("the bench writes for many servers"):
        asyncio.run(_keep())


async def _keep() -> None:
    bot = Bot(Lead(1, asked_at=time.monotonic()))
    await bot._async_setup_hook()
    enter(bot, range(GUILD, GUILD + GUILDS), CHANNELS)
    await open_doors(bot)
    bot.pass_over_messages()
    await feed(bot, [_event(each) for each in conversation(FED)])
    await _intake_of(bot).settled()
    await bot.close()


# What each prints last is the memory of its process, in KB.
RESIDENT = "print(next(each.split()[1] for each in open('/proc/self/status') if 'VmRSS' in each))"
BARE = f"""
import asyncio, discord
async def live():
    client = discord.AutoShardedClient(intents=discord.Intents.default(), max_messages=None)
    await client._async_setup_hook()
asyncio.run(live())
{RESIDENT}
"""
KEPT = f"""
import sys, django
django.setup()
from benchmarks.ingest import keep_in
keep_in(sys.argv[1])
{RESIDENT}
"""


BESIDE = (
    ("bare", "bare discord.py keeping nothing", 0.6),
    ("saved", "one asave() for each", 25),
    ("asked", "SELECT and INSERT for each", 40),
)


@dataclass
class Seen:
    """The best of several rounds, in seconds for a message, and every lag of the loop."""

    cpu: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    lags: dict[str, list[list[float]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: str, number: int, cpu: float, took: float) -> None:
        """Note one round."""
        self.cpu[name] = min(self.cpu.get(name, cpu), cpu / number)
        self.took[name] = min(self.took.get(name, took), took / number)

    def lag(self, name: str, share: float) -> float:
        """Return the lag, in milliseconds, that so large a share of a round stayed within.

        Of the quietest round, as of the times: the one least disturbed by others.
        """
        rounds = (sorted(each) for each in self.lags[name])
        return min(each[min(int(len(each) * share), len(each) - 1)] for each in rounds) * 1e3


class Saving(Bare):
    """Keeps each message with a save of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0

    async def on_message(self, message: discord.Message) -> None:
        """Keep it."""
        about = {"guild_id": message.guild.id, "channel_id": message.channel.id}
        row = MessageEvent(pk=message.id, user_id=message.author.id, **about)
        await row.asave(force_insert=True)
        self.kept += 1


class Asking(Saving):
    """Looks whether the person is known before each message is kept."""

    async def on_message(self, message: discord.Message) -> None:
        """Ask, and keep it."""
        known = MemberTotals.objects.filter(guild_id=message.guild.id, user_id=message.author.id)
        await known.afirst()
        await super().on_message(message)


async def _compare(number: int, few: int) -> Seen:
    seen, ours = Seen(), Bot(Lead(1, asked_at=time.monotonic()))
    quick, slow = {"bare": Bare(), "kept": ours}, {"saved": Saving(), "asked": Asking()}
    for client in [*quick.values(), *slow.values()]:
        await client._async_setup_hook()
        enter(client, range(GUILD, GUILD + GUILDS), CHANNELS)
    await open_doors(ours)
    ours.pass_over_messages()
    leave_the_loop_its_turn()
    for name, client in [*quick.items()] * ROUNDS:
        await _run(seen, name, client, number)
    for name, client in slow.items():
        await _run(seen, name, client, few)
    for client in [*quick.values(), *slow.values()]:
        await client.close()
    return seen


async def _run(seen: Seen, name: str, client: discord.AutoShardedClient, number: int) -> None:
    told, lags = [_event(each) for each in conversation(number)], []
    beating = asyncio.create_task(_beat(lags))
    cpu, began = time.process_time(), time.perf_counter()
    await feed(client, told)
    if name == "kept":
        await _intake_of(client).settled()
    while isinstance(client, Saving) and client.kept < number:  # noqa: ASYNC110 - it only counts
        await asyncio.sleep(0.001)
    seen.note(name, number, time.process_time() - cpu, time.perf_counter() - began)
    beating.cancel()
    seen.lags[name].append(lags)


async def _beat(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append(time.perf_counter() - began - 0.001)


def _intake_of(bot: Bot) -> Intake:
    hearers = (getattr(each, "__self__", None) for each in bot.events.listeners)
    return next(each for each in hearers if isinstance(each, Intake))


def _event(message: Message) -> str:
    return event(message.id, message.id, message.guild_id, message.channel_id, message.user_id)
