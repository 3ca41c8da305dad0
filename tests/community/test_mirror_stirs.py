"""What is kept true out there is looked at when news says that it may be true no longer."""

from datetime import UTC, datetime

import pytest

from community.models import AT_ONCE, StandingOrder
from community.services.guilds import GuildFacts
from community.services.mirror.facts import (
    BanSeen,
    GuildLeft,
    GuildSilent,
    GuildTold,
    News,
    PersonChanged,
    PersonJoined,
    PersonLeft,
    RightsChanged,
)
from community.services.mirror.news import tell_news
from community.services.people import MemberFacts
from tests.factories import StandingOrderFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADA = MemberFacts(user_id=4 * 10**17, username="ada")
BOB = ADA.user_id + 1
BACK = GuildTold(guild=GuildFacts(name="Kiln"))


@pytest.fixture
def orders(guild):
    settled = {"guild": guild, "applied_rev": 1, "next_check_at": None}
    return [StandingOrderFactory(user_id=who, **settled) for who in (ADA.user_id, BOB)]


def tell(guild, *each):
    tell_news(guild_id=guild.pk, news=[News(one, NOW) for one in each])


@pytest.mark.parametrize(
    "news", [BanSeen(ADA.user_id), PersonJoined(ADA), PersonChanged(ADA), PersonLeft(ADA.user_id)]
)
def test_news_of_somebody_has_their_orders_looked_at(guild, orders, news):
    tell(guild, news)

    assert [each.user_id for each in StandingOrder.objects.filter(observe=True)] == [ADA.user_id]


@pytest.mark.parametrize("away", [GuildSilent(), GuildLeft()])
def test_orders_rest_while_the_server_is_away_and_are_all_looked_at_afterwards(guild, orders, away):
    StandingOrder.objects.filter(guild=guild).update(wanted_rev=2, next_check_at=NOW)

    tell(guild, away)
    resting = set(StandingOrder.objects.values_list("hold", flat=True))
    tell(guild, BACK)

    assert resting == {"guild_away"}
    assert set(StandingOrder.objects.values_list("hold", "observe")) == {("", True)}


def test_orders_that_wait_for_a_permission_are_tried_when_rights_change(guild, orders):
    StandingOrder.objects.filter(guild=guild).update(hold="permission", next_check_at=NOW)

    tell(guild, RightsChanged())

    assert StandingOrder.objects.filter(next_check_at=AT_ONCE, hold="permission").count() == 1
