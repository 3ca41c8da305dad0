"""One pace for all calls; what changes something does not wait behind what only looks."""

import asyncio
from contextlib import nullcontext

import pytest
from discord.http import Route

from community.runner.pacer import BURST, CALLS_PER_SECOND, LEISURE_WAITS, Pacer, at_leisure
from drills.virtual import VirtualLoop

AWAKE = 10.0  # seconds before the first call: what may go together has been saved up


@pytest.fixture
def loop():
    loop = VirtualLoop(None)
    yield loop
    loop.close()


def called(loop, *asked):
    """Ask for these calls, each after a pause, and return which were made when."""
    made = []

    async def request(route):
        made.append((route.path, round(loop.time() - AWAKE, 3)))

    async def ask_all():
        await asyncio.sleep(AWAKE)
        paced = Pacer(uptime=loop.time).paced(request)
        calls = []
        for method, path, pause in asked:
            await asyncio.sleep(pause)
            with at_leisure() if method == "READ" else nullcontext():
                verb = "GET" if method == "READ" else method
                calls.append(asyncio.create_task(paced(Route(verb, path))))
        await asyncio.gather(*calls)

    loop.run_until_complete(ask_all())
    return made


def order_of(made):
    return [path for path, _ in made]


def test_no_more_calls_go_out_than_we_may(loop):
    made = called(loop, *(("PUT", "/a", 0.0) for _ in range(200)))

    for within in (1, 2, 4):
        assert sum(at < within for _, at in made) <= within * CALLS_PER_SECOND + BURST + 1
    assert made[-1][1] < 200 / CALLS_PER_SECOND


def test_what_changes_something_goes_before_what_looks_and_that_before_what_nobody_waits_for(loop):
    reads = [("READ", "/log", 0.0)] * 30
    looks = [("GET", "/look", 0.0)] * 20

    made = order_of(called(loop, *reads, *looks, ("DELETE", "/lift", 0.1)))

    assert made.index("/lift") < BURST + 7
    assert made[made.index("/lift") + 1 :].count("/look") > 10
    assert made[-15:] == ["/log"] * 15


def test_who_waited_long_goes_first_all_the_same(loop):
    acts = [("PUT", "/ban", 1 / (CALLS_PER_SECOND + 5))] * 1_500

    made = called(loop, *[("PUT", "/ban", 0.0)] * 40, ("READ", "/log", 0.0), *acts)

    assert dict(made)["/log"] < LEISURE_WAITS + 5
