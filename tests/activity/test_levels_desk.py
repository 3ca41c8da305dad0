"""The page of levels at the desk: read by who may see, changed by who may configure."""

import pytest
from django.urls import reverse

from activity.models import ActivitySettings, LevelReward, XpRule
from activity.services.curve import TOTALS
from community.models import Grant, GuildSettings, StandingOrder
from community.scope import guild_scope
from tests.activity.factories import LevelRewardFactory, ProgressFactory, XpRuleFactory
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    RoleFactory,
)

pytestmark = pytest.mark.django_db
AS_IT_STANDS = {
    "xp_enabled": "on", "xp_min": "15", "xp_max": "25", "xp_cooldown": "1m",
    "level_announce": "same", "level_text": "Hooray", "rewards": "stack",
}  # fmt: skip


@pytest.fixture
def owner(client):
    """Somebody who may do everything in a server, signed in."""
    grant = GrantFactory(capabilities=Grant.Capability.values)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    with guild_scope(grant.guild_id):
        yield grant


def done(client, name, of=(), **told):
    return client.post(reverse(f"admin:activity_{name}", args=of), told, follow=True)


def test_a_reward_is_added_moved_and_removed(client, owner):
    role, member = RoleFactory(guild=owner.guild), MemberFactory(guild=owner.guild)
    told = {"guild": owner.guild, "user_id": member.user_id}
    ProgressFactory(**told, xp=TOTALS[5], level=5)

    added = done(client, "levelreward_add", level=5, role=role.pk).content.decode()
    reward = LevelReward.objects.get()
    moved = done(client, "levelreward_edit", [reward.pk], level=6).content.decode()
    dropped = StandingOrder.objects.get().wanted
    removed = done(client, "levelreward_remove", [reward.pk], is_left="on").content.decode()

    assert "Level 5 brings @Reader" in added
    assert "Level 6 brings @Reader" in moved
    assert not dropped
    assert "0 people keep the role" in removed
    assert not LevelReward.objects.exists()


def test_a_channel_and_a_role_count_differently(client, owner):
    channel, role = ChannelFactory(guild=owner.guild), RoleFactory(guild=owner.guild)

    done(client, "xprule_channel", subject=channel.pk, percent=0)
    page = done(client, "xprule_role", subject=role.pk, percent=150).content.decode()
    rule = XpRule.objects.get(subject="role")
    changed = done(client, "xprule_edit", [rule.pk], percent=200).content.decode()
    done(client, "xprule_remove", [rule.pk])

    assert "Earns nothing" in page
    assert "@Reader counts 200 percent" in changed
    assert [each.percent for each in XpRule.objects.all()] == [0]


def test_what_is_gone_or_makes_no_sense_is_told_on_the_form(client, owner):
    lost = XpRuleFactory(guild=owner.guild, subject="channel", subject_id=1)
    staff = RoleFactory(guild=owner.guild, permissions=1 << 2)

    edited = done(client, "xprule_edit", [lost.pk], percent=5).content.decode()
    refused = done(client, "levelreward_add", level=5, role=staff.pk).content.decode()

    assert "There is no such channel" in edited
    assert "takes the owner&#x27;s word" in refused


def test_settings_are_changed_where_they_stand(client, owner):
    same = client.post(reverse("admin:levels"), AS_IT_STANDS, follow=True).content.decode()
    told = AS_IT_STANDS | {"xp_enabled": "", "xp_max": "30", "rewards": "highest"}
    client.post(reverse("admin:levels"), told)
    wrong = client.post(reverse("admin:levels"), told | {"xp_min": "31"}).content.decode()

    settings = ActivitySettings.objects.get()
    assert "The settings are changed." in same
    assert (settings.xp_min, settings.xp_max, settings.rewards) == (15, 30, "highest")
    assert not GuildSettings.objects.get().xp_enabled
    assert "dk-refusal" in wrong


def test_settling_says_what_it_did(client, owner):
    member = MemberFactory(guild=owner.guild)
    ProgressFactory(guild=owner.guild, user_id=member.user_id, xp=TOTALS[9], level=9)
    LevelRewardFactory(guild=owner.guild, role=RoleFactory(guild=owner.guild), level=9)

    page = done(client, "levelreward_settle").content.decode()

    assert "1 roles are being given, 0 taken" in page


def test_who_may_only_see_reads_it(client, owner, django_assert_max_num_queries):
    owner.capabilities = ["see"]
    owner.save()
    odd = RoleFactory(guild=owner.guild, permissions=1 << 2)
    LevelRewardFactory(guild=owner.guild, role=odd, level=4)
    for _ in range(3):
        XpRuleFactory(guild=owner.guild, subject_id=ChannelFactory(guild=owner.guild).pk)

    with django_assert_max_num_queries(25):
        page = client.get(reverse("admin:levels")).content.decode()

    assert "Not given: @Reader lets its holders ban members" in page
    assert "Add a reward" not in page
    assert client.post(reverse("admin:levels"), AS_IT_STANDS).status_code == 403
    assert done(client, "levelreward_settle").status_code == 403
