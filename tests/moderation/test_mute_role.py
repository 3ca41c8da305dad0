"""A role that silences: who comes back has it again, and who takes it by hand lets them speak."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.kinds import ABSENT, order_kind
from community.models import GuildSettings, Member, StandingOrder
from moderation.models import Punishment
from moderation.services.deeds import mute_member
from moderation.services.docket import Decision, Deed
from tests.factories import MemberFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
READER, MODERATOR = 400, 7
AGO = timedelta(hours=1)


@pytest.fixture
def silenced(guild):
    """A member of long standing whom a role silences, as Discord has confirmed."""
    GuildSettings.objects.of(guild.pk).update(mute_role=RoleFactory(guild=guild))
    joined = timezone.now() - timedelta(days=9)
    MemberFactory(guild=guild, user=UserFactory(pk=READER), joined_at=joined)
    decision = Decision(guild_id=guild.pk, moderator_id=MODERATOR)
    mute_member(decision=decision, deed=Deed(kind="mute", user_id=READER))
    confirmed = {"confirmed_at": timezone.now() - AGO, "applied_rev": 1, "wanted_rev": 1}
    StandingOrder.objects.of(guild.pk).update(**confirmed, owner="ours")
    return guild


def is_accepted(guild):
    order = StandingOrder.objects.of(guild.pk).get()
    return order_kind("mute_role").drifted(order, ABSENT, timezone.now())


def came(guild, ago):
    Member.objects.of(guild.pk).update(joined_at=timezone.now() - ago)


def test_taking_it_by_hand_is_accepted(silenced):
    assert is_accepted(silenced)
    assert Punishment.objects.of(silenced.pk).get().ended_by == "external"


def test_who_has_come_back_has_it_again(silenced):
    came(silenced, AGO / 2)

    assert not is_accepted(silenced)
    assert Punishment.objects.of(silenced.pk).get().is_open


def test_what_greets_newcomers_does_not_take_it(silenced):
    came(silenced, timedelta(seconds=20))
    StandingOrder.objects.of(silenced.pk).update(confirmed_at=timezone.now())

    assert not is_accepted(silenced)
