"""Reminders: understood, kept once, said at their moment, again and again, put off, deleted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import pytest

from community.errors import HouseError
from community.models import AuditEntry, Errand, Preference, Reminder
from community.services.errands import claim_errands, fail_errand, finish_errand
from community.services.leases import LEAD, hold_lease
from community.services.orders import Trouble
from community.services.preferences import choose_preferences, offer_zones, preferences_of
from community.services.privacy import erase_person
from community.services.reminders import (
    MOST_OPEN,
    Wish,
    call_off_reminder,
    delete_reminder,
    keep_reminder,
    open_reminders_of,
    plan_reminder,
    set_reminders_right,
    snooze_reminder,
    word_reminder,
)
from tests.community.factories import ReminderFactory
from tests.factories import (
    GrantFactory,
    GuildFactory,
    MemberFactory,
    PreferenceFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

# A Saturday; in the night that follows, clocks in Berlin leap from 2:00 to 3:00.
NOW = datetime(2026, 3, 28, 8, tzinfo=UTC)
REFUSED = Trouble("They take no messages.", timedelta(), is_final=True)


@pytest.fixture
def reader(guild):
    member = MemberFactory(guild=guild)
    PreferenceFactory(user=member.user, tz="Europe/Berlin")
    return member


@pytest.fixture
def epoch():
    return hold_lease(name=LEAD, holder="this bot", span=timedelta(days=365))


def a_wish(reader, when="tomorrow 2:30", repeat="", asked_as=1, *, is_public=False):
    return Wish(
        guild_id=reader.guild_id,
        user_id=reader.user_id,
        channel_id=77,
        is_public=is_public,
        may_speak=True,
        when=when,
        what="Return  the *book*",
        repeat=repeat,
        asked_as=asked_as,
        at=NOW,
    )


def keep(reader, *args, **kwargs):
    return keep_reminder(plan=plan_reminder(wish=a_wish(reader, *args, **kwargs)), now=NOW)


def due(epoch, at):
    taken = claim_errands(now=at, epoch=epoch, most=10)
    return [errand for errand in taken if errand.kind == "reminder"]


def say_what_is_due(epoch, at):
    """Say what is due, and return the words."""
    told = []
    while taken := due(epoch, at):  # of one person's, one at a time
        for errand in taken:
            told.append(word_reminder(errand=errand).message["content"])
            finish_errand(errand=errand, result={}, epoch=epoch)
    return told


def now_of(reminder):
    return Reminder.objects.get(pk=reminder.pk)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_plan_counts_once_and_only_when_it_is_kept(guild, reader):
    plan = plan_reminder(wish=a_wish(reader))
    planned = Reminder.objects.exists()

    first, second = keep_reminder(plan=plan, now=NOW), keep_reminder(plan=plan, now=NOW)

    assert not planned
    assert first.pk == second.pk
    assert (first.on_day, str(first.at_time)) == (date(2026, 3, 29), "02:30:00")
    assert first.due_at == at("2026-03-29 01:30")
    meeting, errand = Errand.objects.order_by("due_at")
    assert (meeting.kind, meeting.user_id) == ("meeting", reader.user_id)
    assert errand.due_at == first.due_at
    assert errand.valid_until > first.due_at
    assert open_reminders_of(user_id=reader.user_id) == [first]


def test_it_is_said_at_its_moment_and_then_it_is_over(guild, reader, epoch):
    reminder = keep(reader, is_public=True)

    early = say_what_is_due(epoch, at("2026-03-29 01:29:59"))
    told = say_what_is_due(epoch, at("2026-03-29 01:30"))
    again = say_what_is_due(epoch, at("2027-03-29 01:30"))

    words = f"<@{reader.user_id}>, you wanted to be reminded: Return the \\*book\\*"
    assert (early, told, again) == ([], [words], [])
    assert now_of(reminder).state == "said"
    assert Errand.objects.get().payload["channel_id"] == "77"


def test_what_comes_daily_keeps_the_time_on_the_wall_when_clocks_change(guild, reader, epoch):
    reminder = keep(reader, "18:00", "daily")
    moments = []

    for _ in range(3):
        moments.append(now_of(reminder).due_at)
        assert say_what_is_due(epoch, moments[-1])[0].startswith("<@")

    assert moments == [at("2026-03-28 17:00"), at("2026-03-29 16:00"), at("2026-03-30 16:00")]


def test_what_was_missed_is_said_late_once_and_then_goes_on(guild, reader, epoch):
    reminder = keep(reader, "18:00", "every 6 hours")

    told = say_what_is_due(epoch, at("2026-03-30 09:00"))

    assert len(told) == 1
    assert "This is late: it was for <t:" in told[0]
    assert "every 6 hours" in told[0]
    assert now_of(reminder).due_at == at("2026-03-30 11:00")
    assert Errand.objects.open().filter(kind="reminder").count() == 1


def test_what_is_put_off_is_said_again_and_what_comes_again_stays(guild, reader, epoch):
    once, daily = keep(reader, "12:00"), keep(reader, "12:00", "daily", asked_as=2)
    noon = at("2026-03-28 11:00")
    mine = {"guild_id": guild.pk, "user_id": reader.user_id}
    say_what_is_due(epoch, noon)

    for reminder in (once, daily, daily):
        snooze_reminder(**mine, reminder_id=reminder.pk, by="1h", now=noon)
    told = say_what_is_due(epoch, noon + timedelta(hours=1))

    assert len(told) == 2
    assert now_of(once).state == "said"
    assert now_of(daily).due_at == at("2026-03-29 10:00")
    tomorrow = snooze_reminder(**mine, reminder_id=once.pk, by="1d", now=noon)
    assert tomorrow.due_at == at("2026-03-29 10:00")


def test_what_is_deleted_is_not_said_and_nobody_else_may(guild, reader, epoch):
    reminder = keep(reader)
    mine = {"guild_id": guild.pk, "reminder_id": reminder.pk}
    (errand,) = due(epoch, at("2026-03-29 01:30"))

    with pytest.raises(HouseError, match="Only who asked"):
        delete_reminder(**mine, user_id=reader.user_id + 1)
    delete_reminder(**mine, user_id=reader.user_id)

    assert word_reminder(errand=errand) is None
    with pytest.raises(HouseError, match="gone"):
        snooze_reminder(**mine, user_id=reader.user_id, by="1h", now=NOW)
    assert open_reminders_of(user_id=reader.user_id) == []


def test_who_takes_no_messages_is_not_tried_for_ever(guild, reader, epoch):
    once, daily = keep(reader, "12:00"), keep(reader, "12:00", "daily", asked_as=2)

    for day in range(4):
        for errand in due(epoch, at("2026-03-28 11:00") + timedelta(days=day)):
            fail_errand(errand=errand, trouble=REFUSED, now=NOW, epoch=epoch)

    assert [now_of(each).state for each in (once, daily)] == ["failed", "failed"]
    assert now_of(daily).misses == 3
    assert now_of(daily).last_error == "They take no messages."


def test_who_is_silenced_or_left_says_nothing_through_us(guild, reader, epoch):
    keep(reader, is_public=True)
    (errand,) = due(epoch, at("2026-03-29 01:30"))
    here = word_reminder(errand=errand).channel_id

    reader.timed_out_until = at("2026-04-01 00:00")
    reader.save()
    silenced = word_reminder(errand=errand).channel_id
    reader.timed_out_until, reader.left_at = None, NOW
    reader.save()

    assert (here, silenced) == (77, None)
    assert word_reminder(errand=errand).channel_id is None


def test_there_is_an_end_to_how_much_somebody_wants_in_all_servers(guild, reader):
    elsewhere = GuildFactory()
    ReminderFactory.create_batch(MOST_OPEN - 1, guild=elsewhere, user_id=reader.user_id)
    plans = [plan_reminder(wish=a_wish(reader, asked_as=n)) for n in (1, 2)]

    keep_reminder(plan=plans[0], now=NOW)

    with pytest.raises(HouseError, match="25 reminders open"):
        keep_reminder(plan=plans[1], now=NOW)
    with pytest.raises(HouseError, match="25 reminders open"):
        plan_reminder(wish=a_wish(reader))


def test_what_cannot_be_is_refused_before_the_question(guild, reader):
    wish = a_wish(reader)

    with pytest.raises(HouseError, match="1 to 500"):
        plan_reminder(wish=replace(wish, what="   "))
    with pytest.raises(HouseError, match="by direct message"):
        plan_reminder(wish=replace(wish, is_public=True, may_speak=False))
    late = plan_reminder(wish=replace(wish, when="1h"))
    with pytest.raises(HouseError, match="over already"):
        keep_reminder(plan=late, now=NOW + timedelta(hours=2))


def test_when_a_country_changes_its_clocks_the_wall_stays_and_the_moment_moves(
    guild, reader, epoch
):
    reminder, hours = keep(reader, "tomorrow 18:00"), keep(reader, "5h", asked_as=2)

    with patch("community.moments.zone_called", return_value=UTC):
        moved = set_reminders_right(), set_reminders_right()

    assert moved == (1, 0)
    assert now_of(reminder).due_at == at("2026-03-29 18:00")
    assert now_of(hours).due_at == at("2026-03-28 13:00")
    assert say_what_is_due(epoch, at("2026-03-29 16:00")) != []  # the one of hours
    assert now_of(reminder).state == "open"
    assert len(say_what_is_due(epoch, at("2026-03-29 18:00"))) == 1


def test_staff_call_one_off_and_it_is_noted(guild, reader, epoch):
    reminder = keep(reader)
    stranger, staff = StaffFactory(), StaffFactory()
    GrantFactory(guild=guild, staff=staff, capabilities=["configure"])

    with pytest.raises(HouseError):
        call_off_reminder(reminder=reminder, by=stranger)
    call_off_reminder(reminder=reminder, by=staff)

    assert now_of(reminder).state == "deleted"
    assert AuditEntry.objects.get(verb="community.reminder.called_off").staff == staff
    assert say_what_is_due(epoch, at("2026-03-29 01:30")) == []


def test_who_is_erased_is_told_nothing_any_more(guild, reader, epoch):
    keep(reader)

    erase_person(user_id=reader.user_id, by=None)

    assert not Reminder.objects.exists()
    assert claim_errands(now=at("2026-03-29 01:30"), epoch=epoch, most=10) == []


def test_somebody_chooses_what_they_name_and_the_rest_is_as_the_server_has_it(guild):
    person = MemberFactory(guild=guild).user
    guild.tz, guild.locale = "Asia/Tokyo", "ja"
    guild.save()

    choose_preferences(user_id=person.pk, zone="europe/berlin", dm_reminders=False)
    choose_preferences(user_id=person.pk, language="de", on_leaderboards=False)
    chosen = preferences_of(guild_id=guild.pk, user_id=person.pk)
    choose_preferences(user_id=person.pk, zone="server", language="server")
    back = preferences_of(guild_id=guild.pk, user_id=person.pk)

    assert (chosen.zone, chosen.language, chosen.dm_reminders) == ("Europe/Berlin", "de", False)
    assert (back.zone, back.language, back.has_own_zone) == ("Asia/Tokyo", "ja", False)
    assert Preference.objects.get().on_leaderboards is False
    for wrong in ({"zone": "Atlantis"}, {"language": "xx"}):
        with pytest.raises(HouseError):
            choose_preferences(user_id=person.pk, **wrong)


def test_zones_are_offered_by_what_is_typed_with_their_clocks():
    assert offer_zones(typed="berl", now=NOW) == [("Europe/Berlin (09:00)", "Europe/Berlin")]
    assert offer_zones(typed="new york", now=NOW)[0][1] == "America/New_York"
    assert len(offer_zones(typed="", now=NOW)) == 25
