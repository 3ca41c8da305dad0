"""What stands in the way is said in words, with what mends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import GuildSettings, Heartbeat
from community.services.heartbeats import note_heartbeat
from community.services.problems import count_problems, problems_in, problems_of
from tests.factories import (
    ChannelFactory,
    ErrandFactory,
    GuildFactory,
    LogReadingFactory,
    RoleFactory,
    StandingOrderFactory,
    VerdictFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
ON_DISCORD = {"state": "on Discord"}
FORBIDDEN = "The bot lacks the permission, or its role is not above theirs."


@pytest.fixture(autouse=True)
def _bot():
    note_heartbeat(process="bot@attic:1", started_at=timezone.now(), figures=ON_DISCORD)


def kinds(guild):
    return [problem.kind for problem in problems_of(guild_id=guild.pk)]


def dead(guild, words):
    ended = {"state": "dead", "ended_at": timezone.now(), "last_error": words}
    return ErrandFactory(guild=guild, **ended)


def test_where_all_is_well_there_is_none(guild):
    StandingOrderFactory(guild=guild)

    assert kinds(guild) == []
    assert count_problems(guild_id=guild.pk) == 0


@pytest.mark.parametrize(("hours", "found"), [(1, ["bot"]), (25, [])])
def test_what_a_bot_could_not_keep_is_told_for_a_day(guild, hours, found):
    lost_at = (timezone.now() - timedelta(hours=hours)).isoformat()
    figures = {**ON_DISCORD, "lost": 1_200, "lost_at": lost_at}
    note_heartbeat(process="bot@attic:1", started_at=timezone.now(), figures=figures)

    problems = problems_of(guild_id=guild.pk)

    assert [problem.kind for problem in problems] == found
    assert all("1,200 events" in problem.title for problem in problems)


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


def test_a_log_that_is_kept_from_the_bot_is_named(guild):
    LogReadingFactory(guild=guild, is_closed=True)

    (problem,) = problems_of(guild_id=guild.pk)

    assert "View Audit Log" in problem.fix


def test_what_does_not_hold_is_said(guild):
    VerdictFactory(guild=guild, count=2, breaches=["The end is missing.", "A gap."])

    (problem,) = problems_of(guild_id=guild.pk)

    assert problem.title.endswith("The end is missing. And 1 more.")


def test_what_was_given_up_is_told_with_its_words(guild):
    dead(guild, "The channel is gone.")

    assert [p.title for p in problems_of(guild_id=guild.pk)] == [
        "Message (1): The channel is gone."
    ]


def test_a_missing_permission_for_a_role_names_the_role(guild):
    reader, theirs = RoleFactory(guild=guild, name="Reader"), RoleFactory(name="canary")
    for role in (reader, theirs):
        told = {"kind": "role", "subject": role.pk, "hold": "permission", "last_error": FORBIDDEN}
        StandingOrderFactory(guild=guild, **told)

    titles = [problem.title for problem in problems_of(guild_id=guild.pk)]

    assert titles == [f"Role @Reader (1): {FORBIDDEN}", f"Role (1): {FORBIDDEN}"]


def test_a_channel_the_bot_may_not_speak_in_is_named(guild):
    channel = ChannelFactory(guild=guild, name="staff-log")
    payload = {"channel_id": str(channel.pk), "message": {"content": "x"}}
    tried = {"attempts": 3, "last_error": FORBIDDEN, "payload": payload}
    ErrandFactory.create_batch(2, guild=guild, **tried)
    ErrandFactory(guild=guild, attempts=1, last_error="Discord does not answer.")

    (problem,) = problems_of(guild_id=guild.pk)

    assert (problem.kind, problem.count) == ("stuck", 2)
    assert "view #staff-log and send" in problem.fix


@pytest.mark.parametrize("text", ["", "x", "9" * 40, "-1", "²"])
def test_a_channel_that_is_none_is_no_stumbling_block(guild, text):
    tried = {"attempts": 3, "last_error": FORBIDDEN, "kind": "of an app that is gone"}
    ErrandFactory(guild=guild, payload={"channel_id": text}, **tried)

    (problem,) = problems_of(guild_id=guild.pk)

    assert problem.title == f"of an app that is gone (1): {FORBIDDEN}"


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        ("guild_away", "2 standing orders wait for this server to come back."),
        ("restored", "2 standing orders wait for a word since a backup was restored."),
        ("clock", "2 standing orders wait for a time that can be trusted."),
    ],
)
def test_what_is_held_is_counted_whatever_its_kind(guild, hold, words):
    StandingOrderFactory(guild=guild, hold=hold)
    StandingOrderFactory(guild=guild, hold=hold, kind="timeout")

    (problem,) = problems_of(guild_id=guild.pk)

    assert (problem.kind, problem.title) == (hold, words)


def test_a_deleted_role_that_silences_is_found(guild):
    gone = RoleFactory(guild=guild, name="Silent", deleted_at=NOW)
    GuildSettings.objects.of(guild.pk).update(mute_role=gone)

    assert kinds(guild) == ["role"]


def test_each_server_is_told_its_own_with_as_many_questions_as_for_one(
    guild, django_assert_max_num_queries
):
    others = GuildFactory.create_batch(3)
    for each in others:
        StandingOrderFactory(guild=each, hold="permission")
        ErrandFactory(guild=each, attempts=3, last_error=FORBIDDEN)
        dead(each, "The channel is gone.")
    keys = [guild.pk, *(each.pk for each in others)]

    with django_assert_max_num_queries(4):
        found = problems_in(guild_ids=keys)

    assert [len(found[key]) for key in keys] == [0, 3, 3, 3]


def test_what_should_have_ended_is_counted(guild):
    StandingOrderFactory(guild=guild, until=timezone.now() - timedelta(minutes=5))

    assert kinds(guild) == ["late"]


def test_what_is_about_to_end_is_no_trouble(guild):
    StandingOrderFactory(guild=guild, until=timezone.now() - timedelta(seconds=30))

    assert kinds(guild) == []


def test_a_bot_that_is_not_on_discord_is_told(guild):
    figures = {"state": "waits for the lead"}
    note_heartbeat(process="bot@attic:1", started_at=NOW, figures=figures)

    (problem,) = problems_of(guild_id=guild.pk)

    assert problem.title == "The bot is running, but not on Discord: it waits for the lead."


@pytest.mark.parametrize(
    ("off", "words", "is_grave"),
    [
        (None, "Discord has not told the time yet: nothing is carried out until it does.", True),
        (-95.2, "The clock of the bot's machine is 95 s off Discord's.", False),
    ],
)
def test_a_clock_that_is_wrong_or_unknown_is_told(guild, off, words, is_grave):
    figures = {**ON_DISCORD, "clock_off_s": off}
    note_heartbeat(process="bot@attic:1", started_at=NOW, figures=figures)

    (problem,) = problems_of(guild_id=guild.pk)

    assert (problem.title, problem.is_grave) == (words, is_grave)


def test_what_is_wished_for_and_not_heard_is_told(guild):
    GuildSettings.objects.update(presence_enabled=True, message_log=ChannelFactory(guild=guild))
    assert kinds(guild) == []
    figures = {**ON_DISCORD, "unheard": ["guild_reactions", "message_content", "presences"]}
    note_heartbeat(process="bot@attic:1", started_at=NOW, figures=figures)

    online, words = problems_of(guild_id=guild.pk)

    assert ("who is online" in online.title, online.is_grave) == (True, True)
    assert ("without their words" in words.title, words.is_grave) == (True, False)
    assert "Presence Intent" in online.fix
    GuildSettings.objects.update(presence_enabled=False, message_log=None)
    assert kinds(guild) == []


def test_a_quiet_bot_is_missed(guild):
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(hours=1))

    assert kinds(guild) == ["bot"]


@pytest.mark.parametrize("change", [{"available": False}, {"left_at": timezone.now()}])
def test_a_server_that_is_away_is_told(guild, change):
    type(guild).objects.filter(pk=guild.pk).update(**change)

    assert kinds(guild) == ["away"]
