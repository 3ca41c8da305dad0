"""Moderation: a case and its line, numbers under many writers, the ledger, a long history, ends."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from benchmarks import Figure
from benchmarks.orders import (
    FIRST_GUILD,
    OWNER,
    SERVERS,
    STRANGER,
    percentile,
    pretend_world,
    until_done,
    wait,
)
from community.models import Channel, Guild, GuildSettings
from community.scope import cross_guild, guild_scope
from moderation.models import Case, CaseEvent
from moderation.services.deeds import ban_member
from moderation.services.docket import Decision, Deed, note_event, open_case
from moderation.services.proof import breaches_of_history
from moderation.services.records import history_of
from moderation.services.warnings import warn_member
from sandbox.journal import Entry
from sandbox.running import Running
from sandbox.world import World
from tests.end_to_end.bots import Bot, environment_for

LOUD, WRITERS, LINES = 5_000, 6, 20
SIZES, SMALL = (1_000, 100_000, 1_000_000), (1_000, 10_000)
LOG = FIRST_GUILD + 5_000
# Cases as the house would have written them long ago; their history is not the question here.
FILL = """
INSERT INTO moderation_case (guild_id, number, kind, user_id, moderator_id, reason, comment,
    points, source, source_id, message, created_at)
SELECT %(guild)s, n, 'warn', %(person)s + n %% %(people)s, %(moderator)s, 'Spoilers', '',
    1, 'command', '', 'sent', now() - (%(last)s - n) * interval '1 second'
FROM generate_series(%(first)s, %(last)s) AS n
"""
LOUDEST = """
UPDATE moderation_case SET user_id = %(person)s
WHERE guild_id = %(guild)s AND number IN (
    SELECT number FROM moderation_case WHERE guild_id = %(guild)s ORDER BY md5(number::text)
    LIMIT %(many)s)
