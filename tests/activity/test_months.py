"""Messages lie in months: made ahead, found again, and dropped whole when their year is over."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from activity import tasks
from activity.models import MemberDay, MessageEvent
from activity.partitions import Month, drop_months, make_month, months_from, months_of
from activity.services.messages import write_batch
from activity.services.months import TABLE, keep_months, prepare_months
from activity.snowflakes import moment_of
from community.services.retention import Due, look_ahead
from tests.activity.told import counted, message, stored
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db
MARCH = Month(2026, 3)
IN_MARCH = datetime(2026, 3, 9, tzinfo=UTC)


def lies_in(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table}")
        return {key for (key,) in cursor.fetchall()}


def test_three_months_are_ready_after_migrating():
    assert set(months_from(timezone.now(), 4)) <= months_of(TABLE)
    assert [*months_from(datetime(2026, 12, 31, tzinfo=UTC), 2)] == [Month(2026, 12), (2027, 1)]


def test_months_are_made_once():
    now = timezone.now() + timedelta(days=400)

    assert len(prepare_months(now=now)) == 4
    assert prepare_months(now=now) == []
    assert make_month(TABLE, Month.of(now)) == 0


def test_a_message_of_a_month_that_nobody_made_is_kept_and_led_home(guild):
    told = [message(guild.pk), message(guild.pk, timedelta(days=31))]
    write_batch(told=told)
    before = counted()
    assert lies_in(f"{TABLE}_elsewhere") == {each.id for each in told}

    words = keep_months(now=IN_MARCH)

    assert words == "4 months made, 0 dropped"
    assert lies_in(f"{TABLE}_elsewhere") == set()
    assert lies_in(MARCH.name(TABLE)) == {told[0].id}
    assert stored() == {each.id for each in told}
    assert (write_batch(told=told), counted()) == (0, before)


def test_a_month_is_dropped_whole_a_year_after_its_end(guild):
    told = message(guild.pk)
    write_batch(told=[told])
    make_month(TABLE, MARCH)

    keep_months(now=datetime(2027, 3, 31, tzinfo=UTC))
    assert stored() == {told.id}

    assert "1 dropped" in keep_months(now=datetime(2027, 4, 2, tzinfo=UTC))
    assert stored() == set()
    assert MemberDay.objects.get().messages == 1
    assert MARCH not in months_of(TABLE)


def test_what_would_be_dropped_is_counted_in_a_server_and_estimated_in_all(guild, time_machine):
    told = [message(guild.pk), message(guild.pk, timedelta(minutes=1)), message(GuildFactory().pk)]
    drop_months(TABLE, before=timezone.now())
    write_batch(told=told)
    make_month(TABLE, MARCH)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {MARCH.name(TABLE)}")
    time_machine.move_to(datetime(2027, 3, 31, tzinfo=UTC), tick=False)
    before = due_messages(guild_id=guild.pk)
    time_machine.move_to(datetime(2027, 4, 2, tzinfo=UTC), tick=False)

    here = due_messages(guild_id=guild.pk)
    everywhere = due_messages()

    assert before == Due()
    assert (here.rows, here.is_estimate) == (2, False)
    assert here.oldest == moment_of(told[0].id)
    assert everywhere == Due(3, datetime(2026, 3, 1, tzinfo=UTC), is_estimate=True)


def due_messages(guild_id=None):
    return next(each.due for each in look_ahead(guild_id=guild_id) if each.model is MessageEvent)


def test_dropping_leaves_what_lasts():
    drop_months(TABLE, before=timezone.now())  # another test may have made months of its own
    lasting = months_of(TABLE)

    assert drop_months(TABLE, before=timezone.now()) == []
    assert months_of(TABLE) == lasting


def test_the_clock_keeps_months():
    assert tasks.keep_months() == "0 months made, 0 dropped"


def test_each_question_of_a_time_reads_its_months_alone(guild):
    from activity.models import MessageEvent

    start = timezone.now()
    plan = MessageEvent.objects.between(start, start + timedelta(minutes=1)).explain()

    assert Month.of(start).name(TABLE) in plan
    assert f"{TABLE}_elsewhere" not in plan
