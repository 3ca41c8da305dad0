"""Standing orders: every wish counts, nothing is lost, and only the last word is believed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from community.kinds import ABSENT, Seen
from community.models import AT_ONCE, StandingOrder
from community.scope import cross_guild
from community.services.leases import LEAD, LostLead, hold_lease
from community.services.orders import (
    Trouble,
    accept_drift,
    claim_orders,
    drop_order,
    fail_order,
    hold_guild,
    is_current,
    observe_orders,
    release_guild,
    settle_order,
    wake_guild,
    want_order,
)
from tests.factories import GuildFactory, StandingOrderFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
OURS, FOREIGN = Seen("ours"), Seen("foreign")
READER = 400
REFUSED = Trouble("The bot lacks the permission.", timedelta(seconds=1), hold="permission")


@pytest.fixture(autouse=True)
def epoch():
    return hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))


def ban(guild, *, until=None, user_id=READER):
    reason = f"[#1 {int(until.timestamp()) if until else '-'} 5] Spam"
    about = {"guild_id": guild.pk, "user_id": user_id, "kind": "ban"}
    return want_order(**about, until=until, reason=reason)


def claimed(epoch, now=NOW):
    return claim_orders(now=now, epoch=epoch, most=50)


def settled(order, epoch, seen=OURS, now=NOW):
    assert settle_order(order=order, seen=seen, now=now, epoch=epoch)
    return row(order)


def row(order):
    return StandingOrder.objects.get(pk=order.pk, guild_id=order.guild_id)


def test_a_wish_is_due_at_once_and_taken_up_once(guild, epoch):
    ban(guild)

    assert len(claimed(epoch)) == 1
    assert claimed(epoch) == []


def test_what_a_dead_bot_had_in_hand_comes_back(guild, epoch):
    ban(guild)
    claimed(epoch)

    assert claimed(epoch, NOW + timedelta(seconds=29)) == []
    assert len(claimed(epoch, NOW + timedelta(seconds=30))) == 1


def test_the_same_wish_again_counts_again(guild, epoch):
    order = ban(guild)
    settled(*claimed(epoch), epoch)

    ban(guild)

    assert row(order).wanted_rev == 2
    assert len(claimed(epoch)) == 1


def test_a_wish_made_meanwhile_is_not_taken_for_confirmed(guild, epoch):
    order = ban(guild)
    (in_hand,) = claimed(epoch)
    ban(guild, until=NOW + timedelta(hours=1))

    settle_order(order=in_hand, seen=OURS, now=NOW, epoch=epoch)

    assert (row(order).applied_rev, row(order).wanted_rev) == (1, 2)
    assert row(order).next_check_at == AT_ONCE


def test_what_somebody_may_have_changed_since_the_look_is_looked_at_again(guild, epoch):
    ban(guild)
    (in_hand,) = claimed(epoch)
    was_current = is_current(order=in_hand, epoch=epoch)

    observe_orders(guild_id=guild.pk, user_ids=[READER])

    assert was_current
    assert not is_current(order=in_hand, epoch=epoch)


def test_an_older_token_has_nothing_to_say(guild, epoch):
    order = ban(guild)
    (first,) = claimed(epoch)
    claimed(epoch, NOW + timedelta(minutes=1))

    assert not settle_order(order=first, seen=OURS, now=NOW, epoch=epoch)
    assert not is_current(order=first, epoch=epoch)
    assert row(order).applied_rev == 0


def test_who_leads_no_more_has_nothing_to_say(guild, epoch):
    ban(guild)
    (in_hand,) = claimed(epoch)

    with pytest.raises(LostLead):
        settle_order(order=in_hand, seen=OURS, now=NOW, epoch=epoch - 1)
    with pytest.raises(LostLead):
        claimed(epoch - 1)


def test_a_settled_order_is_looked_at_again_when_it_ends(guild, epoch):
    end = NOW + timedelta(hours=1)
    order = ban(guild, until=end)

    assert settled(*claimed(epoch), epoch).next_check_at == end
    assert claimed(epoch, end - timedelta(seconds=1)) == []
    (due,) = claimed(epoch, end)
    assert (due.wanted, due.wanted_rev) == (False, 2)
    settled(due, epoch, ABSENT, end)
    assert row(order).next_check_at is None
    assert row(order).closed_at is not None


def test_what_ends_before_it_was_done_is_not_done_any_more(guild, epoch):
    end = NOW + timedelta(hours=1)
    ban(guild, until=end)

    (due,) = claimed(epoch, end + timedelta(minutes=5))

    assert not due.wanted


def test_something_seen_meanwhile_is_looked_at_once_more(guild, epoch):
    order = ban(guild)
    (in_hand,) = claimed(epoch)
    observe_orders(guild_id=guild.pk, user_ids=[READER])

    settle_order(order=in_hand, seen=OURS, now=NOW, epoch=epoch)

    assert row(order).next_check_at == AT_ONCE


def test_what_somebody_lifted_by_hand_stays_lifted(guild, epoch):
    order = ban(guild)
    settled(*claimed(epoch), epoch)
    observe_orders(guild_id=guild.pk, user_ids=[READER])
    (looked_at,) = claimed(epoch)

    assert accept_drift(order=looked_at, seen=ABSENT, now=NOW, epoch=epoch)

    assert not row(order).wanted
    assert row(order).is_settled
    assert row(order).next_check_at is None


def test_what_was_never_confirmed_is_nobodys_wish_to_lift_it(guild, epoch):
    order = ban(guild)
    (unsettled,) = claimed(epoch)

    assert not accept_drift(order=unsettled, seen=ABSENT, now=NOW, epoch=epoch)

    assert row(order).wanted
    assert row(order).next_check_at == AT_ONCE


def test_what_waits_for_a_permission_is_tried_one_at_a_time(guild, epoch):
    for number in range(3):
        ban(guild, user_id=READER + number)
    for order in claimed(epoch):
        fail_order(order=order, trouble=REFUSED, now=NOW, epoch=epoch)

    probed = [len(claimed(epoch, NOW + timedelta(minutes=m))) for m in (1, 3)]

    assert probed == [1, 1]


def test_rights_that_change_wake_one_and_its_success_the_others(guild, epoch):
    for number in range(3):
        ban(guild, user_id=READER + number)
    for order in claimed(epoch):
        fail_order(order=order, trouble=REFUSED, now=NOW, epoch=epoch)

    wake_guild(guild_id=guild.pk)

    (probe,) = claimed(epoch)
    assert claimed(epoch) == []
    settled(probe, epoch)
    assert len(claimed(epoch)) == 2


def test_what_discord_takes_from_nobody_makes_the_whole_server_wait(guild, epoch):
    wait = Trouble("No more bans of strangers.", timedelta(hours=1), is_everybodys=True)
    for number in range(3):
        ban(guild, user_id=READER + number)
    first, *_ = claimed(epoch)

    fail_order(order=first, trouble=wait, now=NOW, epoch=epoch)

    assert claimed(epoch, NOW + timedelta(minutes=59)) == []
    assert len(claimed(epoch, NOW + timedelta(minutes=60))) == 3


def test_one_probe_that_goes_well_wakes_all(guild, epoch):
    for number in range(3):
        ban(guild, user_id=READER + number)
    for order in claimed(epoch):
        fail_order(order=order, trouble=REFUSED, now=NOW, epoch=epoch)
    later = NOW + timedelta(minutes=2)
    (probe,) = claimed(epoch, later)

    settled(probe, epoch, now=later)

    assert len(claimed(epoch, later)) == 2


def test_a_held_order_still_ends_on_time(guild, epoch):
    end = NOW + timedelta(minutes=10)
    ban(guild, until=end)
    (order,) = claimed(epoch)
    for _ in range(6):
        fail_order(order=order, trouble=REFUSED, now=NOW, epoch=epoch)

    (due,) = claimed(epoch, end)

    assert not due.wanted


def test_a_server_that_is_away_is_left_alone_until_it_returns(guild, epoch):
    ban(guild)
    hold_guild(guild_id=guild.pk)

    assert claimed(epoch) == []
    release_guild(guild_id=guild.pk)
    assert len(claimed(epoch)) == 1


def test_one_server_does_not_keep_the_others_waiting(guild, epoch):
    for number in range(20):
        ban(guild, user_id=READER + number)
    with cross_guild("a second server waits, too"):
        other = StandingOrderFactory(guild=GuildFactory())

    taken = claim_orders(now=NOW, epoch=epoch, most=10)

    assert other.pk in {order.pk for order in taken}


def test_what_nobody_ever_wished_needs_no_lifting(guild):
    assert drop_order(guild_id=guild.pk, user_id=READER, kind="ban") is None


def test_the_database_keeps_an_unconfirmed_wish_from_being_forgotten(guild):
    order = ban(guild)

    with pytest.raises(IntegrityError, match="never_lost"), transaction.atomic():
        StandingOrder.objects.filter(pk=order.pk).update(next_check_at=None)


def test_the_database_keeps_a_confirmed_order_ending_on_time(guild, epoch):
    order = ban(guild, until=NOW + timedelta(hours=1))
    settled(*claimed(epoch), epoch)

    for late in (None, NOW + timedelta(hours=2)):
        with pytest.raises(IntegrityError, match="ends_on_time"), transaction.atomic():
            StandingOrder.objects.filter(pk=order.pk).update(next_check_at=late)


def test_discord_never_confirms_what_was_not_wished(guild):
    order = ban(guild)

    with pytest.raises(IntegrityError, match="applied_was_wanted"), transaction.atomic():
        StandingOrder.objects.filter(pk=order.pk).update(applied_rev=5)


def test_what_no_app_knows_any_more_stops_nothing(guild, epoch):
    StandingOrderFactory(guild=guild, kind="of an app that is gone")
    known = StandingOrderFactory(guild=guild)

    assert [each.pk for each in claimed(epoch)] == [known.pk]
