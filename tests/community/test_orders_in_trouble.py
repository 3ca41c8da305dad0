"""Orders and errands in trouble: one stops no other, and what may have been heard stays noted."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import discord
import pytest

from community.clock import DiscordClock
from community.kinds import Seen, order_kind
from community.models import Errand, StandingOrder
from community.runner import Runner
from community.services.errands import claim_errands, fail_errand, send_errand, write_line
from community.services.leases import LEAD, hold_lease
from community.services.orders import (
    Trouble,
    claim_orders,
    fail_order,
    observe_orders,
    settle_order,
    want_order,
)

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
IN_A_WHILE = NOW + timedelta(minutes=30)
PAUSE = timedelta(seconds=1)
REFUSED = Trouble("The bot lacks the permission.", PAUSE, hold="permission")
UNHEARD = Trouble("Discord does not answer.", PAUSE, is_unsure=True)
ASKED_TO_WAIT = Trouble("Discord asks us to wait.", PAUSE)


@pytest.fixture(autouse=True)
def epoch():
    return hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))


def ban(guild, *users, until=None):
    for user in users:
        about = {"guild_id": guild.pk, "user_id": user, "kind": "ban"}
        want_order(**about, until=until, reason="[#1 - 5] Spam")


def claimed(epoch, now=NOW):
    return claim_orders(now=now, epoch=epoch, most=50)


def refused(orders, epoch, now=NOW):
    for order in orders:
        fail_order(order=order, trouble=REFUSED, now=now, epoch=epoch)
    return [order.user_id for order in orders]


def tried(trouble, epoch, now=NOW):
    (errand,) = claim_errands(now=now, epoch=epoch, most=5)
    fail_errand(errand=errand, trouble=trouble, now=now, epoch=epoch)


def line(guild, content, **known):
    errand = write_line(guild_id=guild.pk, channel_id=1, subject="7", message={"content": content})
    Errand.objects.of(guild.pk).update(valid_until=NOW + timedelta(days=1), **known)
    return errand


def refusal(status, code=0):
    answer = SimpleNamespace(status=status, reason="No")
    error = discord.NotFound if status == 404 else discord.HTTPException
    return error(answer, {"code": code, "message": "No"})


class Refusing:
    """A Discord that refuses whatever it is asked."""

    def __init__(self, error):
        self.error = error

    async def ban(self, *_, **__):
        raise self.error

    get_ban = unban = ban


def test_refused_orders_near_their_end_do_not_stop_what_is_due(guild, epoch):
    ban(guild, 1, 2, until=NOW + timedelta(seconds=50))
    for order in claimed(epoch):
        settle_order(order=order, seen=Seen("ours"), now=NOW, epoch=epoch)
    observe_orders(guild_id=guild.pk)
    refused(claimed(epoch), epoch)
    observe_orders(guild_id=guild.pk)

    probes = claimed(epoch, NOW + timedelta(seconds=5))

    assert len(probes) == 1


def test_who_waits_for_a_permission_has_a_turn_at_trying(guild, epoch):
    ban(guild, 1, 2, 3)
    refused(claimed(epoch), epoch)

    later = [NOW + timedelta(minutes=31 * n) for n in range(1, 4)]
    probed = [user for now in later for user in refused(claimed(epoch, now), epoch, now)]

    assert sorted(probed) == [1, 2, 3]


def test_one_refusal_postpones_all_that_wait_also_those_that_end(guild, epoch):
    ban(guild, 1, 2, until=NOW + timedelta(days=1))
    refused(claimed(epoch), epoch)
    now = NOW + timedelta(minutes=31)
    refused(claimed(epoch, now), epoch, now)

    assert claimed(epoch, now + timedelta(seconds=90)) == []


@pytest.mark.parametrize("deed", ["read_back", "undo"])
def test_a_server_that_is_gone_says_nothing_about_its_bans(guild, deed):
    order = StandingOrder(guild_id=guild.pk, user_id=1, kind="ban")
    when = [NOW] if deed == "read_back" else []

    with pytest.raises(discord.NotFound):
        asyncio.run(getattr(order_kind("ban"), deed)(Refusing(refusal(404, 10004)), order, *when))


def test_a_later_refusal_does_not_undo_the_doubt_about_an_earlier_call(guild, epoch):
    about = {"kind": "message", "dedupe_key": "a"}
    send_errand(guild_id=guild.pk, payload={"channel_id": "1", "message": {}}, **about)
    Errand.objects.of(guild.pk).update(valid_until=NOW + timedelta(days=1))
    tried(UNHEARD, epoch)
    tried(ASKED_TO_WAIT, epoch, NOW + PAUSE)

    assert claim_errands(now=IN_A_WHILE, epoch=epoch, most=5) == []
    assert Errand.objects.of(guild.pk).get().state == Errand.State.SKIPPED


def test_a_first_call_that_was_refused_leaves_no_doubt(guild, epoch):
    line(guild, "Old")
    tried(ASKED_TO_WAIT, epoch)

    assert len(claim_errands(now=IN_A_WHILE, epoch=epoch, most=5)) == 1


def test_a_changed_line_does_not_forget_that_it_may_stand_there_already(guild, epoch):
    line(guild, "Old")
    tried(UNHEARD, epoch)

    changed = line(guild, "New")

    assert (changed.attempts, changed.called_at) == (1, NOW)


def test_an_edit_is_repeated_after_however_long_an_outage(guild, epoch):
    line(guild, "Old", result={"channel_id": "1", "message_id": "2"})
    tried(UNHEARD, epoch)

    assert len(claim_errands(now=IN_A_WHILE, epoch=epoch, most=5)) == 1


def test_a_refused_token_ends_the_runner(guild, monkeypatch):
    order = StandingOrder(guild_id=guild.pk, user_id=1, kind="ban", wanted=True)
    clock = DiscordClock()
    clock.note("Wed, 01 May 2030 12:00:00 GMT")
    runner = Runner(http=Refusing(refusal(401)), clock=clock, epoch=1)
    due = [[order]]

    async def claim(_most):
        return due.pop() if due else []

    monkeypatch.setattr(runner, "claim", claim)

    with pytest.raises(discord.LoginFailure):
        asyncio.run(asyncio.wait_for(runner.run(), 30))
