"""Levels: what messages earn, by the time they were written, and what a new level brings."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count

import pytest
from django.utils import timezone

from activity.models import GlobalProgress, MemberDay, Progress
from activity.services.announcing import compose_level
from activity.services.curve import TOTALS, level_of, step_of
from activity.services.known import ask_before, days_of_people
from activity.services.level_rules import change_levels
from activity.services.levels import earn, weigh
from activity.services.messages import Message, write_batch
from activity.services.rewards import Settled, settle_rewards
from activity.services.worth import Terms
from activity.snowflakes import first_id_at
from activity.tasks import settle_rewards as settle
from community.errors import HouseError
from community.models import Errand, StandingOrder
from community.scope import cross_guild
from tests.activity.factories import (
    ActivitySettingsFactory,
    LevelRewardFactory,
    MessageEventFactory,
    ProgressFactory,
    XpRuleFactory,
)
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    MemberRoleFactory,
    PreferenceFactory,
    RoleFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERSON, OTHER = 4 * 10**17, 5 * 10**17
numbers = count()


@pytest.fixture(autouse=True)
def _soon_after_noon(time_machine):
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)


def said(guild, after=0, *, by=PERSON, channel=7):
    """A message, so many seconds after noon."""
    key = first_id_at(NOON + timedelta(seconds=after)) + next(numbers) % 4096
    return MessageEventFactory.build(id=key, guild=guild, channel_id=channel, user_id=by)


def earn_from(*, messages):
    """Let new messages of any server earn; return how many did."""
    with cross_guild("messages of several servers"):
        days = days_of_people(messages)
        earnings = weigh(days=days, known=ask_before(days))
        earn(earnings=earnings)
    return earnings.count


def earned(guild, *messages):
    """What somebody has earned once these messages are counted."""
    earn_from(messages=messages)
    with cross_guild("a test looks"):
        return sum(Progress.objects.of(guild.pk).values_list("xp", flat=True))


def test_the_curve_is_the_one_that_imports_come_with():
    assert TOTALS[:4] == (0, 100, 255, 475)
    assert TOTALS[100] == 1_899_250
    assert [level_of(xp) for xp in (0, 99, 100, 254, 255)] == [0, 0, 1, 1, 2]
    assert (step_of(355).level, step_of(355).done, step_of(355).cost) == (2, 100, 220)


def test_a_message_earns_between_15_and_25_and_always_the_same():
    told = [Terms().chance(first_id_at(NOON) + n * 4_194_304 + n % 7) for n in range(2_000)]

    assert set(told) == set(range(15, 26))
    assert sum(told) / len(told) == pytest.approx(20, abs=0.5)
    assert Terms().chance(175928847299117063) == Terms().chance(175928847299117063)


def test_what_earned_is_followed_by_a_pause_by_the_time_of_the_messages(guild):
    first = [said(guild, after) for after in (59, 0, 60, 121)]

    assert earn_from(messages=first) == 3  # in the order in which they were written
    assert earn_from(messages=[said(guild, 180), said(guild, 30)]) == 0
    assert earn_from(messages=[said(guild, 181)]) == 1


def test_every_counter_grows_by_what_was_earned(guild):
    other = GuildSettingsFactory().guild
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    late, early, there = (first_id_at(today + timedelta(seconds=s)) for s in (-1, 120, 120))
    told = [Message(guild.pk, late, 7, PERSON), Message(guild.pk, early, 7, PERSON)]
    more = [Message(guild.pk, early + 1, 7, OTHER), Message(other.pk, there, 7, PERSON)]

    with cross_guild("a test writes to two servers"):
        write_batch(told=told + more)
        write_batch(told=told + more)

        days = MemberDay.objects.of(guild.pk).filter(user_id=PERSON).order_by("day")
        here, there = (Progress.objects.get(guild_id=g.pk, user_id=PERSON) for g in (guild, other))
        everywhere = GlobalProgress.objects.get(pk=PERSON)
    assert [day.day for day in days] == [today.date() - timedelta(days=1), today.date()]
    assert all(15 <= day.xp <= 25 for day in days)
    assert sum(day.xp for day in days) == here.xp
    assert everywhere.xp == here.xp + there.xp
    assert here.earned_at == today + timedelta(seconds=120)


def test_a_server_may_want_no_levels_or_its_own_terms(guild):
    ActivitySettingsFactory(guild=guild, xp_min=7, xp_max=7, xp_cooldown=timedelta(seconds=5))
    without = GuildSettingsFactory(xp_enabled=False).guild

    assert earned(guild, said(guild), said(guild, 5)) == 14
    assert earned(without, said(without)) == 0


@pytest.mark.parametrize(
    ("rules", "xp"),
    [
        ({}, 10),
        ({"channel": 200}, 20),
        ({"category": 300}, 30),
        ({"channel": 50, "category": 300}, 5),
        ({"channel": 0}, 0),
        ({"role": 150, "other role": 200}, 20),
        ({"channel": 200, "role": 50}, 10),
        ({"role": 0, "other role": 900}, 0),
    ],
)
def test_channels_and_roles_multiply(guild, rules, xp):
    ActivitySettingsFactory(guild=guild, xp_min=10, xp_max=10)
    category = ChannelFactory(guild=guild, kind="category")
    channel = ChannelFactory(guild=guild, parent=category)
    member = MemberFactory(guild=guild)
    roles = [MemberRoleFactory(guild=guild, member=member).role for _ in range(2)]
    keys = {"channel": channel, "category": category, "role": roles[0], "other role": roles[1]}
    for name, percent in rules.items():
        subject = "role" if "role" in name else "channel"
        XpRuleFactory(guild=guild, subject=subject, subject_id=keys[name].pk, percent=percent)

    assert earned(guild, said(guild, by=member.user_id, channel=channel.pk)) == xp


def test_what_earns_nothing_begins_no_pause(guild):
    XpRuleFactory(guild=guild, subject="channel", subject_id=8, percent=0)
    ChannelFactory(guild=guild, pk=8)

    assert earn_from(messages=[said(guild, channel=8), said(guild, 1)]) == 1


def told(guild):
    return [
        (
            each.payload.get("channel_id"),
            compose_level(guild_id=guild.pk, payload=each.payload),
        )
        for each in Errand.objects.of(guild.pk).order_by("pk")
    ]


def near(guild, level, by=PERSON):
    """Somebody who is one message away from a level."""
    return ProgressFactory(guild=guild, user_id=by, xp=TOTALS[level] - 1, level=level - 1)


def test_a_level_is_told_where_it_was_reached_and_once(guild):
    near(guild, 5)

    earn_from(messages=[said(guild, channel=71)])
    earn_from(messages=[said(guild, 60, channel=72)])

    assert told(guild) == [("71", f"<@{PERSON}> has reached level 5.")]
    assert Progress.objects.get().level == 5


def test_a_level_that_was_reached_long_ago_is_no_news(guild):
    near(guild, 5)

    earn_from(messages=[said(guild, after=-13 * 3600)])

    assert Progress.objects.get().level == 5
    assert told(guild) == []


@pytest.mark.parametrize(
    ("where", "channels"),
    [("channel", [7]), ("direct", [None]), ("nowhere", [])],
)
def test_a_server_says_where_levels_are_told_and_in_which_words(guild, where, channels):
    place = ChannelFactory(guild=guild, id=7)
    text = "{{ server.name }}: {{ level }} for {{ user.mention }}, {other}"
    ActivitySettingsFactory(guild=guild, level_announce=where, level_channel=place, level_text=text)
    near(guild, 2)

    earn_from(messages=[said(guild)])

    words = f"{guild.name}: 2 for <@{PERSON}>, {{other}}"
    assert told(guild) == [(channel and str(channel), words) for channel in channels]


def test_who_prefers_so_is_told_alone(guild):
    PreferenceFactory(user=UserFactory(id=PERSON), dm_levels=True)
    near(guild, 2)

    earn_from(messages=[said(guild)])

    assert [channel for channel, _ in told(guild)] == [None]


def test_words_that_nobody_can_fill_in_are_refused_and_old_ones_are_written_anew(guild):
    moved = import_module("activity.migrations.0011_levels_are_told_as_greetings_are")
    keeper = StaffFactory()
    GrantFactory(guild=guild, staff=keeper, capabilities=["configure"])

    with pytest.raises(HouseError, match="Nobody knows “money”"):
        change_levels(guild_id=guild.pk, by=keeper, level_text="{{ money }}")
    text = moved.as_the_pen_reads("{server} {{%: {member} is {{level} {x}")
    change_levels(guild_id=guild.pk, by=keeper, level_text=text)

    near(guild, 2)
    earn_from(messages=[said(guild)])
    assert told(guild) == [("7", f"{guild.name} {{ {{ %: <@{PERSON}> is {{ 2 {{x}}")]


def wished(guild):
    orders = StandingOrder.objects.of(guild.pk).filter(wanted=True)
    return {(each.user_id, each.subject) for each in orders}


def rewards(guild, *levels):
    roles = [RoleFactory(guild=guild) for _ in levels]
    for level, role in zip(levels, roles, strict=True):
        LevelRewardFactory(guild=guild, level=level, role=role)
    return [role.pk for role in roles]


def test_a_level_brings_its_role_and_those_before_stay(guild):
    two, three, _ = rewards(guild, 2, 3, 4)
    near(guild, 2)

    earn_from(messages=[said(guild)])
    Progress.objects.update(xp=TOTALS[3])
    earn_from(messages=[said(guild, 60)])

    assert wished(guild) == {(PERSON, two), (PERSON, three)}


def test_only_the_highest_is_held_where_a_server_wants_it_so(guild):
    ActivitySettingsFactory(guild=guild, rewards="highest")
    _, three = rewards(guild, 2, 3)
    near(guild, 2)

    earn_from(messages=[said(guild)])
    Progress.objects.update(xp=TOTALS[3])
    earn_from(messages=[said(guild, 60)])

    assert wished(guild) == {(PERSON, three)}


def test_a_role_that_became_one_of_staff_is_not_given(guild):
    role = RoleFactory(guild=guild, permissions=1 << 2)
    LevelRewardFactory(guild=guild, level=2, role=role)
    near(guild, 2)

    earn_from(messages=[said(guild)])

    assert wished(guild) == set()


def test_settling_gives_what_is_owed_and_takes_what_is_too_much(guild):
    two, three = rewards(guild, 2, 3)
    for level, left_at in ((2, None), (3, None), (3, NOON)):
        member = MemberFactory(guild=guild, left_at=left_at)
        ProgressFactory(guild=guild, user_id=member.user_id, xp=TOTALS[level], level=level)
    low, high = Progress.objects.order_by("pk").values_list("user_id", flat=True)[:2]

    first = settle_rewards(guild_id=guild.pk)
    again = settle_rewards(guild_id=guild.pk)
    ActivitySettingsFactory(guild=guild, rewards="highest")
    fewer = settle_rewards(guild_id=guild.pk)

    assert (first, again, fewer) == (Settled(3, 0), Settled(), Settled(0, 1))
    assert wished(guild) == {(low, two), (high, three)}


def test_a_batch_costs_few_statements_however_many_it_is_about(
    guild, django_assert_max_num_queries
):
    XpRuleFactory(guild=guild, subject="role", subject_id=8, percent=0)
    messages = [said(guild, by=PERSON + n) for n in range(200)]

    with django_assert_max_num_queries(11):
        earn_from(messages=messages)

    assert Progress.objects.count() == 200


def test_the_clock_makes_rewards_good_in_every_server_that_has_them(guild):
    (role,) = rewards(guild, 2)
    member = MemberFactory(guild=guild)
    ProgressFactory(guild=guild, user_id=member.user_id, xp=TOTALS[2], level=2)
    rewards(GuildSettingsFactory().guild, 2)

    assert settle() == "1 given, 0 taken"

    assert wished(guild) == {(member.user_id, role)}
