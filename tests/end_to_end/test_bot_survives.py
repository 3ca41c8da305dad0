"""Real bots against a pretend Discord: one acts at a time, and goes on after whatever happens.

Long drills: BOT_KILLS=50 BOT_SEED=1 pytest tests/end_to_end/test_bot_survives.py -k kills -s
"""

import os
import random
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from community.models import Guild, Heartbeat, Lease, Member
from community.scope import cross_guild, guild_scope
from community.services.bots import look_at_bot
from community.services.errands import send_errand
from tests.end_to_end.bots import PATIENCE, Bot, environment_for
from tests.sandbox.places import a_place

KILLS = int(os.environ.get("BOT_KILLS", "2"))
SEED = int(os.environ.get("BOT_SEED", "7"))

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def make_bot(sandbox, tmp_path):
    made = []

    def make_bot(**changes):
        made.append(Bot(tmp_path, environment_for(sandbox) | changes).start())
        return made[-1]

    yield make_bot
    for bot in made:
        bot.kill()


def wait_until(is_so, bot=None):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, bot and bot.words
        time.sleep(0.05)


def logins(sandbox):
    return len(sandbox.journal("GET", "/users/@me"))


def lines_to(sandbox):
    return sandbox.do(lambda _: len(sandbox.server.gateway.lines))


def is_on_discord(bot):
    def is_so():
        facts = look_at_bot()
        return facts and facts.is_on_discord and facts.process.endswith(f":{bot.process.pid}")

    return is_so


def drop_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def database_away():
    """Let nobody else in, and put out who is."""
    name = connection.settings_dict["NAME"]
    with connection._nodb_cursor() as door:
        door.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        drop_connections()
        try:
            yield
        finally:
            door.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def ask(sandbox, place, command):
    """Use a command, and return what the bot said to it."""
    asked = sandbox.interactions.use(place.human, place.channel, command)

    def answered(heart):
        said = [heart.interactions.message(place.human, place.channel, each) for each in asked.said]
        return said if said and not any(each["flags"] & 128 for each in said) else None

    return sandbox.wait_for(answered, what=f"an answer to /{command}", seconds=PATIENCE)[0]


def pretended(sandbox):
    """Who is where, and under which name, at the pretend Discord."""

    def people(heart):
        return {
            (int(guild.id), int(user_id), member["nick"] or "")
            for guild in heart.world.guilds.values()
            for user_id, member in guild.members.items()
        }

    return sandbox.do(people)


def mirrored():
    with cross_guild("a test compares everything"):
        here = Member.objects.filter(left_at=None)
        return set(here.values_list("guild_id", "user_id", "nickname"))


def stir(sandbox, dice):
    """Let somebody come, go or rename themselves."""
    guild_id, user_id, _ = dice.choice(sorted(pretended(sandbox)))
    owner, bot = sandbox.do(
        lambda heart: (heart.world.guilds[str(guild_id)].facts["owner_id"], heart.world.bot_id)
    )
    if dice.random() < 0.3:
        newcomer = 10**17 + dice.randrange(10**6)
        sandbox.people.join(guild_id, newcomer, username=f"newcomer{newcomer}")
    elif dice.random() < 0.5 or user_id in (int(owner), int(bot)):
        sandbox.people.rename(guild_id, user_id, f"name {dice.random():.5f}", by=owner)
    else:
        sandbox.people.leave(guild_id, user_id)


def test_while_the_database_is_away_people_are_told_and_afterwards_all_goes_on(sandbox, make_bot):
    place, bot = a_place(sandbox), make_bot()
    wait_until(lambda: mirrored() == pretended(sandbox), bot)

    with database_away():
        said = ask(sandbox, place, "server")
        sandbox.people.rename(place.guild, place.human, "renamed meanwhile")
        time.sleep(2)
    back = time.monotonic()
    wait_until(lambda: mirrored() == pretended(sandbox), bot)
    healed = time.monotonic() - back

    assert said["content"] == "The database does not answer; try again in a moment."
    assert ask(sandbox, place, "server")["embeds"]
    assert logins(sandbox) == 1
    sys.stdout.write(f"\nup to date {healed:.1f} s after the database was back\n")


def test_kills_at_any_moment_leave_a_true_picture(sandbox, make_bot):
    dice, began = random.Random(SEED), time.monotonic()
    bot = make_bot()
    for _ in range(KILLS):
        wait_until(lambda: logins(sandbox) > 0, bot)
        for _ in range(dice.randrange(60)):
            stir(sandbox, dice)
            time.sleep(dice.uniform(0, 0.05))
        bot.kill()
        # Whoever died is known to be dead: nobody needs to wait for the end of its lease.
        Lease.objects.update(until=Now())
        for _ in range(dice.randrange(10)):
            stir(sandbox, dice)
        sandbox.do(lambda heart: heart.journal.entries.clear())
        bot.start()

    wait_until(lambda: mirrored() == pretended(sandbox), bot)
    lasted = time.monotonic() - began
    sys.stdout.write(f"\n{KILLS} kills in {lasted:.0f} s: every member as at the pretend Discord\n")


