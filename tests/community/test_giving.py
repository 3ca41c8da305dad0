"""Roles that the house gives by itself: which it may, and wishes about many people at once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import NotAllowed
from community.kinds import Seen
from community.models import StandingOrder
from community.scope import guild_scope
from community.services.giving import agree_to_give, why_not_give
from community.services.leases import LEAD, hold_lease
from community.services.orders import claim_orders, settle_order
from community.services.privacy import erase_person
from community.services.wishes import drop_role_of, leave_role_to, want_role_of
from tests.factories import (
    CommandSyncFactory,
    GrantFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StaffFactory,
    StandingOrderFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
KICK, BAN = 1 << 1, 1 << 2
PEOPLE = (401, 402, 403)


@pytest.fixture
def bot(guild):
    """The bot's own member, whose highest role stands at 10."""
    user = UserFactory(id=CommandSyncFactory().application_id, is_bot=True)
    member = MemberFactory(guild=guild, user=user)
    MemberRoleFactory(guild=guild, member=member, role=RoleFactory(guild=guild, position=10))
    return member


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"position": 9}, ""),
        ({"position": 10}, "below my own role"),
        ({"managed": True}, "belongs to a bot"),
        ({"permissions": KICK}, "kick members: that takes the owner's word"),
        ({"permissions": KICK | 1 << 11}, "kick members: that"),
        ({"permissions": 1 << 11}, ""),
        ({"deleted_at": timezone.now()}, "deleted"),
    ],
)
def test_some_roles_are_not_given_by_themselves(guild, bot, told, words):
    role = RoleFactory(guild=guild, **told)

    said = why_not_give(role=role)

    assert words in said
    assert bool(words) == bool(said)


def test_everybodys_role_and_one_with_rights_at_the_desk_are_not_given(guild):
    everybody, clerk = RoleFactory(guild=guild, pk=guild.pk), RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=clerk)

    assert "Everybody" in why_not_give(role=everybody)
    assert "rights at this desk" in why_not_give(role=clerk)


def test_only_the_owner_agrees_and_only_to_what_a_role_may_today(guild):
    guild.owner_id = 77
    guild.save()
    role = RoleFactory(guild=guild, permissions=KICK)
    with pytest.raises(NotAllowed):
        agree_to_give(role=role, by=StaffFactory(discord_id=78))

    agreed = agree_to_give(role=role, by=StaffFactory(discord_id=77))
    before = why_not_give(role=role, agreed=agreed)
    role.permissions |= BAN

    assert before == ""
    assert "ban members" in why_not_give(role=role, agreed=agreed)


def orders(role):
    return {each.user_id: each for each in StandingOrder.objects.filter(subject=role.pk)}


def test_many_wishes_count_each_and_the_same_again_counts_again(guild):
    role, end = RoleFactory(guild=guild), timezone.now() + timedelta(days=1)
    of = {"guild_id": guild.pk, "role_id": role.pk}

    first = want_role_of(**of, user_ids=PEOPLE, until=end, reason="Earned")
    again = want_role_of(**of, user_ids=[401, 401])
    dropped = drop_role_of(**of, user_ids=[402, 499])

    assert (first, again, dropped) == (3, 1, 1)
    told = {key: (each.wanted, each.until, each.wanted_rev) for key, each in orders(role).items()}
    assert told == {401: (True, None, 2), 402: (False, None, 2), 403: (True, end, 1)}


def test_what_is_left_to_people_is_settled_and_no_older_word_counts(guild):
    epoch = hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))
    role, now = RoleFactory(guild=guild), timezone.now()
    want_role_of(guild_id=guild.pk, role_id=role.pk, user_ids=[401])
    (in_hand,) = claim_orders(now=now, epoch=epoch, most=5)

    leave_role_to(guild_id=guild.pk, role_id=role.pk, user_ids=[401])

    assert not settle_order(order=in_hand, seen=Seen("ours"), now=now, epoch=epoch)
    assert orders(role)[401].is_settled
    assert claim_orders(now=now, epoch=epoch, most=5) == []


def test_who_earned_a_role_can_be_forgotten_and_keeps_it(guild, keeper):
    member, role = MemberFactory(guild=guild), RoleFactory(guild=guild)
    StandingOrderFactory(
        guild=guild, user_id=member.user_id, kind="role", subject=role.pk, reason="Earned"
    )

    erase_person(user_id=member.user_id, by=keeper)

    with guild_scope(guild.pk):
        order = orders(role)[member.user_id]
        assert (order.wanted, order.next_check_at, order.reason) == (False, None, "")
