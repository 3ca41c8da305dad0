"""What the tables of activity hold, and what the database refuses."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.utils import timezone

from activity.models import MemberTotals, MessageEvent, VoiceSession
from activity.services.privacy import PERSONAL, export_member, forget_member
from activity.snowflakes import first_id_at, moment_of
from community.scope import cross_guild, guild_scope
from tests.activity import factories
from tests.activity.factories import (
    PERSON,
    MemberTotalsFactory,
    MessageEventFactory,
    VoiceSessionFactory,
)

pytestmark = pytest.mark.django_db


def test_an_id_says_when_it_was_made():
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    assert moment_of(first_id_at(noon)) == noon
    assert moment_of(first_id_at(noon) - 1) < noon


def test_messages_lie_in_months_and_are_found_between_two_moments():
    now = timezone.now()
    message = MessageEventFactory(id=first_id_at(now))

    with guild_scope(message.guild_id):
        found = MessageEvent.objects.between(now - timedelta(minutes=1), now + timedelta(minutes=1))
        assert list(found) == [message]
        assert not MessageEvent.objects.between(now - timedelta(days=1), now).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE relname = 'activity_messageevent'")
        assert cursor.fetchone() == ("p",)


def test_the_same_message_stands_once_in_its_server():
    message = MessageEventFactory()

    with pytest.raises(IntegrityError):
        MessageEventFactory(guild=message.guild, id=message.id)


def test_hours_and_days_follow_from_the_milliseconds():
    totals = MemberTotalsFactory(voice_ms=5_400_000)

    with guild_scope(totals.guild_id):
        row = MemberTotals.objects.get()
    assert (float(row.hours), float(row.days)) == (1.5, 0.06)


def test_nobody_is_in_two_voice_channels_of_a_server_at_once():
    session = VoiceSessionFactory()

    with pytest.raises(IntegrityError, match="in_one_channel_at_a_time"):
        VoiceSessionFactory(guild=session.guild)


def test_a_forgotten_person_leaves_a_strangers_events_and_no_counters():
    totals = MemberTotalsFactory()
    # Nobody writes where they have no totals: all of it is counted in one breath.
    MessageEventFactory(guild=totals.guild)
    others = set(PERSONAL) - {MemberTotals, MessageEvent}
    made = [getattr(factories, f"{model.__name__}Factory")() for model in others]
    VoiceSessionFactory(user_id=PERSON)

    with cross_guild("a test looks everywhere"):
        copied = export_member(user_id=PERSON)
        forget_member(user_id=PERSON)

        assert all(copied[model._meta.label] for model in PERSONAL)
        assert not any(export_member(user_id=PERSON).values())
        assert MessageEvent.objects.filter(user_id=0).count() == 1
        assert VoiceSession.objects.filter(user_id=0, ended_at=None).count() == 0
    assert len(made) == len(PERSONAL) - 2


def test_every_table_has_a_factory():
    for model in apps.get_app_config("activity").get_models():
        assert hasattr(factories, f"{model.__name__}Factory"), model