def test_a_second_bot_stays_silent_and_takes_over_after_a_kill(sandbox, make_bot):
    first = make_bot()
    wait_until(is_on_discord(first), first)
    second = make_bot()
    wait_until(lambda: "this one waits" in second.words, second)
    assert logins(sandbox) == 1

    first.kill()
    killed = time.monotonic()
    wait_until(lambda: logins(sandbox) == 2, second)
    taken_over = time.monotonic() - killed

    wait_until(is_on_discord(second), second)
    sys.stdout.write(f"\ntaken over {taken_over:.1f} s after kill -9\n")
    assert Lease.objects.get(name="bot").epoch == 2


def test_a_bot_that_is_told_to_stop_lets_the_next_in_at_once(sandbox, make_bot):
    first, second = make_bot(), None
    wait_until(is_on_discord(first), first)
    second = make_bot()
    wait_until(lambda: "this one waits" in second.words, second)

    assert first.ask_to_stop() == 0

    assert not Heartbeat.objects.filter(process__endswith=f":{first.process.pid}").exists()
    assert f":{first.process.pid} " not in Lease.objects.get(name="bot").holder
    wait_until(is_on_discord(second), second)


def test_dropped_connections_to_the_database_cost_nothing(sandbox, make_bot):
    bot = make_bot()
    wait_until(is_on_discord(bot), bot)

    for _ in range(5):
        drop_connections()
        time.sleep(0.3)

    before = Heartbeat.objects.get().seen_at
    wait_until(lambda: Heartbeat.objects.get().seen_at > before, bot)
    assert logins(sandbox) == 1
    assert Lease.objects.get(name="bot").epoch == 1


def test_a_lease_that_somebody_else_took_ends_the_bots_time_on_discord(sandbox, make_bot):
    bot = make_bot()
    wait_until(is_on_discord(bot), bot)

    Lease.objects.filter(name="bot").update(
        holder="somebody else", epoch=7, until=Now() + timedelta(seconds=3)
    )

    wait_until(lambda: "leaves Discord" in bot.words, bot)
    wait_until(lambda: not lines_to(sandbox), bot)
    wait_until(lambda: lines_to(sandbox), bot)
    assert Lease.objects.get(name="bot").epoch == 8


def test_an_outage_is_waited_for_at_the_start_and_in_the_middle(sandbox, make_bot):
    fault = sandbox.add_fault("outage")
    bot = make_bot()
    wait_until(lambda: "Discord is not well" in bot.words, bot)
    sandbox.end_fault(fault)
    wait_until(is_on_discord(bot), bot)

    fault = sandbox.add_fault("outage")
    wait_until(lambda: not lines_to(sandbox), bot)
    sandbox.end_fault(fault)

    wait_until(lambda: lines_to(sandbox), bot)
    assert "Traceback" not in bot.words


def test_a_wrong_token_ends_it_with_the_fix(make_bot):
    bot = make_bot(DISCORD_TOKEN="another")

    assert bot.process.wait(PATIENCE) == 78
    assert bot.words.splitlines()[-1].startswith("CommandError: Discord refuses DISCORD_TOKEN")


def test_a_token_that_is_taken_back_while_it_works_ends_it_too(sandbox, make_bot):
    place, bot = a_place(sandbox), make_bot()
    wait_until(is_on_discord(bot), bot)
    with guild_scope(int(place.guild)):
        wait_until(lambda: Guild.objects.filter(pk=place.guild, available=True).exists(), bot)
        sandbox.do(lambda heart: setattr(heart, "token", "another"))

        payload = {"channel_id": place.channel, "message": {"content": "Hello"}}
        errand = {"kind": "message", "dedupe_key": "hello", "payload": payload}
        send_errand(guild_id=int(place.guild), **errand)

    assert bot.process.wait(PATIENCE) == 78
    assert bot.words.splitlines()[-1].startswith("CommandError: Discord refuses DISCORD_TOKEN")


def test_intents_that_are_switched_off_end_it_with_the_fix(sandbox, make_bot):
    sandbox.do(lambda discord: discord.world.application.update(flags=0))

    bot = make_bot()

    assert bot.process.wait(PATIENCE) == 78
    assert "Server Members Intent" in bot.words.splitlines()[-1]
    assert "Traceback" not in bot.words
