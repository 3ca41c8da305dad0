"""Voice, as Discord tells it, becomes stays, steps and counters; told twice, nothing changes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Sum

from activity.models import (
    ActivitySettings,
    ChannelDay,
    GuildHour,
    MemberDay,
    MemberTotals,
    VoiceEvent,
    VoiceSession,
)
from activity.services.hearing import hear_all_news
from activity.services.voice import servers_in_voice, settle_voice
from community.models import Guild, GuildSettings
from community.services.guilds import GuildFacts
from community.services.mirror import facts
from tests.activity.factories import ActivitySettingsFactory
from tests.factories import ChannelFactory, GuildFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
LOBBY, QUIET = 21, 22
ANNA, BEN, CLEO, MODERATOR = 41, 42, 43, 44
MOVED, DISCONNECTED, CHANGED = 26, 27, 24


def at(minutes):
    return MIDNIGHT + timedelta(minutes=minutes)


def voice(who, where, minutes, **more):
    state = facts.VoiceState(user_id=who, channel_id=where, **more)
    return facts.News(facts.VoiceTold(state), at(minutes))


def hear(guild, *news):
    hear_all_news(guild_id=guild.pk, news=news)


def both_for_two_hours(guild):
    """Have Anna and Ben talk from an hour before midnight until an hour after it."""
    return (
        voice(ANNA, LOBBY, -60),
        voice(BEN, LOBBY, -60),
        voice(BEN, None, 60),
        voice(ANNA, None, 61),
    )


def counted(guild):
    """Return what stands in the counters, in minutes."""
    rows = (
        MemberTotals.objects.of(guild.pk).values_list("user_id", "voice_ms"),
        MemberDay.objects.of(guild.pk).values_list("user_id", "day__day", "voice_ms"),
        ChannelDay.objects.of(guild.pk).values_list("channel_id", "day__day", "voice_ms"),
        GuildHour.objects.of(guild.pk).values_list("hour__hour", "voice_ms"),
    )
    return [sorted((*row[:-1], row[-1] / 60_000) for row in each) for each in rows]


def test_time_together_is_counted_in_each_day_and_each_hour(guild):
    hear(guild, *both_for_two_hours(guild))

    totals, days, channels, hours = counted(guild)
    assert totals == [(ANNA, 120), (BEN, 120)]
    assert days == [(ANNA, 1, 60), (ANNA, 2, 60), (BEN, 1, 60), (BEN, 2, 60)]
    assert channels == [(LOBBY, 1, 120), (LOBBY, 2, 120)]
    assert hours == [(0, 120), (23, 120)]
    spent = VoiceSession.objects.of(guild.pk).aggregate(Sum("counted_ms"))
    assert spent["counted_ms__sum"] == 240 * 60_000
    anna = MemberTotals.objects.of(guild.pk).get(user_id=ANNA)
    assert (anna.hours, anna.first_at, anna.last_at) == (2, at(-60), at(60))


def test_a_batch_that_is_told_again_changes_nothing(guild):
    news = both_for_two_hours(guild)
    hear(guild, *news)
    before = counted(guild), list(VoiceEvent.objects.of(guild.pk).order_by("pk").values())

    hear(guild, *news)
    for each in news:
        hear(guild, each)

    after = counted(guild), list(VoiceEvent.objects.of(guild.pk).order_by("pk").values())
    assert before == after
    assert VoiceSession.objects.of(guild.pk).count() == 2


def test_each_minute_is_written_down_so_that_a_crash_loses_no_more(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0))

    for minute in (1, 2, 2, 3):
        settle_voice(guild_id=guild.pk, now=at(minute))

    assert counted(guild)[0] == [(ANNA, 3), (BEN, 3)]
    seen = VoiceSession.objects.of(guild.pk).open().values_list("seen_at", flat=True)
    assert set(seen) == {at(3)}


def test_after_a_crash_discord_says_who_is_still_there(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0), voice(CLEO, QUIET, 0))
    settle_voice(guild_id=guild.pk, now=at(10))

    here = facts.VoicesTold(
        (
            facts.VoiceState(user_id=ANNA, channel_id=LOBBY),
            facts.VoiceState(user_id=CLEO, channel_id=LOBBY),
        )
    )
    hear(guild, facts.News(here, at(12)))

    stays = VoiceSession.objects.of(guild.pk).order_by("pk")
    told = [(stay.user_id, stay.channel_id, stay.ending, stay.ended_at) for stay in stays]
    assert told == [
        (ANNA, LOBBY, "", None),
        (BEN, LOBBY, "lost", at(10)),
        (CLEO, QUIET, "lost", at(10)),
        (CLEO, LOBBY, "", None),
    ]


def test_rules_that_change_hold_from_the_next_minute_on(guild):
    lobby = ChannelFactory(guild=guild, kind="voice", parent=ChannelFactory(guild=guild))
    hear(guild, voice(ANNA, lobby.pk, 0), voice(BEN, lobby.pk, 0))
    settle_voice(guild_id=guild.pk, now=at(5))

    ActivitySettingsFactory(guild=guild, ignored_channel_ids=[lobby.parent_id])
    settle_voice(guild_id=guild.pk, now=at(6))
    settle_voice(guild_id=guild.pk, now=at(30))

    assert counted(guild)[0] == [(ANNA, 6), (BEN, 6)]


def test_a_server_that_counts_no_voice_keeps_no_stays(guild):
    ActivitySettingsFactory(guild=guild, voice_counted=False)

    hear(guild, voice(ANNA, LOBBY, 0))

    assert not VoiceSession.objects.of(guild.pk).exists()


def test_a_server_that_wants_lines_has_stays_that_do_not_count(guild):
    ActivitySettingsFactory(guild=guild, voice_counted=False)
    log = ChannelFactory(guild=guild)
    GuildSettings.objects.of(guild.pk).update(voice_log=log)

    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0), voice(BEN, None, 9))

    assert VoiceSession.objects.of(guild.pk).count() == 2
    assert counted(guild)[0] == []


def test_the_afk_channel_is_mirrored_from_discord(guild):
    told = facts.GuildTold(guild=GuildFacts(name="Kiln"), afk_channel_id=QUIET)

    hear(guild, facts.News(told, at(0)))
    hear(guild, voice(ANNA, QUIET, 0), voice(BEN, QUIET, 0), voice(BEN, None, 9))

    assert ActivitySettings.objects.of(guild.pk).get().afk_channel_id == QUIET
    assert counted(guild)[0] == []


def test_whoever_leaves_the_server_leaves_voice(guild):
    hear(guild, voice(ANNA, LOBBY, 0), facts.News(facts.PersonLeft(ANNA), at(3)))

    stay = VoiceSession.objects.of(guild.pk).get()
    assert (stay.ending, stay.ended_at) == ("left", at(3))


def test_a_channel_that_is_deleted_has_nobody_in_it(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, QUIET, 0))

    hear(guild, facts.News(facts.ChannelLost(LOBBY), at(3)))

    there = VoiceSession.objects.of(guild.pk).open().values_list("user_id", flat=True)
    assert list(there) == [BEN]


@pytest.mark.parametrize("is_later", [True, False])
def test_a_timeout_that_puts_somebody_out_is_no_leaving(guild, is_later):
    user = UserFactory(pk=ANNA)
    until = None if is_later else at(60)
    MemberFactory(guild=guild, user=user, timed_out_until=until)
    hear(guild, voice(ANNA, LOBBY, 0), voice(ANNA, None, 5))

    if is_later:
        person = facts.MemberFacts(user_id=ANNA, username="anna", timed_out_until=at(60))
        hear(guild, facts.News(facts.PersonChanged(person), at(5.01)))

    last = VoiceEvent.objects.of(guild.pk).order_by("at").last()
    assert (last.kind, last.session.ending) == ("timeout", "timed_out")


def logged(action, minutes, **more):
    entry = {"entry_id": 9, "action": action, "at": at(minutes), "by_id": MODERATOR, **more}
    return facts.News(facts.EntryLogged(**entry), at(minutes))


def test_discords_log_names_who_threw_somebody_out(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0))

    hear(guild, voice(ANNA, None, 5), logged(DISCONNECTED, 5.01))

    last = VoiceEvent.objects.of(guild.pk).order_by("at").last()
    assert (last.kind, last.actor_id) == ("disconnect", MODERATOR)
    assert last.session.ending == "disconnected"


def test_where_there_is_doubt_nobody_is_named(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0))

    hear(guild, voice(ANNA, None, 5), voice(BEN, None, 5.01), logged(DISCONNECTED, 5.02))

    steps = VoiceEvent.objects.of(guild.pk).exclude(kind="join")
    assert {(step.kind, step.actor_id) for step in steps} == {("leave", None)}


def test_discords_log_names_who_took_somebody_elsewhere(guild):
    hear(guild, voice(ANNA, LOBBY, 0), voice(BEN, LOBBY, 0))

    told = logged(MOVED, 5.02, channel_id=QUIET)
    hear(guild, voice(ANNA, QUIET, 5), voice(BEN, 23, 5.01), told)

    moves = VoiceEvent.objects.of(guild.pk).filter(kind="move").order_by("at")
    assert [(move.user_id, move.actor_id) for move in moves] == [(ANNA, MODERATOR), (BEN, None)]


def test_time_stands_still_where_nobody_can_see(guild):
    hear(guild, voice(ANNA, LOBBY, 0))
    other = GuildFactory()

    seen = servers_in_voice(among=[guild.pk, other.pk])
    Guild.objects.filter(pk=guild.pk).update(available=False)

    assert seen == [guild.pk]
    assert servers_in_voice(among=[guild.pk, other.pk]) == []
