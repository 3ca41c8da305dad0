"""Drills live in time that is counted, not lived through; the real clocks do not reach them."""

import asyncio
import time
from random import Random

import pytest
from django.utils import timezone

from community.bridge import call
from community.services.leases import hold_lease
from drills.clocks import BEGINNING, Clocks
from drills.mortal import Mortal, adopting
from drills.virtual import NothingWillHappen, VirtualLoop


async def at_once(deed):
    return deed()


@pytest.fixture
def loop():
    loop = VirtualLoop(at_once)
    loop.set_task_factory(adopting)
    yield loop
    loop.close()


def test_a_month_of_waiting_costs_nothing(loop):
    before = time.monotonic()

    loop.run_until_complete(asyncio.wait_for(asyncio.sleep(30 * 86400), 31 * 86400))

    assert loop.time() == pytest.approx(30 * 86400)
    assert time.monotonic() - before < 20


def test_whoever_waits_for_nobody_is_told(loop):
    waiting = loop.create_future()

    with pytest.raises(NothingWillHappen):
        loop.run_until_complete(waiting)


@pytest.mark.django_db
def test_a_service_runs_in_the_loop_and_its_refusal_comes_back(loop):
    def refuse():
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        loop.run_until_complete(call(refuse))


@pytest.mark.django_db
def test_django_and_the_database_ask_the_machine_of_the_story(loop):
    from datetime import timedelta

    clocks = Clocks(loop.time)
    clocks.machine_is_off_by = 3600.0

    with clocks.in_force():
        assert timezone.now() == BEGINNING + timedelta(hours=1)
        hold_lease(name="drill", holder="one", span=timedelta(seconds=10))
        clocks.machine_is_off_by = 3609.0
        assert hold_lease(name="drill", holder="two", span=timedelta(seconds=10)) is None
        clocks.machine_is_off_by = 3611.0
        assert hold_lease(name="drill", holder="two", span=timedelta(seconds=10)) == 2

    assert timezone.now() < BEGINNING


def test_a_process_that_dies_takes_its_tasks_with_it(loop):
    done, told = [], []

    async def live():
        life = Mortal("bot", Random(1), lambda: float("nothing" not in told), told.append)

        async def work():
            asyncio.get_running_loop().create_task(child())
            await life.step("in the middle", 1, 2)
            done.append("work")

        async def child():
            await asyncio.sleep(10)
            done.append("child")

        life.start(work())
        await life.is_dead.wait()
        await asyncio.sleep(20)

    loop.run_until_complete(live())

    assert done == []
    assert told == ["bot is killed: in the middle"]
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
