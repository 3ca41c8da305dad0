"""From a wish to Discord's answer: real bot, real sockets, a pretend Discord with 60 servers."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from django.conf import settings
from django.utils import timezone

from benchmarks import Figure
from community.models import Guild, StandingOrder
from community.scope import cross_guild
from community.services.orders import want_order
from sandbox.journal import Entry
from sandbox.running import Running
from sandbox.story import bare_world, employ_bot
from sandbox.world import World
from tests.end_to_end.bots import Bot, environment_for

SERVERS = 60
OWNER, FIRST_GUILD, STRANGER = 10**17, 2 * 10**17, 3 * 10**17
PATIENCE = 120.0
PEOPLE = 6_000
BAN = "/guilds/{guild_id}/bans/{user_id}"


def measure(*, quick: bool) -> Iterator[Figure]:
    """Wish one by one, many ends at once, and many at once in many servers."""
    with (
        cross_guild("the benchmark wishes in many servers"),
        Running(pretend_world()) as discord,
        TemporaryDirectory() as folder,
    ):
        surroundings = environment_for(discord) | {"GUILDHALL_DATA": str(settings.GUILDHALL_DATA)}
        bot = Bot(Path(folder), surroundings).start()
        try:
            wait(lambda: Guild.objects.filter(available=True).count() == SERVERS)
            yield from _one_by_one(discord, 50 if quick else 300)
            yield from _ends_at_once(discord, 60 if quick else 200)
            yield from _many_at_once(discord, 120 if quick else 600)
        except TimeoutError as late:
            raise TimeoutError(f"{late} The bot said: {bot.words[-2_000:]}") from None
        finally:
            bot.kill()


def _one_by_one(discord: Running, number: int) -> Iterator[Figure]:
    """Ban ten people a second, and see how long each takes to reach Discord."""
    committed: dict[str, float] = {}
    begin = time.monotonic()
    for each in range(number):
        time.sleep(max(0.0, begin + each / 10 - time.monotonic()))
        committed[_ban(each)] = time.time()
    calls = until_done(discord, "PUT", set(committed))
    took = sorted(calls[user].at - at for user, at in committed.items())
    yield Figure("a wish until Discord's answer, p50", percentile(took, 50), "s", goal=0.3)
    yield Figure("a wish until Discord's answer, p99", percentile(took, 99), "s", goal=1.0)


def _ends_at_once(discord: Running, number: int) -> Iterator[Figure]:
    """Let many bans end in one instant, and see how late and how quickly they are lifted."""
    until = timezone.now() + timedelta(seconds=number / 8)
    users = {_ban(1_000 + each, until=until) for each in range(number)}
    until_done(discord, "PUT", users)
    lifts = sorted(each.at for each in until_done(discord, "DELETE", users).values())
    late = [at - until.timestamp() for at in lifts]
    rate = number / (lifts[-1] - until.timestamp())
    yield Figure(f"{number} ends in one instant, lifted", rate, "per s", goal=20, or_more=True)
    yield Figure("the first of them after its end", late[0], "s")
    yield Figure("lifted before their end", sum(each < 0 for each in late), "", goal=0)


def _many_at_once(discord: Running, number: int) -> Iterator[Figure]:
    """Ban in every server at once; Discord lets each server have five a second."""
    since = discord.do(lambda heart: heart.now)
    begin = time.monotonic()
    users = {_ban(5_000 + each) for each in range(number)}
    until_done(discord, "PUT", users)
    took = time.monotonic() - begin
    calls = discord.journal(since=since)
    refused = [each for each in calls if each.status == 429]
    yield Figure(f"{number} acts over {SERVERS} servers", number / took, "per s")
    yield Figure("answered 429", len(refused), "", goal=0)
    invalid = [each for each in calls if each.status in (401, 403, 429)]
    yield Figure("invalid answers / calls", len(invalid) / len(calls), "", goal=0.01)


def _ban(number: int, **told: object) -> str:
    """Wish that somebody be banned; return who."""
    user_id = STRANGER + number
    about = {"guild_id": FIRST_GUILD + number % SERVERS, "user_id": user_id, "kind": "ban"}
    want_order(**about, reason=f"[#{number + 1} - {OWNER}] Benchmark", **told)
    return str(user_id)


def until_done(discord: Running, method: str, users: set[str]) -> dict[str, Entry]:
    """Wait until Discord has done it to all of them; return each call by whom it was about."""

    def done() -> dict[str, Entry]:
        calls = discord.journal(method, BAN, status=204)
        return {user: each for each in calls if (user := each.path.rpartition("/")[2]) in users}

    wait(lambda: len(done()) == len(users))
    return done()


def wait(is_so: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            waiting = StandingOrder.objects.exclude(last_error="").values_list("last_error")
            raise TimeoutError(f"It never came to be; {list(waiting[:3])}")
        time.sleep(0.05)


def percentile(values: list[float], percent: int) -> float:
    """Return the value that so many percent stay below."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def pretend_world() -> World:
    """Make a Discord with many servers and strangers."""
    world = bare_world("1" + "0" * 17)
    world.add_user(str(OWNER), "owner")
    for number in range(PEOPLE):
        world.add_user(str(STRANGER + number), f"stranger{number}")
    for number in range(SERVERS):
        guild = world.add_guild(str(FIRST_GUILD + number), f"Server {number}", str(OWNER))
        employ_bot(world, guild, time.time(), str(FIRST_GUILD + 1_000 + number))
    return world
