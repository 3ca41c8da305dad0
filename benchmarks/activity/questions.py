"""The documents' questions: their own SQL on their own tables, and ours on ours, in one run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from activity.models import MemberDay, MemberTotals, VoiceEvent, VoiceSession
from activity.services.standings import standings_of
from benchmarks import Figure
from benchmarks.activity import seeds
from benchmarks.activity.world import biggest
from benchmarks.orders import percentile
from community.scope import guild_scope

SAMPLES, FEW, TIMES = 200, 25, 3
MONTH, YEAR = timedelta(days=30), timedelta(days=365)
# What the first document allows each of its questions, in milliseconds; ours shall need a tenth.
TARGETS = {
    "one person's activity": 50,
    "who fits which role": 500,
    "the log of a day": 200,
    "company of a month": 1000,
    "company of a year": 1000,
}
SHARES = {"company of a year": 0.35}
WRITERS = """
SELECT guild_id, user_id FROM activity_messageevent TABLESAMPLE SYSTEM (1)
WHERE id %% 7 = 0 ORDER BY hashint8(id) LIMIT %s
"""

Ask = Callable[[int, int], object]


def questions(*, is_quick: bool) -> Iterator[Figure]:
    """Ask everything in both ways, of the same people in the same turns."""
    now = timezone.now()
    month, first = now - MONTH, (now - MONTH).date()
    by_weight = _writers(50 if is_quick else SAMPLES)
    largest = [(biggest(), 0)] * FEW
    people = [(biggest(), user) for guild, user in by_weight if guild == biggest()]
    yield from _compared(
        "a person's statistics, 30 days", by_weight,
        lambda g, u: _rows(seeds.USER_STATISTICS, str(g), str(u), month),
        lambda g, u: MemberDay.objects.of(g).of_person(u).between(first, now.date()).summed(),
        {"p95": 0.05},
    )  # fmt: skip
    for name, whose, goal in (
        ("leaderboard, 30 days, servers by weight", by_weight[:100], None),
        ("leaderboard, 30 days, the biggest server", largest, 0.35),
    ):
        yield from _compared(
            name, whose,
            lambda g, _: _rows(seeds.LEADERBOARD, str(g), month, 10),
            lambda g, _: list(MemberDay.objects.of(g).between(first, now.date()).leading()[:10]),
            {"p50": goal} if goal else {},
        )  # fmt: skip
    yield from _compared(
        "voice per person, 30 days, the biggest server", largest,
        lambda g, _: _rows(seeds.VOICE_ACTIVITY, str(g), month),
        lambda g, _: list(VoiceSession.objects.of(g).between(month, now).by_person()),
        {},
    )  # fmt: skip
    yield from _first_document(people, largest, now)


def _first_document(
    people: Sequence[tuple[int, int]], largest: Sequence[tuple[int, int]], now: datetime
) -> Iterator[Figure]:
    day = now - timedelta(days=3)
    asked: dict[str, tuple[Sequence[tuple[int, int]], Ask, Ask]] = {
        "one person's activity": (
            people,
            lambda _, u: _rows(seeds.LOOKUP, str(u)),
            lambda g, u: MemberTotals.objects.of(g).of_person(u).first(),
        ),
        "who fits which role": (
            largest,
            lambda *_: _rows(seeds.COMPLIANCE),
            lambda g, _: standings_of(guild_id=g, now=now),
        ),
        "the log of a day": (
            largest,
            lambda *_: _rows(seeds.LOG_RANGE, day, day + timedelta(days=1)),
            lambda g, _: list(
                VoiceEvent.objects.of(g).between(day, day + timedelta(days=1)).latest_first()[:100]
            ),
        ),
    }
    for name, span in (("company of a month", MONTH), ("company of a year", YEAR)):
        asked[name] = (people[:60], _their_company(now - span), _our_company(now - span, now))
    for name, (whose, theirs, ours) in asked.items():
        within = TARGETS[name] * SHARES.get(name, 0.1)
        yield from _compared(
            f"{name} (target {TARGETS[name]} ms)", whose, theirs, ours, {"ms": within}
        )


def _their_company(since: datetime) -> Ask:
    return lambda _, u: _rows(seeds.PARTICIPANTS, str(u), since)


def _our_company(since: datetime, now: datetime) -> Ask:
    told: Any = {"start": since, "end": now, "most": 8}
    return lambda g, u: VoiceSession.objects.of(g).in_company_of(guild_id=g, user_id=u, **told)


def _compared(
    name: str,
    whose: Sequence[tuple[int, int]],
    theirs: Ask,
    ours: Ask,
    goals: Mapping[str, float],
) -> Iterator[Figure]:
    """Ask of each person in both ways; what is told is the database's own time.

    So what a busy machine makes the two of us wait for each other does not count. The quickest
    of three times is the one least disturbed by others.
    """
    seed, own, whole = [], [], []
    for guild, user in whose:
        with guild_scope(guild):
            seed.append(min(_asked(theirs, guild, user) for _ in range(TIMES))[0])
            both = [_asked(ours, guild, user) for _ in range(TIMES)]
            own.append(min(both)[0])
            whole.append(min(each for _, each in both))
    for told in (seed, own, whole):
        told.sort()
    yield Figure(f"{name}: theirs, p50", percentile(seed, 50), "ms")
    yield Figure("... p95", percentile(seed, 95), "ms")
    yield Figure("... ours, p50", percentile(own, 50), "ms")
    yield Figure("... p95", percentile(own, 95), "ms", goals.get("ms"))
    yield Figure("... p95 with all that is done in Python", percentile(whole, 95), "ms")
    yield Figure(
        "... ratio of p50", percentile(own, 50) / percentile(seed, 50), "x", goals.get("p50")
    )
    yield Figure(
        "... ratio of p95", percentile(own, 95) / percentile(seed, 95), "x", goals.get("p95")
    )


def _asked(ask: Ask, guild: int, user: int) -> tuple[float, float]:
    """Return how long the database took by its own clock, and how long all of it took, in ms."""
    heard: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, *told: Any) -> Any:
        heard.append((sql, params))
        return execute(sql, params, *told)

    begin = time.perf_counter()
    with connection.execute_wrapper(listen):
        ask(guild, user)
    spent = (time.perf_counter() - begin) * 1000
    return sum(_clocked(sql, params) for sql, params in heard), spent


def _clocked(sql: str, params: Any) -> float:
    """Return how long a statement takes to plan and to carry out, as the database says."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        told = cursor.fetchone()[0][0]
    return float(told["Planning Time"] + told["Execution Time"])


def _rows(sql: str, *asked: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return cursor.fetchall()


def _writers(many: int) -> list[tuple[int, int]]:
    """Return people of all servers, who writes most the most often."""
    found = _rows(WRITERS, many)
    random.Random(1).shuffle(found)
    return found
