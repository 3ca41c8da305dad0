"""Activity roles by the clock: who is given them, who keeps them, who loses them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activity.models import ActivityRoleHolding
from activity.services.merit import Swept, keep_activity_roles, keep_roles_of
from activity.services.standings import State, standings_of
from community.models import StandingOrder
from community.scope import cross_guild
from tests.activity.factories import (
    ActivityRoleFactory,
    ActivityRoleHoldingFactory,
    ActivitySettingsFactory,
    AfkLeaveFactory,
    LevelRewardFactory,
    MemberDayFactory,
    MemberTotalsFactory,
)
from tests.factories import (
    GuildFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
HOUR, DAY = 3_600_000, timedelta(days=1)


def member(guild, hours=0.0, *, ago=1, **told):
    """Somebody who was in voice for so long, some days ago."""
    made = MemberFactory(guild=guild, **told)
    spent = {"guild": guild, "user_id": made.user_id, "voice_ms": int(hours * HOUR)}
    MemberDayFactory(**spent, day=(NOW - ago * DAY).date())
    return made


def holder(rule, hours, **told):
    """Somebody who holds a role by merit, and has it on Discord."""
    made = member(rule.guild, hours, **told)
    ActivityRoleHoldingFactory(
        guild=rule.guild, rule=rule, user_id=made.user_id, given_at=NOW - 40 * DAY
    )
    wish = {"guild": rule.guild, "user_id": made.user_id, "kind": "role"}
    StandingOrder.objects.create(**wish, subject=rule.role_id, wanted=True)
    MemberRoleFactory(guild=rule.guild, member=made, role=rule.role)
    return made


def look(guild, now=NOW):
    return keep_roles_of(guild_id=guild.pk, now=now)


def wanted(rule):
    orders = StandingOrder.objects.of(rule.guild_id).filter(subject=rule.role_id, wanted=True)
    return set(orders.values_list("user_id", flat=True))


def held(rule):
    standing = ActivityRoleHolding.objects.of(rule.guild_id).standing().filter(rule=rule)
    return set(standing.values_list("user_id", flat=True))


def states(rule, now=NOW):
    told = standings_of(guild_id=rule.guild_id, now=now)
    return {each.user_id: each.state for each in told if each.rule == rule}


@pytest.mark.parametrize(
    ("window", "ago", "is_given"),
    [("week", 7, True), ("week", 8, False), ("month", 30, True), ("month", 31, False)],
)
def test_hours_count_within_their_span(guild, window, ago, is_given):
    rule = ActivityRoleFactory(guild=guild, window=window, min_hours=5)
    ada = member(guild, 5, ago=ago)

    look(guild)

    assert (ada.user_id in wanted(rule)) is is_given
    assert held(rule) == wanted(rule)


def test_hours_ever_are_the_totals(guild):
    rule = ActivityRoleFactory(guild=guild, window="ever", min_hours=5)
    ada, bob = MemberFactory(guild=guild), member(guild, 5)
    for each, hours in ((ada, 5), (bob, 4.9)):
        MemberTotalsFactory(guild=guild, user_id=each.user_id, voice_ms=hours * HOUR)

    look(guild)

    assert wanted(rule) == {ada.user_id}


def test_who_has_it_keeps_it_a_little_below_and_who_has_not_must_reach_it(guild):
    rule = ActivityRoleFactory(guild=guild, min_hours=10)
    ada, bob = holder(rule, 9.0), holder(rule, 8.99)
    cid, eve = member(guild, 9.99), member(guild, 10)

    swept = look(guild)

    assert wanted(rule) == held(rule) == {ada.user_id, eve.user_id}
    assert swept == Swept(given=1, taken=1)
    assert bob.user_id not in held(rule)
    assert cid.user_id not in held(rule)
    assert look(guild) == Swept()


def test_nothing_is_asked_on_leave_and_less_of_who_was_away(guild):
    rule = ActivityRoleFactory(guild=guild, min_hours=10)
    away, back, idle = holder(rule, 0), holder(rule, 5), holder(rule, 4)
    AfkLeaveFactory(guild=guild, user_id=away.user_id, starts_at=NOW - DAY, ends_at=NOW + DAY)
    for each in (back, idle):
        span = {"starts_at": NOW - 30 * DAY, "ends_at": NOW + DAY, "ended_at": NOW - 3.75 * DAY}
        AfkLeaveFactory(guild=guild, user_id=each.user_id, **span)

    before = states(rule)
    look(guild)

    assert wanted(rule) == {away.user_id, back.user_id}
    assert before[away.user_id] == State.LEAVE
    assert states(rule, NOW + 2 * DAY)[away.user_id] == State.LOSES


def test_exempt_people_keep_it_and_what_was_given_by_hand_is_left(guild):
    staff = RoleFactory(guild=guild)
    rule = ActivityRoleFactory(guild=guild, exempt_role_ids=[staff.pk])
    ada, bob = holder(rule, 0), member(guild, 0)
    MemberRoleFactory(guild=guild, member=ada, role=staff)
    MemberRoleFactory(guild=guild, member=bob, role=rule.role)

    look(guild)

    assert wanted(rule) == {ada.user_id}
    assert states(rule) == {ada.user_id: State.EXEMPT, bob.user_id: State.BY_HAND}


def test_of_a_group_only_the_first_that_fits_is_held(guild):
    low = ActivityRoleFactory(guild=guild, min_hours=5, group="ranks", priority=1)
    high = ActivityRoleFactory(guild=guild, min_hours=20, group="ranks", priority=2)
    alone = ActivityRoleFactory(guild=guild, min_hours=5)
    ada, bob = holder(low, 20), member(guild, 19)

    look(guild)

    assert (wanted(low), wanted(high)) == ({bob.user_id}, {ada.user_id})
    assert wanted(alone) == {ada.user_id, bob.user_id}


def test_a_role_that_may_not_be_given_takes_nobodys_place(guild):
    low = ActivityRoleFactory(guild=guild, min_hours=5, group="ranks", priority=1)
    high = ActivityRoleFactory(
        guild=guild, group="ranks", priority=2, role=RoleFactory(guild=guild, permissions=8)
    )
    reward = ActivityRoleFactory(guild=guild)
    LevelRewardFactory(guild=guild, role=reward.role)
    ada = holder(low, 20)

    look(guild)

    assert wanted(low) == {ada.user_id}
    assert wanted(high) == wanted(reward) == set()


def test_bots_are_given_nothing_and_who_left_or_was_erased_holds_nothing(guild):
    rule = ActivityRoleFactory(guild=guild)
    bot = member(guild, 9, user=UserFactory(is_bot=True))
    erased = holder(rule, 9, user=UserFactory(username="", erased_at=NOW))
    left = holder(rule, 9, left_at=NOW)

    look(guild)

    assert not {bot.user_id, erased.user_id, left.user_id} & (wanted(rule) | held(rule))


def test_a_role_that_lasts_ends_unless_it_is_earned_again_in_time(guild):
    rule = ActivityRoleFactory(guild=guild, min_hours=10, lasts=10 * DAY)
    again, below = member(guild, 10, ago=2), member(guild, 10, ago=2)
    look(guild)
    first = {each.user_id: each.until for each in StandingOrder.objects.of(guild.pk)}
    spent = {"guild": guild, "day": (NOW + 6 * DAY).date()}
    MemberDayFactory(**spent, user_id=again.user_id, voice_ms=10 * HOUR)
    MemberDayFactory(**spent, user_id=below.user_id, voice_ms=int(9.5 * HOUR))

    look(guild, NOW + 6 * DAY + DAY / 8)
    then = {each.user_id: each.until for each in StandingOrder.objects.of(guild.pk)}
    look(guild, NOW + 11 * DAY)

    assert set(first.values()) == {NOW + 10 * DAY}
    assert then[again.user_id] == NOW + 16 * DAY + DAY / 8
    assert held(rule) == {again.user_id}
    ended = ActivityRoleHolding.objects.of(guild.pk).get(user_id=below.user_id)
    assert ended.ended_at == NOW + 10 * DAY


def test_a_role_that_is_gone_is_left_and_one_that_is_off_stays_as_it_is(guild):
    gone, off = ActivityRoleFactory(guild=guild), ActivityRoleFactory(guild=guild, is_enabled=False)
    holder(gone, 9)
    ada = holder(off, 0)
    gone.role.deleted_at = NOW
    gone.role.save()

    look(guild)

    assert held(gone) == wanted(gone) == set()
    assert wanted(off) == {ada.user_id}


def test_nobody_loses_anything_while_voice_is_not_counted(guild):
    rule = ActivityRoleFactory(guild=guild)
    ActivitySettingsFactory(guild=guild, voice_counted=False)
    ada = holder(rule, 0)

    look(guild)

    assert wanted(rule) == {ada.user_id}


def test_each_server_is_looked_at_and_one_that_breaks_stops_no_other(monkeypatch):
    broken, whole, away = GuildFactory(), GuildFactory(), GuildFactory(available=False)
    with cross_guild("a test makes its world"):
        rules = [ActivityRoleFactory(guild=each) for each in (broken, whole, away)]
        for rule in rules:
            member(rule.guild, 9)
    real = standings_of

    def breaking(*, guild_id, now):
        if guild_id == broken.pk:
            raise RuntimeError("It broke.")
        return real(guild_id=guild_id, now=now)

    monkeypatch.setattr("activity.services.merit.standings_of", breaking)

    swept = keep_activity_roles(now=NOW)

    assert swept == Swept(given=1, failed=1)


def test_a_look_gives_no_more_than_discord_takes_and_the_next_goes_on(guild, monkeypatch):
    monkeypatch.setattr("activity.services.merit.MOST_GIVEN", 2)
    rule = ActivityRoleFactory(guild=guild)
    people = {member(guild, 9).user_id for _ in range(3)}

    first, second = look(guild), look(guild)

    assert (first.given, second.given) == (2, 1)
    assert wanted(rule) == people


def test_a_look_takes_few_statements_however_many_people(guild):
    rules = [ActivityRoleFactory(guild=guild, min_hours=hours) for hours in (1, 5, 9)]
    for _ in range(20):
        holder(rules[1], 0)
        member(guild, 9)

    with CaptureQueriesContext(
        connection,
    ) as first:
        look(guild)
    with CaptureQueriesContext(connection) as second:
        look(guild)

    assert len(first) <= 60
    assert len(second) <= 25
