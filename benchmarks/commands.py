"""What a server's own commands cost each message: with two hundred of them, beside none at all.

The same messages go the whole way in, past everything that hears them; few of them call a command
that is not there, none is answered.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks import Figure
from benchmarks.bot import CHANNEL, GUILD, USER
from community import calls
from community.calls import Calls, Names
from config.bot.events import Events

MANY, TURNS = 200, 9
NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("good evening", "has anybody read this?", "!unknown", "no!", "well, well", "! really")


def measure(*, quick: bool) -> Iterator[Figure]:
    """Take the same messages in, turn by turn, with and without commands."""
    told = messages(5_000 if quick else 50_000)
    names = frozenset(f"command{number}" for number in range(MANY))
    without, with_many = asyncio.run(_both(told, frozenset(), names))
    each = 1e6 / len(told)
    yield Figure("one message past commands, none there", without * each, "us")
    yield Figure("the same, 200 there", with_many * each, "us")
    yield Figure("200 commands, beside none", with_many / without, "x", 1.1)


def messages(number: int) -> list[dict[str, Any]]:
    """Return messages as people write them; a few begin like a command."""
    dice = random.Random(7)
    return [
        {
            "id": str(number),
            "guild_id": str(GUILD),
            "channel_id": str(CHANNEL),
            "content": dice.choices(WORDS, (40, 40, 2, 8, 8, 2))[0],
            "type": 0,
            "timestamp": NOW.isoformat(),
            "author": {"id": str(USER), "username": "somebody"},
        }
        for number in range(number)
    ]


async def _both(
    told: list[dict[str, Any]], none: frozenset[str], many: frozenset[str]
) -> tuple[float, float]:
    lasting, calls.NAMES_LAST = calls.NAMES_LAST, 1e9  # nothing is read meanwhile
    try:
        ways = [_way_in(none), _way_in(many)]
        times = [[], []]  # turn by turn, so that a busy moment of the machine meets both
        for _ in range(TURNS):
            for way, taken in zip(ways, times, strict=True):
                taken.append(_feed(way, told))
        return min(times[0]), min(times[1])
    finally:
        calls.NAMES_LAST = lasting


def _way_in(names: frozenset[str]) -> dict[str, Any]:
    """Return the gateway's way in, with what hears of commands on it."""
    parsers: dict[str, Any] = {"MESSAGE_CREATE": lambda _: None}
    events, listener = Events(parsers), Calls(now=lambda: NOW)
    listener._known[str(GUILD)] = Names("!", names)
    events.listeners.append(listener.hear)
    events.unread.add("MESSAGE_CREATE")
    return parsers


def _feed(way: dict[str, Any], told: list[dict[str, Any]]) -> float:
    """Take messages in, and return the seconds of computing that this took."""
    take_in, began = way["MESSAGE_CREATE"], time.process_time()
    for each in told:
        take_in(each)
    return time.process_time() - began
