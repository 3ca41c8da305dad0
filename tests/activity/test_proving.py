"""Counters are held against what they count, and put right."""

from datetime import timedelta

import pytest
from django.db.models import F

from activity import tasks
from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals, MessageEvent
from activity.services.messages import Deletion, Edit, write_batch
from activity.services.privacy import forget_member
from activity.services.proving import find_breaches, prove_counters, put_counters_right
from moderation.services.verifying import breaches
from tests.activity.told import NOON, counted, message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=20)


@pytest.fixture(autouse=True)
def _some(guild):
    told = [message(guild.pk, timedelta(minutes=7 * number)) for number in range(9)]
    told += [message(guild.pk, channel_id=8, user_id=6), Edit(guild.pk, told[0].id, LATER)]
    write_batch(told=[*told, Deletion(guild.pk, told[1].id, LATER)])


def wrong(guild):
    return list(find_breaches(guild_id=guild.pk, now=LATER))


def test_what_was_written_in_batches_is_proved(guild):
    assert wrong(guild) == []
    assert put_counters_right(guild_id=guild.pk, now=LATER) == 0


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (MemberDay, {"messages": F("messages") + 1}),
        (MemberDay, {"blocks": 0}),
        (ChannelDay, {"edited": 5}),
        (ChannelDay, {"characters": 0}),
        (GuildHour, {"deleted": 9}),
        (MemberTotals, {"messages": 1000}),
        (MemberTotals, {"voice_ms": 7}),
    ],
)
def test_a_counter_that_is_wrong_is_found_and_put_right(guild, model, change):
    before = counted()
    model.objects.update(**change)

    assert wrong(guild)
    assert put_counters_right(guild_id=guild.pk, now=LATER) > 0

    assert (counted(), wrong(guild)) == (before, [])


@pytest.mark.parametrize("model", [MemberDay, ChannelDay, GuildHour, MemberTotals])
def test_a_counter_that_is_missing_is_made_again(guild, model):
    model.objects.all().delete()

    assert len(wrong(guild)) >= 1
    put_counters_right(guild_id=guild.pk, now=LATER)

    assert wrong(guild) == []
    assert sum(model.objects.values_list("messages", flat=True)) == 10


def test_a_counter_of_what_nobody_wrote_falls_to_nothing(guild):
    MessageEvent.objects.filter(user_id=6).delete()

    put_counters_right(guild_id=guild.pk, now=LATER)

    assert MemberDay.objects.get(user_id=6).messages == 0
    assert MemberTotals.objects.get(user_id=6).messages == 0


def test_what_was_forgotten_of_a_person_is_not_put_back(guild):
    forget_member(user_id=5)

    assert wrong(guild) == []
    assert put_counters_right(guild_id=guild.pk, now=LATER) == 0


def test_each_server_is_proved_in_its_hour_and_verified_with_the_rest(guild, time_machine, caplog):
    hour = LATER.replace(hour=guild.pk % 24)
    time_machine.move_to(hour)
    MemberDay.objects.update(messages=0)
    assert [each for each in breaches() if "members' days" in each]

    assert prove_counters(now=hour + timedelta(hours=1)).startswith("0 servers")
    assert tasks.prove_counters() == "1 servers, 2 counters put right"

    assert "were wrong and are right now" in caplog.text
    assert wrong(guild) == []
