"""Counters of voice are held against the stays they count, and put right."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.services.hearing import hear_all_news
from activity.services.privacy import forget_member
from activity.services.proving import find_breaches, put_counters_right
from activity.services.voice import settle_voice
from community.services.mirror import facts

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(hours=20)
LOBBY, ATTIC = 21, 22
ANNA, BEN, CLEO = 41, 42, 43


def voice(who, where, minutes):
    at = MIDNIGHT + timedelta(minutes=minutes, milliseconds=137)
    return facts.News(facts.VoiceTold(facts.VoiceState(user_id=who, channel_id=where)), at)


@pytest.fixture(autouse=True)
def _evening(guild):
    """Anna is there from an hour before midnight; half of her time she is alone."""
    steps = [(ANNA, LOBBY, -60), (BEN, LOBBY, -30), (BEN, None, 30), (CLEO, ATTIC, 60)]
    steps += [(ANNA, ATTIC, 90), (CLEO, None, 200), (BEN, ATTIC, 201.5)]
    hear_all_news(guild_id=guild.pk, news=[voice(*step) for step in steps])
    settle_voice(guild_id=guild.pk, now=MIDNIGHT + timedelta(hours=5))


def wrong(guild):
    return [each for each in find_breaches(guild_id=guild.pk, now=LATER) if "voice" in each]


def counted():
    tables = (MemberDay, ChannelDay, GuildHour, MemberTotals)
    return [sum(model.objects.values_list("voice_ms", flat=True)) for model in tables]


def test_what_was_counted_step_by_step_and_minute_by_minute_is_proved(guild):
    assert min(counted()) == max(counted()) > 0
    assert wrong(guild) == []
    assert put_counters_right(guild_id=guild.pk, now=LATER) == 0


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (MemberDay, {"voice_ms": F("voice_ms") + 1}),
        (MemberDay, {"voice_ms": 0}),
        (ChannelDay, {"voice_ms": F("voice_ms") * 2}),
        (GuildHour, {"voice_ms": 5}),
    ],
)
def test_a_counter_that_is_wrong_is_found_and_its_sum_put_right(guild, model, change):
    before = counted()
    model.objects.update(**change)

    assert wrong(guild)
    assert put_counters_right(guild_id=guild.pk, now=LATER) > 0

    assert (counted(), wrong(guild)) == (before, [])


@pytest.mark.parametrize("model", [MemberDay, ChannelDay, GuildHour])
def test_a_counter_that_is_missing_is_made_again(guild, model):
    before = counted()
    model.objects.all().delete()

    put_counters_right(guild_id=guild.pk, now=LATER)

    assert (counted(), wrong(guild)) == (before, [])


def test_of_who_is_forgotten_the_time_still_counts_for_the_server(guild):
    before = counted()
    forget_member(user_id=ANNA)

    assert wrong(guild) == []
    assert put_counters_right(guild_id=guild.pk, now=LATER) == 0
    assert counted()[1:3] == before[1:3]
