"""What people write is kept, whatever happens to the bot: of a killed one all but its last moment.

The long drill: MESSAGE_KILLS=20 MESSAGE_SEED=1 pytest tests/end_to_end/test_messages_survive.py -s
"""

import os
import random
import sys
import time

import pytest
from django.db.models.functions import Now

from activity.intake import AT_ONCE
from activity.models import MemberDay, MessageEvent
from activity.services.proving import find_breaches
from community.models import Heartbeat, Lease
from community.scope import cross_guild, guild_scope
from tests.end_to_end.bots import Bot, environment_for
from tests.end_to_end.test_bot_survives import ask, is_on_discord, wait_until
from tests.sandbox.places import a_place

KILLS = int(os.environ.get("MESSAGE_KILLS", "2"))
SEED = int(os.environ.get("MESSAGE_SEED", "7"))
SPAN_MS, BATCH = 250, 100

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def make_bot(sandbox, tmp_path):
    made = []

    def make_bot(span_ms):
        told = {"ACTIVITY_BATCH_MS": str(span_ms), "ACTIVITY_BATCH": str(BATCH)}
        made.append(Bot(tmp_path, environment_for(sandbox) | told).start())
        return made[-1]

    yield make_bot
    for bot in made:
        bot.kill()


@pytest.fixture(autouse=True)
def _everywhere():
    with cross_guild("the test looks"):
        yield


def stored(said):
    return set(MessageEvent.objects.filter(pk__in=said).values_list("pk", flat=True))


def say(sandbox, place, number):
    """Let somebody write, some hundred a second; return the ids in their order."""
    said = []
    for _ in range(number):
        message = sandbox.people.say(place.human, place.channel, "Words")
        said.append(int(message["id"]))
        time.sleep(0.001)
    return said


def agrees(guild_id):
    with guild_scope(guild_id):
        return list(find_breaches(guild_id=guild_id))


def test_a_kill_costs_no_more_than_what_was_not_written_yet(sandbox, make_bot):
    place, dice, words = a_place(sandbox), random.Random(SEED), []
    bot = make_bot(SPAN_MS)
    for _ in range(KILLS):
        wait_until(is_on_discord(bot), bot)
        said = say(sandbox, place, 1)
        wait_until(lambda: stored(said), bot)  # noqa: B023 - asked at once
        wait_until(Heartbeat.objects.filter(figures__lost=0, figures__has_key="unwritten").exists)
        began = time.monotonic()
        said += say(sandbox, place, dice.randrange(100, 1_000))
        rate = len(said) / (time.monotonic() - began)
        bot.kill()

        kept = stored(said)
        bound = rate * SPAN_MS / 1000 + AT_ONCE * BATCH
        words.append(f"{len(said) - len(kept)} of {len(said)} lost at {rate:.0f}/s ({bound:.0f})")
        assert kept == set(said[: len(kept)])
        assert agrees(int(place.guild)) == []
        # Whoever died is known to be dead: nobody needs to wait for the end of its lease.
        Lease.objects.update(until=Now())
        bot.start()

    sys.stdout.write("\n" + "\n".join(words) + "\n")


def test_a_bot_that_is_told_to_stop_has_kept_everything(sandbox, make_bot):
    place, bot = a_place(sandbox), make_bot(600_000)
    wait_until(is_on_discord(bot), bot)
    said = say(sandbox, place, 150)
    ask(sandbox, place, "ping")  # what was told before it has come

    assert bot.ask_to_stop() == 0

    assert stored(said) == set(said)
    assert MemberDay.objects.get(user_id=place.human).messages == 150
