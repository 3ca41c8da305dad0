"""What a server says of its levels: who may say it, what is refused, and what follows at once."""

import pytest

from activity.models import LevelReward, XpRule
from activity.services.curve import TOTALS
from activity.services.level_rules import (
    change_levels,
    remove_reward,
    remove_xp_rule,
    resync_rewards,
    set_reward,
    set_xp_rule,
    why_not_given,
)
from activity.services.rewards import Settled
from activity.services.settings import settings_of
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, GuildSettings, StandingOrder
from tests.activity.factories import ActivityRoleFactory, LevelRewardFactory, ProgressFactory
from tests.factories import (
    AutoRoleFactory,
    ChannelFactory,
    GrantFactory,
    MemberFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
BAN = 1 << 2


@pytest.fixture
def by(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


def person(guild, level):
    member = MemberFactory(guild=guild)
    ProgressFactory(guild=guild, user_id=member.user_id, xp=TOTALS[level], level=level)
    return member.user_id


def wished(guild):
    orders = StandingOrder.objects.of(guild.pk).filter(wanted=True)
    return {(each.user_id, each.subject) for each in orders}


def told():
    return [(each.verb, each.before, each.after) for each in AuditEntry.objects.order_by("pk")]


def reward(guild, by, role, level=5, **more):
    return set_reward(guild_id=guild.pk, by=by, role=role, level=level, **more)


def test_a_reward_is_given_at_once_to_who_earned_it_and_moves_with_its_level(guild, by):
    role, low, high = RoleFactory(guild=guild), person(guild, 5), person(guild, 6)

    reward(guild, by, role)
    first = wished(guild)
    reward(guild, by, role, level=6)
    reward(guild, by, role, level=6)

    assert first == {(low, role.pk), (high, role.pk)}
    assert wished(guild) == {(high, role.pk)}
    before, after = {"role": str(role.pk), "level": 5}, {"role": str(role.pk), "level": 6}
    assert told() == [
        ("activity.levelreward.added", {}, before),
        ("activity.levelreward.changed", before, after),
    ]


@pytest.mark.parametrize("is_left", [True, False])
def test_a_role_that_is_no_reward_any_more_is_kept_or_taken(guild, by, is_left):
    role, who = RoleFactory(guild=guild), person(guild, 5)
    owed = reward(guild, by, role)

    assert remove_reward(reward=owed, by=by, is_left=is_left) == 1

    order = StandingOrder.objects.get(user_id=who)
    assert (order.wanted, order.is_settled) == (False, is_left)
    with pytest.raises(HouseError, match="already"):
        remove_reward(reward=owed, by=by)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"permissions": BAN}, "owner's word"),
        ({"managed": True}, "belongs to a bot"),
        ({"level": 0}, "between 1 and 1,000"),
        ({"made": ActivityRoleFactory}, "given for activity"),
        ({"made": AutoRoleFactory}, "newcomer"),
    ],
)
def test_some_roles_are_no_rewards(guild, by, told, words):
    make, level = told.pop("made", None), told.pop("level", 5)
    role = RoleFactory(guild=guild, **told)
    if make:
        make(guild=guild, role=role)

    with pytest.raises(HouseError, match=words):
        reward(guild, by, role, level=level)

    assert not LevelReward.objects.exists()


def test_a_role_that_silences_is_no_reward(guild, by):
    role = RoleFactory(guild=guild)
    GuildSettings.objects.update(mute_role=role)

    with pytest.raises(HouseError, match="silences"):
        reward(guild, by, role)


def test_the_owner_may_agree_to_what_a_role_may_today(guild):
    guild.owner_id = 77
    guild.save()
    owner = GrantFactory(
        guild=guild, staff=StaffFactory(discord_id=77), capabilities=["configure"]
    ).staff
    role = RoleFactory(guild=guild, permissions=BAN)

    agreed = reward(guild, owner, role, owner_agrees=True)

    assert agreed.agreed == BAN
    assert why_not_given(agreed) == {}


def test_a_role_that_changed_says_why_it_is_not_given(guild):
    odd = LevelRewardFactory(guild=guild, role=RoleFactory(guild=guild, permissions=BAN))

    assert "ban members" in why_not_given(odd)[odd.pk]


def test_a_channel_or_role_counts_more_or_less_or_as_usual_again(guild, by):
    channel, role = ChannelFactory(guild=guild), RoleFactory(guild=guild)
    about = {"guild_id": guild.pk, "by": by}

    set_xp_rule(**about, subject=channel, percent=0)
    set_xp_rule(**about, subject=channel, percent=150)
    set_xp_rule(**about, subject=role, percent=200)
    remove_xp_rule(rule=XpRule.objects.get(subject="role"), by=by)

    assert list(XpRule.objects.values_list("subject_id", "percent")) == [(channel.pk, 150)]
    assert [verb for verb, *_ in told()][1:] == [
        "activity.xprule.changed", "activity.xprule.added", "activity.xprule.removed",
    ]  # fmt: skip


def test_what_makes_no_sense_or_is_another_servers_is_refused(guild, by):
    about = {"guild_id": guild.pk, "by": by}

    with pytest.raises(HouseError, match="1,000 percent"):
        set_xp_rule(**about, subject=RoleFactory(guild=guild), percent=1_001)
    with pytest.raises(HouseError, match="no such"):
        set_xp_rule(**about, subject=ChannelFactory(), percent=10)


def test_only_who_may_configure_changes_levels(guild):
    by = GrantFactory(guild=guild, capabilities=["see", "moderate"]).staff

    for change in (
        lambda: reward(guild, by, RoleFactory(guild=guild)),
        lambda: resync_rewards(guild_id=guild.pk, by=by),
        lambda: set_xp_rule(guild_id=guild.pk, by=by, subject=RoleFactory(guild=guild), percent=1),
        lambda: change_levels(guild_id=guild.pk, by=by, xp_enabled=False),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_settings_of_both_kinds_change_together_and_rewards_follow(guild, by):
    low, high = RoleFactory(guild=guild), RoleFactory(guild=guild)
    who = person(guild, 6)
    reward(guild, by, low, level=5)
    reward(guild, by, high, level=6)

    change_levels(guild_id=guild.pk, by=by, xp_enabled=False, rewards="highest", xp_max=40)

    assert wished(guild) == {(who, high.pk)}
    assert not GuildSettings.objects.get().xp_enabled
    assert settings_of(guild.pk).xp_max == 40


def test_what_went_missing_is_made_good_on_request(guild, by):
    role, who = RoleFactory(guild=guild), person(guild, 5)
    LevelRewardFactory(guild=guild, role=role, level=5)

    assert resync_rewards(guild_id=guild.pk, by=by) == Settled(1, 0)

    assert wished(guild) == {(who, role.pk)}
    assert told() == [("activity.rewards.settled", {}, {"given": 1, "taken": 0})]
