"""Errands: asked once, done once, and given up in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import HouseError
from community.models import Errand
from community.services.errands import (
    claim_errands,
    fail_errand,
    finish_errand,
    give_up_errand,
    lane_of,
    retry_errand,
    send_errand,
    write_line,
)
from community.services.leases import LEAD, LostLead, hold_lease
from community.services.orders import Trouble
from tests.factories import ErrandFactory, GrantFactory, StaffFactory

pytestmark = pytest.mark.django_db

LOST = Trouble("Discord does not answer.", timedelta(seconds=1), is_unsure=True)
BUSY = Trouble("Discord asks us to wait.", timedelta(seconds=1))
REFUSED = Trouble("The channel is gone.", timedelta(days=1), is_final=True)


@pytest.fixture(autouse=True)
def epoch():
    return hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))


@pytest.fixture
def moderator(guild):
    staff = StaffFactory()
    GrantFactory(guild=guild, staff=staff, capabilities=["moderate"])
    return staff


def ask(guild, key="hello"):
    payload = {"channel_id": "1", "message": {"content": "Hello"}}
    return send_errand(guild_id=guild.pk, kind="message", dedupe_key=key, payload=payload)


def claimed(epoch, later=timedelta(0)):
    return claim_errands(now=timezone.now() + later, epoch=epoch, most=50)


def row(errand):
    return Errand.objects.get(pk=errand.pk, guild_id=errand.guild_id)


def test_the_same_key_is_the_same_errand(guild, epoch):
    assert ask(guild).pk == ask(guild).pk
    assert len(claimed(epoch)) == 1
    assert claimed(epoch) == []


def test_a_channel_is_told_one_thing_after_the_other(guild, epoch):
    first, second = ask(guild, "first"), ask(guild, "second")

    (in_hand,) = claimed(epoch)
    assert in_hand.pk == first.pk
    about = {"now": timezone.now(), "epoch": epoch, "most": 50, "besides": [first.pk]}
    assert claim_errands(**about, lanes=[lane_of(in_hand)]) == []
    finish_errand(errand=in_hand, result={}, epoch=epoch)
    assert [each.pk for each in claimed(epoch)] == [second.pk]


def test_a_slow_channel_does_not_stand_before_a_quick_one(guild, epoch):
    waiting = [ask(guild, f"slow {number}") for number in range(8)]
    payload = {"channel_id": "2", "message": {"content": "Hello"}}
    quick = send_errand(guild_id=guild.pk, kind="message", dedupe_key="quick", payload=payload)

    slow, other = claimed(epoch)

    assert {slow.pk, other.pk} == {waiting[0].pk, quick.pk}
    about = {"now": timezone.now(), "epoch": epoch, "most": 5, "besides": [slow.pk, quick.pk]}
    payload = {"channel_id": "3", "message": {"content": "Hello"}}
    third = send_errand(guild_id=guild.pk, kind="message", dedupe_key="third", payload=payload)
    taken = claim_errands(**about, lanes=[lane_of(slow), lane_of(other)])
    assert [each.pk for each in taken] == [third.pk]


def test_what_may_have_been_said_goes_first(guild, epoch):
    ask(guild, "first")
    doubtful = ask(guild, "second")
    Errand.objects.of(guild.pk).filter(pk=doubtful.pk).update(called_at=timezone.now())

    assert [each.pk for each in claimed(epoch)] == [doubtful.pk]


def test_done_it_stays_done(guild, epoch):
    errand = ask(guild)
    (in_hand,) = claimed(epoch)

    finish_errand(errand=in_hand, result={"message_id": "5"}, epoch=epoch)

    assert (row(errand).state, row(errand).result) == ("done", {"message_id": "5"})
    assert not finish_errand(errand=in_hand, result={}, epoch=epoch)


def test_too_late_it_is_left_undone(guild, epoch):
    errand = ask(guild)

    assert claimed(epoch, timedelta(hours=25)) == []
    assert row(errand).state == "skipped"


def test_said_perhaps_it_is_not_said_again_after_two_minutes(guild, epoch):
    errand = ask(guild)
    (in_hand,) = claimed(epoch)
    fail_errand(errand=in_hand, trouble=LOST, now=timezone.now(), epoch=epoch)

    assert len(claimed(epoch, timedelta(seconds=60))) == 1
    assert claimed(epoch, timedelta(seconds=121)) == []
    assert "may have been done" in row(errand).last_error


def test_not_said_for_certain_it_is_said_later(guild, epoch):
    ask(guild)
    (in_hand,) = claimed(epoch)
    fail_errand(errand=in_hand, trouble=BUSY, now=timezone.now(), epoch=epoch)

    assert len(claimed(epoch, timedelta(hours=1))) == 1


def test_a_bot_that_died_while_saying_it_may_have_said_it(guild, epoch):
    errand = ask(guild)
    claimed(epoch)

    assert claimed(epoch, timedelta(minutes=3)) == []
    assert row(errand).state == "skipped"


def test_who_leads_no_more_has_nothing_to_say(guild, epoch):
    ask(guild)
    (in_hand,) = claimed(epoch)

    with pytest.raises(LostLead):
        finish_errand(errand=in_hand, result={}, epoch=epoch - 1)


def test_refused_for_good_it_is_given_up_until_somebody_tries_again(guild, epoch, moderator):
    errand = ask(guild)
    (in_hand,) = claimed(epoch)
    fail_errand(errand=in_hand, trouble=REFUSED, now=timezone.now(), epoch=epoch)
    assert row(errand).state == "dead"

    retry_errand(errand=errand, by=moderator)

    assert len(claimed(epoch)) == 1


def test_what_is_done_is_not_tried_again(guild, epoch, moderator):
    errand = ask(guild)
    finish_errand(errand=claimed(epoch)[0], result={}, epoch=epoch)

    with pytest.raises(HouseError, match="nothing to try"):
        retry_errand(errand=errand, by=moderator)


def test_what_waits_can_be_left_undone(guild, epoch, moderator):
    errand = ask(guild)

    give_up_errand(errand=errand, by=moderator)

    assert row(errand).state == "skipped"
    assert claimed(epoch) == []


def test_a_line_that_changes_while_it_is_written_is_written_again(guild, epoch):
    about = {"guild_id": guild.pk, "channel_id": 1, "subject": "case:1"}
    line = write_line(**about, message={"content": "Warned"})
    (in_hand,) = claimed(epoch)
    write_line(**about, message={"content": "Pardoned"})

    finish_errand(errand=in_hand, result={"message_id": "5"}, epoch=epoch)

    (again,) = claimed(epoch)
    assert again.payload["message"] == {"content": "Pardoned"}
    assert again.result == {"message_id": "5"}
    assert again.pk == line.pk


def test_what_no_app_knows_any_more_stops_nothing_and_can_be_given_up(guild, epoch, moderator):
    stale = ErrandFactory(guild=guild, kind="of an app that is gone")
    known = ask(guild)

    assert [each.pk for each in claimed(epoch)] == [known.pk]
    with pytest.raises(HouseError):
        retry_errand(errand=stale, by=moderator)
    give_up_errand(errand=stale, by=moderator)
    assert row(stale).state == "skipped"
