"""Time in voice and online is counted once and no less, however often the bot is killed meanwhile.

The long drill: VOICE_KILLS=20 VOICE_SEED=1 pytest tests/end_to_end/test_voice_survives.py -s
"""

import os
import random
import sys
import time
from itertools import pairwise

import pytest
from django.db.models import Sum
from django.db.models.functions import Now

from activity.models import MemberDay, MessageEvent, PresenceDay, VoiceSession
from activity.services.proving import find_breaches
from activity.services.rooms import ms_of
from community.models import GuildSettings, Lease
from community.scope import cross_guild, guild_scope
from config.bot.intents import USUAL
from tests.end_to_end.bots import Bot, environment_for
from tests.end_to_end.test_bot_survives import is_on_discord, wait_until
from tests.sandbox.places import a_place

KILLS = int(os.environ.get("VOICE_KILLS", "2"))
SEED = int(os.environ.get("VOICE_SEED", "11"))

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _everywhere():
    with cross_guild("a drill looks everywhere"):
        yield


@pytest.fixture
def bot(sandbox, tmp_path):
    wished = ",".join((*USUAL, "presences"))
    bot = Bot(tmp_path, environment_for(sandbox) | {"DISCORD_INTENTS": wished})
    yield bot
    bot.kill()


class House:
    """Who is in voice at the pretend Discord: two who stay, and some who come and go."""

    def __init__(self, sandbox, seed):
        self.sandbox, self.dice = sandbox, random.Random(seed)
        self.guild_id = a_place(sandbox).guild
        people, self.rooms = sandbox.do(self._people_and_rooms)
        self.stayers, self.movers = people[:2], people[2:8]

    def _people_and_rooms(self, heart):
        guild, users = heart.world.guilds[self.guild_id], heart.world.users
        people = [user_id for user_id in guild.members if not users[user_id]["bot"]]
        rooms = [key for key, each in guild.channels.items() if each["type"] == 2]
        return people, [key for key in rooms if key != guild.facts["afk_channel_id"]]

    def told(self):
        """Return who is where, as Discord has it."""

        def voices(heart):
            states = heart.world.guilds[self.guild_id].voice.values()
            return {(int(each["user_id"]), int(each["channel_id"])) for each in states}

        return self.sandbox.do(voices)

    def settle(self):
        for user_id in self.stayers:
            self.sandbox.people.move_voice(self.guild_id, user_id, self.rooms[0])

    def stir(self, times):
        """Let some come, go over, or go."""
        here = {user_id for user_id, _ in self.told()}
        for _ in range(times):
            who = self.dice.choice(self.movers)
            where = self.dice.choice([*self.rooms, None] if int(who) in here else self.rooms)
            self.sandbox.people.move_voice(self.guild_id, who, where)
            here = here - {int(who)} if where is None else here | {int(who)}
            time.sleep(self.dice.uniform(0, 0.05))


def known():
    """Return who is where, as the house has it."""
    return set(VoiceSession.objects.open().values_list("user_id", "channel_id"))


def total(model, column):
    return model.objects.aggregate(total=Sum(column))["total"]


def agrees(guild_id):
    with guild_scope(int(guild_id)):
        return list(find_breaches(guild_id=int(guild_id)))


def overlapping():
    """Return the stays of somebody that began before the one before them had ended."""
    stays = VoiceSession.objects.order_by("user_id", "started_at", "pk")
    return [
        (one.pk, next_one.pk)
        for one, next_one in pairwise(stays)
        if one.user_id == next_one.user_id
        and (one.ended_at is None or one.ended_at > next_one.started_at)
    ]


def start_again(bot):
    # Whoever died is known to be dead: nobody needs to wait for the end of its lease.
    Lease.objects.update(until=Now())
    bot.start()
    wait_until(is_on_discord(bot), bot)


def ask_for_presence(house, bot):
    theirs = GuildSettings.objects.filter(guild_id=house.guild_id)
    wait_until(lambda: theirs.update(presence_enabled=True), bot)


def be_seen(house, bot):
    """Let somebody be online for longer than a second, as the bot has heard; return since when."""
    began, place = time.time(), a_place(house.sandbox)
    house.sandbox.people.show(house.stayers[0], desktop="online")
    said = house.sandbox.people.say(place.human, place.channel, "What was told before has come.")
    wait_until(MessageEvent.objects.filter(pk=said["id"]).exists, bot)
    time.sleep(1.5)
    return began


def test_killed_again_and_again_the_bot_counts_who_stayed_whole_and_nobody_twice(sandbox, bot):
    house = House(sandbox, SEED)
    start_again(bot)
    ask_for_presence(house, bot)
    house.settle()
    for _ in range(KILLS):
        house.stir(12)
        bot.kill()
        house.stir(4)
        start_again(bot)
        wait_until(lambda: known() == house.told(), bot)
        assert (overlapping(), agrees(house.guild_id)) == ([], [])
    began = be_seen(house, bot)

    assert bot.ask_to_stop() == 0

    first, second = (VoiceSession.objects.get(user_id=each) for each in house.stayers)
    whole = ms_of(second.seen_at) - ms_of(second.started_at)
    assert first.counted_ms == second.counted_ms == whole > 0
    assert agrees(house.guild_id) == []
    assert total(MemberDay, "voice_ms") == total(VoiceSession, "counted_ms")
    assert 0 < total(PresenceDay, "online_s") <= time.time() - began + 1
    sys.stdout.write(f"\n{KILLS} kills, {VoiceSession.objects.count()} stays, {whole} ms whole\n")
