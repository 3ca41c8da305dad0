"""Activity at ten million messages in fifty servers: questions, pages, room on disk, leaving."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from benchmarks import Figure
from benchmarks.activity import pages, proof, questions, room, seeds, world

MANY, FEW, VERY_FEW = 10_000_000, 500_000, 1_000
# Building indexes is no part of the question.
ROOM_TO_SORT = "SET maintenance_work_mem = '1GB'"


def measure(*, quick: bool) -> Iterator[Figure]:
    """Fill a year, and ask."""
    many = FEW if quick else MANY
    sizes = world.Sizes(many, people=8_000) if quick else world.Sizes(many)
    world.move_in(sizes)
    client = pages.sign_in()
    world.write_messages(VERY_FEW, sizes)
    before = pages.first_page(client)
    _run(f"TRUNCATE {world.TABLE}")
    sent = _seconds(lambda: world.write_messages(many, sizes))
    yield Figure("messages sent as COPY", many / sent, "per s")
    yield Figure("voice and counters made of them", _seconds(world.count_up), "s")
    yield from proof.proof()
    year = (timezone.localdate() - timedelta(days=364)).isoformat()
    yield from _asked_in_full(pages.pages(client, before, year=year), is_quick=quick)
    yield Figure("the documents' tables filled", _seconds(_fill_theirs), "s")
    yield from _asked_in_full(questions.questions(is_quick=quick), is_quick=quick)
    yield from _asked_in_full(room.room(), is_quick=quick)
    yield from _asked_in_full(room.leaving(), is_quick=quick)


def _asked_in_full(figures: Iterator[Figure], *, is_quick: bool) -> Iterator[Figure]:
    """Keep goals that are ratios to the full run: what costs with every row hardly shows here."""
    for each in figures:
        goal = None if is_quick and each.unit == "x" else each.goal
        yield Figure(each.metric, each.value, each.unit, goal, each.or_more)


def _fill_theirs() -> None:
    told = {"name": "message_events", "key": "text"}
    _run(seeds.MESSAGES.format(**told))
    _run(seeds.FILL_MESSAGES.format(**told, source=world.TABLE))
    _run(ROOM_TO_SORT)
    _run(seeds.MESSAGE_INDEXES.format(**told))
    _run(seeds.VOICE)
    _run(seeds.FIRST.format(guild=world.biggest()))
    _run("VACUUM ANALYZE")


def _seconds(deed: Callable[[], object]) -> float:
    begin = time.perf_counter()
    deed()
    return time.perf_counter() - begin


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
