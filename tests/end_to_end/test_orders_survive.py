"""A real bot is killed again and again while people decide: in the end everything is as decided.

Long drills: ORDER_KILLS=50 ORDER_SEED=1 pytest tests/end_to_end/test_orders_survive.py -s
"""

import os
import random
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from community.models import Errand, Guild, Lease, StandingOrder
from community.scope import cross_guild
from community.services.errands import send_errand
from community.services.orders import drop_order, want_order
from tests.end_to_end.bots import Bot, environment_for
from tests.living_bot import eventually
from tests.sandbox.places import a_place

KILLS = int(os.environ.get("ORDER_KILLS", "2"))
SEED = int(os.environ.get("ORDER_SEED", "3"))
PATIENCE = 120

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _everywhere():
    with cross_guild("a drill decides in a server"):
        yield


class Town:
    """What was decided, and what the pretend Discord shows of it."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.place = a_place(sandbox)
        self.guild_id = int(self.place.guild)
        self.people = sandbox.do(self._plain_people)
        self.wishes, self.said = {}, 0

    def _plain_people(self, heart):
        guild, users = heart.world.guilds[self.place.guild], heart.world.users
        plain = [i for i, m in guild.members.items() if not m["roles"] and not users[i]["bot"]]
        return [int(i) for i in plain if i != guild.facts["owner_id"]][:30]

    def decide(self, dice):
        """Ban, time out or say something, or take it back."""
        who = dice.randrange(len(self.people))
        about = {"guild_id": self.guild_id, "user_id": self.people[who]}
        about["kind"] = "ban" if who % 2 else "timeout"
        if dice.random() < 0.3:
            self.said += 1
            message = {"content": f"message {self.said}"}
            payload = {"channel_id": self.place.channel, "message": message}
            errand = {"kind": "message", "dedupe_key": str(self.said), "payload": payload}
            send_errand(guild_id=self.guild_id, **errand)
        elif dice.random() < 0.6:
            until = timezone.now() + timedelta(days=dice.randint(1, 90))
            want_order(**about, until=until, reason=f"[#{who + 1} - 5] Drill")
            self.wishes[about["user_id"]] = True
        else:
            drop_order(**about)
            self.wishes[about["user_id"]] = False

    def shown(self):
        """Return whom the pretend Discord shows as banned or silenced."""

        def look(heart):
            guild = heart.world.guilds[self.place.guild]
            return {
                who: str(who) in guild.bans
                if self.people.index(who) % 2
                else bool(guild.members[str(who)]["communication_disabled_until"])
                for who in self.wishes
            }

        return self.sandbox.do(look)

    def words(self):
        """Count what the bot has said."""

        def look(heart):
            said = heart.world.messages[self.place.channel].values()
            return Counter(m["content"] for m in said if m["author"]["id"] == heart.world.bot_id)

        return self.sandbox.do(look)


@pytest.fixture
def town(sandbox):
    return Town(sandbox)


@pytest.fixture
def bot(sandbox, town, tmp_path):
    bot = Bot(tmp_path, environment_for(sandbox)).start()
    eventually(lambda: Guild.objects.filter(pk=town.guild_id, available=True).exists())
    yield bot
    bot.kill()


def nothing_is_left():
    waiting = StandingOrder.objects.filter(next_check_at__lt=timezone.now()).exists()
    return not waiting and not Errand.objects.open().exists()


def is_as_decided(town):
    return nothing_is_left() and town.shown() == town.wishes


def test_kills_at_any_moment_leave_everything_as_decided(sandbox, town, bot):
    dice, began = random.Random(SEED), time.monotonic()
    for _ in range(KILLS):
        for _ in range(dice.randrange(5, 25)):
            town.decide(dice)
            time.sleep(dice.uniform(0, 0.05))
        bot.kill()
        # Whoever died is known to be dead: nobody needs to wait for the end of its lease.
        Lease.objects.update(until=Now())
        for _ in range(dice.randrange(5)):
            town.decide(dice)
        bot.start()
        time.sleep(dice.uniform(0, 3))

    # Discord lets the bot say one message a second there, and change one member.
    eventually(lambda: is_as_decided(town), seconds=PATIENCE + 10 * KILLS)

    skipped = Errand.objects.filter(state="skipped").count()
    assert set(town.words().values()) <= {1}
    assert len(town.words()) >= town.said - skipped
    lasted = time.monotonic() - began
    sys.stdout.write(
        f"\n{KILLS} kills in {lasted:.0f} s: {len(town.wishes)} people as decided, "
        f"{len(town.words())} of {town.said} messages said, each once, {skipped} left unsaid\n"
    )


def test_an_outage_and_a_lost_database_leave_everything_as_decided(sandbox, town, bot):
    dice = random.Random(SEED)
    outage = sandbox.add_fault("outage")
    for _ in range(15):
        town.decide(dice)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(15):
        town.decide(dice)

    sandbox.end_fault(outage)
    ended = time.monotonic()

    eventually(lambda: is_as_decided(town), seconds=PATIENCE)
    assert set(town.words().values()) <= {1}
    sys.stdout.write(f"\nas decided {time.monotonic() - ended:.1f} s after the outage\n")
