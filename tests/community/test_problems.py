"""What stands in the way is said in words, with what mends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import GuildSettings
from community.services.heartbeats import note_heartbeat
from community.services.problems import count_problems, problems_of
from tests.factories import ChannelFactory, ErrandFactory, StandingOrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bot():
    note_heartbeat(process="bot@attic:1", started_at=timezone.now(), figures={})


def kinds(guild):
    return [problem.kind for problem in problems_of(guild_id=guild.pk)]


def dead(guild, words):
    ended = {"state": "dead", "ended_at": timezone.now(), "last_error": words}
    return ErrandFactory(guild=guild, **ended)


def test_where_all_is_well_there_is_none(guild):
    StandingOrderFactory(guild=guild)

    assert kinds(guild) == []
    assert count_problems(guild_id=guild.pk) == 0


def test_a_missing_permission_is_named(guild):
    held = {"hold": "permission", "last_error": "The bot lacks the permission."}
    StandingOrderFactory.create_batch(2, guild=guild, **held)

    (problem,) = problems_of(guild_id=guild.pk)

    assert problem.title == "Ban (2): The bot lacks the permission."
    assert "“Ban Members”" in problem.fix


def test_closed_messages_are_worth_knowing_and_no_more(guild):
    dead(guild, "They take no messages from the bot.")

    (problem,) = problems_of(guild_id=guild.pk)

    assert not problem.is_grave
    assert count_problems(guild_id=guild.pk) == 0


def test_a_setting_that_names_a_deleted_channel_is_found(guild):
    gone = ChannelFactory(guild=guild, deleted_at=timezone.now())
    GuildSettings.objects.of(guild.pk).update(moderation_log=gone)

    (problem,) = problems_of(guild_id=guild.pk)

    assert problem.title == "#poetry was deleted, and is still the moderation log."


def test_what_was_given_up_is_told_with_its_words(guild):
    dead(guild, "The channel is gone.")

    assert [p.title for p in problems_of(guild_id=guild.pk)] == [
        "Message (1): The channel is gone."
    ]


def test_what_should_have_ended_is_counted(guild):
    StandingOrderFactory(guild=guild, until=timezone.now() - timedelta(minutes=5))

    assert kinds(guild) == ["late"]


def test_a_quiet_bot_is_missed(guild):
    from community.models import Heartbeat

    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(hours=1))

    assert kinds(guild) == ["bot"]


@pytest.mark.parametrize("change", [{"available": False}, {"left_at": timezone.now()}])
def test_a_server_that_is_away_is_told(guild, change):
    type(guild).objects.filter(pk=guild.pk).update(**change)

    assert kinds(guild) == ["away"]
