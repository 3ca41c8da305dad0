"""Reminders and the use of commands at the desk: seen by those who may, read by those concerned."""

import pytest
from django.urls import reverse
from django.utils import timezone

from community.models import Reminder
from community.scope import guild_scope
from community.services.uses import Use, write_uses
from tests.community.factories import ReminderFactory
from tests.factories import ChannelFactory, GrantFactory, GuildFactory, MemberFactory

pytestmark = pytest.mark.django_db
LIST = "admin:community_reminder_changelist"


@pytest.fixture
def guild():
    guild = GuildFactory()
    with guild_scope(guild.pk):
        yield guild


@pytest.fixture
def signed_in(client, guild):
    def sign_in(*capabilities):
        client.force_login(GrantFactory(guild=guild, capabilities=list(capabilities)).staff)
        return client

    return sign_in


def test_staff_see_whose_and_when_and_read_only_what_is_said_in_channels(signed_in, guild):
    client, member = signed_in("see", "configure"), MemberFactory(guild=guild, nickname="Ada")
    channel = ChannelFactory(guild=guild, name="poetry")
    about = {"guild": guild, "user_id": member.user_id}
    ReminderFactory(**about, message="Ask the doctor", repeat="FREQ=DAILY;INTERVAL=1")
    ReminderFactory(**about, message="Read aloud", channel_id=channel.pk)

    page = client.get(reverse(LIST)).content.decode()

    assert "Ada" in page
    assert "Every day" in page
    assert "#poetry" in page
    assert "Read aloud" in page
    assert "doctor" not in page


def test_who_may_not_configure_sees_no_reminders_and_deletes_none(signed_in, guild):
    client, reminder = signed_in("see", "moderate"), ReminderFactory(guild=guild)
    call_off = reverse("admin:community_reminder_call_off", args=[reminder.pk])

    answers = client.get(reverse(LIST)), client.post(call_off)

    assert [each.status_code for each in answers] == [403, 403]
    assert Reminder.objects.get().state == "open"


def test_a_reminder_is_called_off_by_those_who_configure(signed_in, guild):
    client, reminder = signed_in("see", "configure"), ReminderFactory(guild=guild)

    client.post(reverse("admin:community_reminder_call_off", args=[reminder.pk]))
    page = client.get(reverse(LIST)).content.decode()

    assert Reminder.objects.get().state == "deleted"
    assert "Deleted" in page


def test_the_page_of_commands_tells_which_are_used_slow_and_broken(
    signed_in, guild, django_assert_max_num_queries
):
    client, now = signed_in("see"), timezone.now()
    told = {"guild_id": guild.pk, "user_id": 7, "used_at": now}
    uses = [Use(id=n, command="/warn", result="ok", took_ms=n, **told) for n in range(1, 21)]
    uses += [Use(id=99, command="!hello", result="failed", took_ms=4321, **told)]
    write_uses(uses=uses)
    page = reverse("admin:community_uses")

    with django_assert_max_num_queries(19):
        by_use = client.get(page).content.decode()
    by_failures = client.get(page, {"by": "failed"}).content.decode()
    sheet = b"".join(client.get(page, {"sheet": "csv"}).streaming_content).decode()

    assert "Worked 20, Refused 0, Broke 1" in by_use
    assert "4.3 s" in by_use
    assert "dk-tone-broken" in by_use
    table = by_failures.index("Each command</h2>")
    assert by_failures.index("!hello", table) < by_failures.index("/warn", table)
    assert "/warn,20,0,0,10,19" in sheet
