"""What Discord refuses shows in the case and in the log; what waits for words waits briefly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.kinds import Seen
from community.models import AT_ONCE, Errand, GuildSettings
from community.services.errands import claim_errands, fail_errand, finish_errand
from community.services.leases import LEAD, hold_lease
from community.services.orders import Hold, Trouble, claim_orders, fail_order, settle_order
from moderation.services import deeds
from moderation.services.docket import Decision, Deed
from moderation.services.records import add_to_case
from tests.factories import ChannelFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db
READER = 400
SOON = timedelta(seconds=1)
FORBIDDEN = Trouble("The bot lacks the permission.", SOON, hold=Hold.PERMISSION)
GONE = Trouble("The account is gone.", timedelta(days=1), is_final=True)


@pytest.fixture(autouse=True)
def epoch():
    return hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))


@pytest.fixture
def logged(guild):
    """A server with a log of its cases, in which the reader is a member."""
    GuildSettings.objects.of(guild.pk).update(moderation_log=ChannelFactory(guild=guild))
    MemberFactory(guild=guild, user=UserFactory(pk=READER))
    return guild


def decide(guild, kind):
    deed = Deed(kind=kind, user_id=READER, reason="Spoilers")
    decision = Decision(guild_id=guild.pk, moderator_id=7, is_sure=True)
    return getattr(deeds, f"{kind}_member")(decision=decision, deed=deed)


def taken_up(epoch, later=timedelta(0)):
    """Return the kinds of errands that are claimed, with their rows."""
    claimed = claim_errands(now=timezone.now() + later, epoch=epoch, most=50)
    return {errand.kind: errand for errand in claimed}


def line_of(case):
    return str(Errand.objects.of(case.guild_id).get(dedupe_key=f"line:case:{case.number}").payload)


def refuse(epoch, trouble):
    (order,) = claim_orders(now=timezone.now() + timedelta(minutes=1), epoch=epoch, most=5)
    fail_order(order=order, trouble=trouble, now=timezone.now(), epoch=epoch)


@pytest.mark.parametrize("kind", ["kick", "softban"])
def test_who_is_put_out_is_told_first_for_three_seconds(logged, epoch, kind):
    decide(logged, kind)

    assert set(taken_up(epoch)) == {"tell_person", "log_line"}
    assert set(taken_up(epoch, timedelta(seconds=3.5))) == {kind}


def test_a_kick_waits_no_longer_than_its_words(logged, epoch):
    decide(logged, "kick")
    words = taken_up(epoch)["tell_person"]

    finish_errand(errand=words, result={}, epoch=epoch)

    assert Errand.objects.of(logged.pk).get(kind="kick").due_at == AT_ONCE


def test_a_refused_ban_shows_in_its_case_and_its_line(logged, epoch):
    case = decide(logged, "ban")
    finish_errand(errand=taken_up(epoch)["tell_person"], result={}, epoch=epoch)

    for _ in range(2):
        refuse(epoch, FORBIDDEN)

    (event,) = case.events.filter(verb="failed")
    assert event.facts == {"why": "The bot lacks the permission."}
    assert "Not done: The bot lacks the permission" in line_of(case)
    assert "They were told of it all the same" in line_of(case)


def test_words_that_come_after_the_refusal_are_owned_up_to(logged, epoch):
    case = decide(logged, "ban")
    words = taken_up(epoch)["tell_person"]
    refuse(epoch, GONE)

    finish_errand(errand=words, result={}, epoch=epoch)

    assert "They were told of it all the same" in line_of(case)


def test_a_ban_that_comes_at_last_is_refused_no_more(logged, epoch):
    case = decide(logged, "ban")
    refuse(epoch, FORBIDDEN)
    (order,) = claim_orders(now=timezone.now() + timedelta(hours=1), epoch=epoch, most=5)

    settle_order(order=order, seen=Seen("ours"), now=timezone.now(), epoch=epoch)

    assert [event.verb for event in case.events.in_order()] == ["opened", "failed", "delivered"]
    assert "Not done" not in line_of(case)


def test_a_kick_that_came_to_nothing_says_why(logged, epoch):
    case = decide(logged, "kick")
    errand = taken_up(epoch, timedelta(seconds=4))["kick"]

    fail_errand(errand=errand, trouble=GONE, now=timezone.now(), epoch=epoch)

    assert case.events.get(verb="failed").facts == {"why": "The account is gone."}
    assert "Not done" in line_of(case)


def test_what_is_tried_again_by_itself_is_no_refusal(logged, epoch):
    case = decide(logged, "ban")

    refuse(epoch, Trouble("Discord does not answer.", SOON))

    assert not case.events.filter(verb="failed").exists()


def test_who_is_banned_is_not_softbanned(logged):
    decide(logged, "ban")

    with pytest.raises(HouseError, match="lift the ban"):
        decide(logged, "softban")


def test_only_moderators_add_to_a_case(logged):
    case = decide(logged, "mute")
    stranger = Decision(guild_id=logged.pk, moderator_id=8, permissions=0)

    with pytest.raises(NotAllowed):
        add_to_case(case=case, decision=stranger, text="I saw it")
