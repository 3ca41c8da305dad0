"""Batches of messages are written once, with everything that is counted of them."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from activity.models import MemberDay, MessageEvent
from activity.services.messages import Deletion, Edit, Message, write_batch
from activity.snowflakes import moment_of
from community.scope import cross_guild
from tests.activity.factories import ActivitySettingsFactory
from tests.activity.told import NOON, counted, message, stored
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def test_a_batch_is_stored_and_counted(guild):
    first, second = message(guild.pk), message(guild.pk, 11 * MINUTE, characters=5)
    other = message(guild.pk, 70 * MINUTE, user_id=6, channel_id=8, has_attachment=True)

    assert write_batch(told=[first, second, other]) == 3

    day = date(2026, 3, 1)
    spans = [(moment_of(each.id), moment_of(last.id)) for each, last in [(first, second)]]
    assert stored() == {first.id, second.id, other.id}
    assert counted() == (
        {(5, day, 2, 25, 2), (6, day, 1, 20, 1)},
        {(7, day, 2, 0, 0), (8, day, 1, 0, 0)},
        {(NOON, 2, 0, 0), (NOON + timedelta(hours=1), 1, 0, 0)},
        {(5, 2, *spans[0]), (6, 1, moment_of(other.id), moment_of(other.id))},
    )
    assert MemberDay.objects.get(user_id=6).attachments == 1


def test_what_was_told_before_changes_nothing(guild):
    told = [message(guild.pk, number * MINUTE) for number in range(5)]
    write_batch(told=told[:3])
    once = counted()

    assert write_batch(told=told[:3]) == 0
    assert counted() == once

    assert write_batch(told=[told[4], *told, told[4]]) == 2
    assert stored() == {each.id for each in told}
    assert {row[2:] for row in counted()[0]} == {(5, 100, 1)}


def test_ten_minutes_are_counted_once_however_many_batches_they_come_in(guild):
    for minutes in (1, 2, 9, 10, 19, 3):
        write_batch(told=[message(guild.pk, minutes * MINUTE)])

    assert MemberDay.objects.get().blocks == 2


def test_changes_and_deletions_are_counted_where_and_when_the_message_was(guild):
    one, other = message(guild.pk), message(guild.pk, channel_id=8)
    later = NOON + timedelta(days=1)
    write_batch(told=[one, Edit(guild.pk, one.id, later), other])
    told = [
        Edit(guild.pk, one.id, later + MINUTE),
        Deletion(guild.pk, other.id, later),
        Deletion(guild.pk, 404 << 22, later),
    ]

    for _ in range(2):
        write_batch(told=told)
    write_batch(told=[Deletion(guild.pk, other.id, later + MINUTE)])

    assert {row[2:] for row in counted()[1]} == {(1, 1, 0), (1, 0, 1)}
    assert counted()[2] == {(NOON, 2, 1, 1)}
    assert MessageEvent.objects.get(pk=one.id).edited_at == later + MINUTE
    assert MessageEvent.objects.get(pk=other.id).deleted_at == later


def test_servers_are_counted_together_and_apart(guild):
    write_batch_anywhere = partial(_anywhere, write_batch)
    same = message(guild.pk)
    elsewhere = same._replace(guild_id=guild.pk + 1)

    assert write_batch_anywhere(told=[same, elsewhere]) == 2

    assert {row[2] for row in counted()[0]} == {1}
    with cross_guild("the test looks"):
        assert MemberDay.objects.filter(guild_id=guild.pk + 1).get().messages == 1


def _anywhere(deed, **about):
    with cross_guild("the test writes for several servers"):
        return deed(**about)


def test_where_a_server_does_not_want_to_be_counted_nothing_is_kept(guild):
    category = ChannelFactory(guild=guild, kind="category")
    channel = ChannelFactory(guild=guild, parent=category)
    thread = ChannelFactory(guild=guild, parent=channel, kind="thread")
    settings = ActivitySettingsFactory(guild=guild, ignored_channel_ids=[category.pk, 9])
    told = [message(guild.pk, channel_id=each) for each in (channel.pk, thread.pk, 9, 7)]

    assert write_batch(told=told) == 1
    assert stored() == {told[3].id}

    settings.messages_counted = False
    settings.save()
    assert write_batch(told=[message(guild.pk)]) == 0


def test_a_refused_message_takes_nothing_of_its_batch_with_it_into_the_counters(guild):
    with pytest.raises(IntegrityError, match="has_an_id"):
        write_batch(told=[message(guild.pk), message(guild.pk)._replace(id=-1)])

    assert stored() == set()
    assert counted() == (set(), set(), set(), set())


def test_a_message_has_the_columns_of_its_table():
    columns = {field.column for field in MessageEvent._meta.concrete_fields}

    assert set(Message._fields) == columns - {"edited_at", "deleted_at"}
