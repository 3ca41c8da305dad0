"""The right to be the bot, with a real lease and a database that hangs."""

import asyncio
import threading
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from django.db import connection, transaction

from community.models import Lease
from config.bot import leader as leading
from config.bot.leader import Leader

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30


@pytest.fixture(autouse=True)
def _short_lease(monkeypatch):
    monkeypatch.setattr(leading, "SPAN", timedelta(seconds=1.5))
    monkeypatch.setattr(leading, "BETWEEN_RENEWALS", 0.1)
    monkeypatch.setattr(leading, "BETWEEN_TRIES", 0.1)


def lock_the_lease(is_locked, release):
    """Let everybody else wait who would write the row."""
    with transaction.atomic():
        Lease.objects.select_for_update().get(name="bot")
        is_locked.set()
        release.wait(PATIENCE)
    connection.close()


async def be_hung_up():
    """Lead, while the database stops answering and begins again."""
    is_locked, release = threading.Event(), threading.Event()
    async with Leader("bot@attic:1") as leader:
        first = await asyncio.wait_for(leader.taken(), PATIENCE)
        hanging = asyncio.create_task(asyncio.to_thread(lock_the_lease, is_locked, release))
        await asyncio.wait_for(first.lost.wait(), PATIENCE)
        was_locked, is_held = is_locked.is_set(), first.is_held
        release.set()
        await hanging
        second = await asyncio.wait_for(leader.taken(), PATIENCE)
    return was_locked, is_held, second is not first


async def reach_together():
    """Let two reach for it; who comes second leads when the first has gone."""
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        leader = await first.enter_async_context(Leader("bot@attic:1"))
        await asyncio.wait_for(leader.taken(), PATIENCE)
        other = await second.enter_async_context(Leader("bot@cellar:1"))
        waiting = asyncio.create_task(other.taken())
        await asyncio.sleep(0.5)
        was_silent = not waiting.done()
        await first.aclose()
        lead = await asyncio.wait_for(waiting, PATIENCE)
    return was_silent, lead.epoch


def test_a_database_that_hangs_costs_the_lead_before_its_end():
    assert asyncio.run(be_hung_up()) == (True, False, True)


def test_who_comes_second_waits_and_leads_with_a_new_epoch(caplog):
    assert asyncio.run(reach_together()) == (True, 2)
    assert "Another bot leads (bot@attic:1 " in caplog.text