"""


def measure(*, quick: bool) -> Iterator[Figure]:
    """Ask the books first, then the real bot."""
    yield from _books(quick=quick)
    with (
        cross_guild("the benchmark moderates many servers"),
        Running(_world()) as discord,
        TemporaryDirectory() as folder,
    ):
        surroundings = environment_for(discord) | {"GUILDHALL_DATA": str(settings.GUILDHALL_DATA)}
        bot = Bot(Path(folder), surroundings).start()
        try:
            wait(lambda: Guild.objects.filter(available=True).count() == SERVERS)
            yield from _bans(discord, 40 if quick else 100)
            yield from _lines(discord, SMALL if quick else SIZES)
            yield from _ends(discord, 60 if quick else 300, 10.0 if quick else 30.0)
            yield from _overdue(discord, bot, surroundings, 40 if quick else 200)
        finally:
            bot.kill()


def _books(*, quick: bool) -> Iterator[Figure]:
    guild_id = FIRST_GUILD - 1
    with guild_scope(guild_id):
        guild = Guild.objects.create(pk=guild_id, name="A large server")
        GuildSettings.objects.create(guild=guild)
        yield from _ledger(guild_id, 500 if quick else 5_000)
        yield from _numbers(guild_id, 20 if quick else 150)
        yield from _warnings(guild_id, SMALL if quick else SIZES)
        yield from _long_history(guild_id, 50 if quick else LOUD)
        # Where the bot does not live, nothing is to be asked of it.
        Guild.objects.filter(pk=guild_id).update(available=False)


def _ledger(guild_id: int, many: int) -> Iterator[Figure]:
    """Compare an append to the chain with a plain insert, and prove the whole."""
    decision = Decision(guild_id=guild_id)
    case = open_case(decision=decision, deed=Deed(kind="note", user_id=STRANGER))
    chained = _seconds(
        lambda _: note_event(case=case, verb=CaseEvent.Verb.NOTED, decision=decision), many // 10
    )
    plain = _seconds(lambda n: Case.objects.create(**_plain(guild_id, 10**6 + n)), many // 10)
    Case.objects.of(guild_id).filter(number__gte=10**6).delete()
    yield Figure("append to the chain / plain insert", chained / plain, "x")
    for _ in range(many - many // 10):
        note_event(case=case, verb=CaseEvent.Verb.NOTED, decision=decision)
    begin = time.perf_counter()
    wrong = list(breaches_of_history(guild_id=guild_id))
    rate = many / (time.perf_counter() - begin)
    yield Figure("entries verified", rate, "per s", goal=10_000, or_more=True)
    yield Figure("of them wrong", len(wrong), "", goal=0)


def _plain(guild_id: int, number: int) -> dict[str, Any]:
    return {"guild_id": guild_id, "number": number, "kind": "note", "user_id": STRANGER}


def _numbers(guild_id: int, each: int) -> Iterator[Figure]:
    """Let six write cases at once."""
    before = Case.objects.of(guild_id).count()

    def write(writer: int) -> int:
        failed = 0
        with guild_scope(guild_id):
            for _ in range(each):
                deed = Deed(kind="note", user_id=STRANGER + writer)
                try:
                    open_case(decision=Decision(guild_id=guild_id), deed=deed)
                except Exception:  # noqa: BLE001 - counted, and that is the answer
                    failed += 1
        connections.close_all()
        return failed

    with ThreadPoolExecutor(WRITERS) as writers:
        failed = sum(writers.map(write, range(WRITERS)))
    numbers = set(Case.objects.of(guild_id).values_list("number", flat=True))
    gaps = len(set(range(1, before + WRITERS * each + 1)) - numbers)
    yield Figure(f"cases of {WRITERS} writers x {each} that failed", failed, "", goal=0)
    yield Figure("gaps in their numbers", gaps, "", goal=0)


def _warnings(guild_id: int, sizes: tuple[int, ...]) -> Iterator[Figure]:
    """Warn in a server with more and more cases."""
    median = 0.0
    for size in sizes:
        _fill(guild_id, size)
        warn = _warn(guild_id, size)
        took = sorted(_seconds(warn, 1) for _ in range(60))
        median, last = percentile(took, 50) * 1000, median
        yield Figure(f"a warning at {size:,} cases, p50", median, "ms", goal=50)
        yield Figure(f"a warning at {size:,} cases, p95", percentile(took, 95) * 1000, "ms")
        if last:
            yield Figure("as long as with fewer", median / last, "x", goal=2.0)


def _warn(guild_id: int, size: int) -> Callable[[int], object]:
    people = iter(range(10**6 + size, 10**9))

    def warn(_: int) -> object:
        person = STRANGER + next(people)
        deed = Deed(kind="warn", user_id=person, reason="Spoilers", points=1)
        return warn_member(decision=Decision(guild_id=guild_id, moderator_id=OWNER), deed=deed)

    return warn


def _fill(guild_id: int, size: int) -> None:
    last = Case.objects.of(guild_id).order_by("-number").values_list("number", flat=True)[0]
    told = {"guild": guild_id, "first": last + 1, "last": size, "moderator": OWNER}
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**told, "person": STRANGER + 10**7, "people": max(1, size // 5)})
        cursor.execute(
            "UPDATE moderation_docket SET last_case = %s WHERE guild_id = %s",
            [max(size, last), guild_id],
        )
        cursor.execute("ANALYZE moderation_case")


def _long_history(guild_id: int, many: int) -> Iterator[Figure]:
    """Read the record of somebody with very many cases."""
    person = STRANGER + 2 * 10**7
    with connection.cursor() as cursor:
        cursor.execute(LOUDEST, {"guild": guild_id, "person": person, "many": many})
        cursor.execute("ANALYZE moderation_case")
    took = sorted(
        _seconds(lambda _: history_of(guild_id=guild_id, user_id=person), 1) for _ in range(30)
    )
    yield Figure(f"a page of a history of {many:,} cases", percentile(took, 50) * 1000, "ms")


def _lines(discord: Running, sizes: tuple[int, ...]) -> Iterator[Figure]:
    """See how long a warning takes until its line stands in the log of a server with many cases."""
    wait(lambda: Channel.objects.filter(guild_id=FIRST_GUILD, pk=LOG).exists())
    GuildSettings.objects.filter(guild_id=FIRST_GUILD).update(moderation_log_id=LOG)
    _warn_strangers(1)
    for size in sizes:
        _fill(FIRST_GUILD, size)
        before = len(_posted(discord))
        begun = _warn_strangers(LINES)
        wait(lambda: len(_posted(discord)) >= before + LINES)  # noqa: B023 - waited for at once
        calls = _posted(discord)[before:]
        took = sorted(call.at - at for call, at in zip(calls, begun, strict=True))
        what = f"a warning until its line, at {size:,} cases"
        yield Figure(f"{what}, p50", percentile(took, 50) * 1000, "ms")
        yield Figure(f"{what}, p95", percentile(took, 95) * 1000, "ms")


def _warn_strangers(many: int) -> list[float]:
    """Warn somebody every 1.2 s, as a channel takes five messages in five; return when."""
    begun = []
    for number in range(many):
        begun.append(time.time())
        deed = Deed(kind="warn", user_id=STRANGER + number, reason="Spoilers")
        warn_member(decision=Decision(guild_id=FIRST_GUILD, is_sure=True), deed=deed)
        time.sleep(max(0.0, begun[-1] + 1.2 - time.time()))
    return begun


def _posted(discord: Running) -> list[Entry]:
    return discord.journal("POST", f"/channels/{LOG}/messages", status=200)


def _bans(discord: Running, many: int) -> Iterator[Figure]:
    """Ban as the desk does, ten a second, and see when Discord has done it."""
    asked: dict[str, float] = {}
    for number in range(many):
        begun = time.time()
        asked[_ban(5_000 + number, None)] = begun
        time.sleep(max(0.0, begun + 0.1 - time.time()))
    calls = until_done(discord, "PUT", set(asked))
    took = sorted(calls[user].at - at for user, at in asked.items())
    yield Figure("a ban at the desk until Discord's answer, p50", percentile(took, 50), "s", 0.3)
    yield Figure("a ban at the desk until Discord's answer, p99", percentile(took, 99), "s", 1.0)


def _world() -> World:
    world = pretend_world()
    world.add_channel(world.guilds[str(FIRST_GUILD)], str(LOG), 0, "log")
    return world


def _ends(discord: Running, many: int, over: float) -> Iterator[Figure]:
    """Let bans end one after another, and many in one instant."""
    first = timezone.now() + timedelta(seconds=10 + many / 5)
    ends = {_ban(n, first + timedelta(seconds=over * n / many)): n for n in range(many)}
    together = first + timedelta(seconds=over + 5)
    at_once = {_ban(2_000 + n, together) for n in range(50)}
    lifts = until_done(discord, "DELETE", {*ends})
    late = sorted(
        lifts[user].at - (first + timedelta(seconds=over * n / many)).timestamp()
        for user, n in ends.items()
    )
    yield Figure(f"{many} ends over {over:.0f} s, late, p50", percentile(late, 50), "s", goal=0.5)
    yield Figure(f"{many} ends over {over:.0f} s, late, p99", percentile(late, 99), "s", goal=2.0)
    lifted = until_done(discord, "DELETE", at_once).values()
    all_late = sorted(each.at - together.timestamp() for each in lifted)
    yield Figure("50 ends in one instant, the last late", all_late[-1], "s")
    yield Figure(
        "lifted before their end", sum(each < 0 for each in [*late, *all_late]), "", goal=0
    )


def _overdue(
    discord: Running, bot: Bot, surroundings: dict[str, str], many: int
) -> Iterator[Figure]:
    """Kill the bot, let bans run out meanwhile, and see how soon they are lifted."""
    until = timezone.now() + timedelta(seconds=10 + many / 5)
    users = {_ban(4_000 + n, until) for n in range(many)}
    until_done(discord, "PUT", users)
    bot.kill()
    while timezone.now() < until:
        time.sleep(0.2)
    born = time.time()
    bot.start()
    lifts = sorted(each.at for each in until_done(discord, "DELETE", users).values())
    logins = [each.at for each in discord.journal("GATEWAY", "IDENTIFY") if each.at > born]
    ready = logins[0] if logins else born
    yield Figure("first lift after a bot comes back", lifts[0] - ready, "s")
    rate = many / max(lifts[-1] - lifts[0], 0.001)
    yield Figure(f"{many} overdue, lifted", rate, "per s", goal=20, or_more=True)


def _ban(number: int, until: Any) -> str:
    """Ban somebody, as a moderator would; return who."""
    guild_id, now = FIRST_GUILD + number % SERVERS, timezone.now()
    span = None if until is None else until - now
    deed = Deed(kind="ban", user_id=STRANGER + number, reason="Benchmark", duration=span)
    ban_member(decision=Decision(guild_id=guild_id, at=now, is_sure=True), deed=deed)
    return str(STRANGER + number)


def _seconds(deed: Callable[[int], object], times: int) -> float:
    begin = time.perf_counter()
    for number in range(times):
        deed(number)
    return time.perf_counter() - begin
