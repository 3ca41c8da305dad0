"""What a living bot sees at the pretend Discord: voice, comings, roles, and the lines in logs."""

from datetime import timedelta

import pytest

from activity.minutes import Minutes
from activity.models import MemberEvent, RoleChange, VoiceEvent, VoiceSession
from activity.services import log_lines
from community.models import GuildSettings
from community.scope import cross_guild
from config.bot.intents import USUAL
from tests.living_bot import LivingBot, becomes
from tests.moderation.here import Here
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)
NEWCOMER = 4 * 10**17
LOGS = ("member_log_id", "message_log_id", "role_log_id", "voice_log_id")


@pytest.fixture
def watched(sandbox, settings, monkeypatch):
    """A server with a bot that reads, and carries out what is to be said."""
    settings.DISCORD_READY_PAUSE_MS = 50
    settings.DISCORD_INTENTS = (*USUAL, "message_content")
    monkeypatch.setattr(log_lines, "PAUSE", timedelta(seconds=1))
    here = Here(sandbox, a_place(sandbox))
    with LivingBot(sandbox, carries_out=True) as here.bot:
        becomes(lambda: GuildSettings.objects.filter(guild_id=here.guild_id).exists(), wanted=True)
        here.log = here.channel_named("mod-log")
        with cross_guild("a test looks everywhere"):
            becomes(channel_is_known(here), wanted=True)
            settings_of = GuildSettings.objects.filter(guild_id=here.guild_id)
            settings_of.update(**dict.fromkeys(LOGS, int(here.log)))
            here.bot.wait(minutes_of(here.bot).look())
            yield here


def channel_is_known(here):
    from community.models import Channel

    return Channel.objects.filter(pk=int(here.log)).exists


def minutes_of(living):
    leave = next(each for each in living.bot.closing if isinstance(each.__self__, Minutes))
    return leave.__self__


def voices(here):
    channels = here.sandbox.do(lambda heart: heart.world.guilds[here.place.guild].channels)
    return [key for key, each in channels.items() if each["type"] == 2]


def lines(here):
    """Return what the bot has said in the log, without the moment of each line."""
    said = here.sandbox.do(lambda heart: [*heart.world.messages.get(here.log, {}).values()])
    told = [
        line
        for each in said
        for embed in each["embeds"]
        for line in embed["description"].split("\n")
    ]
    return {line.split("> ", 1)[-1].replace(f" ({name(here)})", "") for line in told}


def name(here):
    from community.models import User
    from community.words import plain

    user = User.objects.get(pk=here.human)
    return plain(user.global_name or user.username, most=40)


def steps(here):
    return lambda: list(VoiceEvent.objects.order_by("at").values_list("kind", "actor_id"))


def test_voice_is_seen_counted_and_told(watched):
    here, people, (one, two, *_) = watched, watched.sandbox.people, voices(watched)
    owner, human = here.place.owner, here.place.human
    here.sandbox.add_fault("event_twice", route="VOICE_STATE_UPDATE")

    people.move_voice(here.guild_id, owner, one)
    people.move_voice(here.guild_id, human, one)
    becomes(lambda: VoiceSession.objects.exclude(counting_since=None).count(), 2)
    people.take_elsewhere(here.guild_id, human, two)
    becomes(steps(here), [("join", None), ("join", None), ("move", int(owner))])
    people.take_elsewhere(here.guild_id, human, None)

    becomes(lambda: steps(here)()[3:], [("disconnect", int(owner))])
    here.bot.wait(minutes_of(here.bot).settle())
    stays = VoiceSession.objects.order_by("started_at")
    assert [each.ending for each in stays] == ["", "moved", "disconnected"]
    assert all(each.counted_ms > 0 for each in stays[:2])
    wanted = {
        f"<@{human}> came into <#{one}>.",
        f"<@{human}> went over to <#{two}>, moved by <@{owner}>.",
        f"<@{human}> was disconnected from <#{two}> by <@{owner}>.",
    }
    becomes(lambda: wanted - lines(here), set())


def test_comings_names_roles_and_texts_are_told(watched):
    here, people = watched, watched.sandbox.people
    guild, human, channel = here.guild_id, here.place.human, here.place.channel
    roles = here.sandbox.do(lambda heart: heart.world.guilds[str(guild)].roles)
    role = next(key for key, each in roles.items() if not each["managed"] and key != str(guild))

    people.join(guild, NEWCOMER, username="newcomer")
    people.rename(guild, human, None)
    people.rename(guild, human, "Frog")
    people.give_role(guild, human, role)
    message = people.say(human, channel, "it was *me*")
    people.edit(channel, message["id"], "it was not me")
    people.delete(channel, message["id"])
    people.leave(guild, NEWCOMER)

    where = f"https://discord.com/channels/{guild}/{channel}/{message['id']}"
    wanted = {
        f"<@{NEWCOMER}> (newcomer) left.",
        f"<@{human}> has another nickname: their own name became “Frog”.",
        f"<@{human}> was given the role <@&{role}> by <@{here.place.owner}>.",
        f"<@{human}> changed [a message]({where}) in <#{channel}>."
        " Before: “it was \\*me\\*”. After: “it was not me”.",
        f"A message of <@{human}> in <#{channel}> was deleted; “it was not me”.",
    }
    becomes(lambda: wanted - lines(here), set())
    kinds = MemberEvent.objects.filter(user_id=NEWCOMER).values_list("kind", flat=True)
    assert list(kinds.order_by("at")) == ["join", "leave"]
    assert RoleChange.objects.get().actor_id == int(here.place.owner)


def test_who_left_while_the_bot_was_away_is_not_in_voice_any_more(watched, sandbox):
    here, people, (one, two, *_) = watched, watched.sandbox.people, voices(watched)
    owner, human = here.place.owner, here.place.human
    people.move_voice(here.guild_id, owner, one)
    people.move_voice(here.guild_id, human, one)
    becomes(lambda: VoiceSession.objects.filter(ended_at=None).count(), 2)

    sandbox.add_fault("event_lost", route="VOICE_STATE_UPDATE")
    people.move_voice(here.guild_id, human, None)
    people.move_voice(here.guild_id, owner, two)
    sandbox.add_fault("invalidate")

    def told():
        stays = VoiceSession.objects.order_by("started_at", "user_id")
        return sorted(stays.values_list("user_id", "channel_id", "ending"))

    wanted = [
        (int(owner), int(one), "lost"),
        (int(human), int(one), "lost"),
        (int(owner), int(two), ""),
    ]
    becomes(told, sorted(wanted))
