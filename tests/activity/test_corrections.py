"""XP that staff gives or takes: level and rewards follow, and history keeps it."""

import pytest
from django.urls import reverse

from activity.models import GlobalProgress, Progress
from activity.services.corrections import MOST_XP, correct_xp
from activity.services.curve import TOTALS
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, Errand, StandingOrder
from community.scope import guild_scope
from tests.activity.factories import GlobalProgressFactory, LevelRewardFactory, ProgressFactory
from tests.factories import GrantFactory, GuildSettingsFactory, MemberFactory, RoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


@pytest.fixture
def member(guild):
    return MemberFactory(guild=guild)


def test_given_xp_lifts_and_taken_xp_lowers_the_level_and_what_it_brings(guild, by, member):
    LevelRewardFactory(guild=guild, level=3, role=RoleFactory(guild=guild))

    up = correct_xp(member=member, by=by, amount=TOTALS[3], reason="Moved here")
    given = StandingOrder.objects.get().wanted
    down = correct_xp(member=member, by=by, amount=-1)

    assert (up.level, given) == (3, True)
    assert (down.xp, down.level) == (TOTALS[3] - 1, 2)
    assert not StandingOrder.objects.get().wanted
    assert GlobalProgress.objects.get().xp == TOTALS[3] - 1
    assert not Errand.objects.exists()
    entry = AuditEntry.objects.order_by("pk").first()
    assert (entry.before, entry.after) == ({"xp": 0}, {"xp": TOTALS[3], "reason": "Moved here"})


@pytest.mark.parametrize("amount", [0, -51, MOST_XP])
def test_what_makes_no_sense_is_refused(guild, by, member, amount):
    ProgressFactory(guild=guild, user_id=member.user_id, xp=50)
    GlobalProgressFactory(user_id=member.user_id, xp=50)

    with pytest.raises(HouseError, match="They have 50 XP"):
        correct_xp(member=member, by=by, amount=amount)

    assert Progress.objects.get().xp == GlobalProgress.objects.get().xp == 50


def test_a_moderator_may_not(guild, member):
    by = GrantFactory(guild=guild, capabilities=["see", "moderate"]).staff

    with pytest.raises(NotAllowed):
        correct_xp(member=member, by=by, amount=5)


def test_the_person_page_says_the_level_and_offers_to_correct_it(client):
    grant = GrantFactory(capabilities=["see", "configure"])
    GuildSettingsFactory(guild=grant.guild)
    member = MemberFactory(guild=grant.guild)
    client.force_login(grant.staff)
    ask = reverse("admin:community_member_xp", args=[member.pk])

    before = client.get(reverse("admin:person", args=[member.pk])).content.decode()
    done = client.post(ask, {"amount": "100", "reason": ""}, follow=True).content.decode()
    after = client.get(reverse("admin:person", args=[member.pk])).content.decode()

    assert "Correct XP" in before
    assert "They have 100 XP now and are level 1." in done
    assert "1, with 100 XP; 155 to the next" in after
    with guild_scope(grant.guild_id):
        assert Progress.objects.get().level == 1
