"""Leaderboards and ranks: who stands where, and who is not shown."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.services.boards import board_of, rank_of
from activity.services.curve import TOTALS
from community.errors import HouseError
from community.models import GuildSettings, Preference
from community.services.preferences import choose_to_be_shown
from tests.activity.factories import (
    GlobalProgressFactory,
    MemberDayFactory,
    MemberTotalsFactory,
    ProgressFactory,
)
from tests.factories import MemberFactory, MemberRoleFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def someone(guild):
    """Makes a member with some XP, and what else is told of them."""

    def make(xp=100, **told):
        member = MemberFactory(guild=guild, **told)
        ProgressFactory(guild=guild, user_id=member.user_id, xp=xp, level=1)
        return member

    return make


def places(guild, measure="xp", span="ever", **told):
    board = board_of(guild_id=guild.pk, measure=measure, span=span, **told)
    return [(line.place, line.user_id, line.value) for line in board.lines]


def test_who_earned_most_stands_first_and_equals_stand_in_order(guild, someone):
    low, high, equal = someone(50), someone(300), someone(50)

    board = board_of(guild_id=guild.pk, measure="xp", span="ever", asked_by=equal.user_id)

    assert places(guild) == [(1, high.user_id, 300), (2, low.user_id, 50), (3, equal.user_id, 50)]
    assert (board.mine.place, board.mine.value, board.has_more) == (3, 50, False)


def hidden(guild, someone):
    """Everybody who is not shown, and why."""
    mute = RoleFactory(guild=guild)
    GuildSettings.objects.filter(guild_id=guild.pk).update(mute_role=mute)
    later = timezone.now() + timedelta(hours=1)
    unwilling, silenced = someone(), someone()
    Preference.objects.create(user=unwilling.user, on_leaderboards=False)
    MemberRoleFactory(guild=guild, member=silenced, role=mute)
    nameless = UserFactory(username="", erased_at=timezone.now())
    return {
        "unwilling": unwilling,
        "silenced": silenced,
        "timed out": someone(timed_out_until=later),
        "gone": someone(left_at=timezone.now()),
        "erased": someone(user=nameless),
        "a bot": someone(user=UserFactory(is_bot=True)),
    }


def test_some_are_not_shown_and_nobody_else_learns_their_rank(guild, someone):
    shown = someone(20, timed_out_until=timezone.now() - timedelta(hours=1))
    MemberRoleFactory(guild=guild, member=shown)

    others = hidden(guild, someone)

    assert places(guild) == [(1, shown.user_id, 20)]
    for why, member in others.items():
        with pytest.raises(HouseError, match="not shown"):
            rank_of(guild_id=guild.pk, user_id=member.user_id, asked_by=shown.user_id)
        assert rank_of(guild_id=guild.pk, user_id=shown.user_id, asked_by=1).place == 1, why


def test_who_is_not_shown_may_still_look_alone(guild, someone):
    me = someone(20)
    asked = {"guild_id": guild.pk, "user_id": me.user_id, "asked_by": me.user_id}
    choose_to_be_shown(user_id=me.user_id, is_shown=False)

    with pytest.raises(HouseError, match="alone"):
        rank_of(**asked)
    alone = rank_of(**asked, is_alone=True)
    choose_to_be_shown(user_id=me.user_id, is_shown=True)

    assert (alone.place, alone.xp) == (None, 20)
    assert rank_of(**asked).place == 1


@pytest.mark.parametrize(("measure", "ever"), [("messages", 900), ("voice", 700), ("xp", 100)])
def test_days_are_summed_over_their_span_and_ever_is_all(guild, someone, measure, ever):
    member, today = someone(100), timezone.now().date()
    column = "voice_ms" if measure == "voice" else measure
    MemberTotalsFactory(guild=guild, user_id=member.user_id, messages=900, voice_ms=700)
    for days, value in ((0, 1), (6, 10), (7, 100), (29, 1_000), (30, 10_000)):
        day = today - timedelta(days=days)
        MemberDayFactory(guild=guild, user_id=member.user_id, day=day, **{column: value})

    found = [places(guild, measure, span)[0][2] for span in ("day", "week", "month", "ever")]

    assert found == [1, 11, 1_111, ever]


def test_a_long_board_has_pages(guild, someone):
    people = [someone(100 - n) for n in range(11)]

    first = board_of(guild_id=guild.pk, measure="xp", span="ever", asked_by=people[10].user_id)

    assert (len(first.lines), first.has_more, first.mine.place) == (10, True, 11)
    assert places(guild, page=1) == [(11, people[10].user_id, 90)]


def test_a_rank_says_how_far_somebody_has_come(guild, someone):
    someone(TOTALS[8])
    member = someone(TOTALS[7] + 30, nickname="Marin")
    GlobalProgressFactory(user_id=member.user_id, xp=TOTALS[9])
    MemberTotalsFactory(guild=guild, user_id=member.user_id, messages=12, voice_ms=5)

    rank = rank_of(guild_id=guild.pk, user_id=member.user_id, asked_by=1)

    assert (rank.name, rank.place, rank.step.level, rank.step.done) == ("Marin", 2, 7, 30)
    assert (rank.step.cost, rank.level_everywhere) == (TOTALS[8] - TOTALS[7], 9)
    assert (rank.messages, rank.voice_ms) == (12, 5)


def test_who_wrote_nothing_has_no_rank(guild):
    member = MemberFactory(guild=guild)

    with pytest.raises(HouseError, match="nothing here"):
        rank_of(guild_id=guild.pk, user_id=member.user_id, asked_by=1)
