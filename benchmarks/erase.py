"""What it takes to hand out, and to forget, somebody who wrote very much; and what is left then.

They wrote over a year in many servers, among as many messages of others; they were warned, left
words in a history, and have coins.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from activity.services.messages import Message, write_batch
from activity.services.months import make_months_since
from activity.snowflakes import first_id_at
from benchmarks import Figure
from benchmarks.bot import CHANNEL, GUILD
from benchmarks.ingest import make_servers
from community.models import Errand, Member, PrivacyRequest, User
from community.scope import cross_guild
from community.services.requests import answer_requests, ask_for_copy, ask_to_be_erased
from economy.models.wallets import House
from economy.services.ledger import Movement, move_coins
from moderation.services.docket import Decision, Deed
from moderation.services.verifying import breaches
from moderation.services.warnings import warn_member

SERVERS, AT_ONCE, OTHERS = 20, 1_000, 500
PERSON, NAME, WORDS = (
    7_777_777_777_777_777_777,
    "ada-lovelace-of-the-bench",
    "spoilt the seventh book",
)
YEAR = timedelta(days=330)
# History points at these by the bare number, without a word beside it; errands go after a month.
TOMBSTONES = {
    "community_user",
    "community_member",
    "community_auditentry",
    "community_errand",
    "economy_wallet",
    "moderation_case",
    "moderation_caseevent",
    "moderation_memberwarning",
}
ALL_TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = current_schema()::regnamespace
"""
Done = TypeVar("Done")


def measure(*, quick: bool) -> Iterator[Figure]:
    """Fill the year, copy the person, erase them, and look through every row of every table."""
    number = 10_000 if quick else 100_000
    with TemporaryDirectory() as folder, override_settings(GUILDHALL_DATA=Path(folder)):
        with cross_guild("the bench writes for many servers"):
            _write_a_year(number)
            _write_the_rest()
        yield from _copy_and_erase(number)
        took, left = _timed(lambda: _tables_that_name(str(PERSON)))
        yield Figure("a look through every row of every table", took, "s")
        yield Figure("tables that name them, the tombstones aside", len(left - TOMBSTONES), "", 0)
        words = _tables_that_name(NAME) | _tables_that_name(WORDS)
        yield Figure("tables with their name, or words about them", len(words), "", 0)
        astray = [each for each in breaches() if "what was written" not in each]
        yield Figure("breaches of history and coins afterwards", len(astray), "", 0)


def _copy_and_erase(number: int) -> Iterator[Figure]:
    ask_for_copy(user_id=PERSON)
    took, _ = _timed(_answer)
    yield Figure(f"a copy of {number:,} messages and all else", took, "s")
    copy = PrivacyRequest.objects.get(user_id=PERSON)
    yield Figure("... as a zip", copy.size / (1 << 20), "MB")
    ask_to_be_erased(user_id=PERSON)
    erased, words = _timed(_answer)
    yield Figure("the same person erased", erased, "s")
    yield Figure("... rows a second", int(words.split()[2].replace(",", "")) / erased, "per s")
    left = list((settings.GUILDHALL_DATA / "copies").iterdir())
    yield Figure("copies that are left", len(left), "", 0)


def _answer() -> str:
    return answer_requests(now=timezone.now())


def _write_a_year(number: int) -> None:
    """Write as many messages of one person as of all others, evenly over a year."""
    make_servers(SERVERS)
    since, now = datetime.now(UTC) - YEAR, datetime.now(UTC)
    make_months_since(since=since, now=now)
    first, step = first_id_at(since), (first_id_at(now) - first_id_at(since)) // (2 * number)
    for start in range(0, 2 * number, AT_ONCE):
        places = range(start, min(start + AT_ONCE, 2 * number))
        write_batch(told=[_message(place, first + place * step) for place in places])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _message(place: int, key: int) -> Message:
    server = place // 2 % SERVERS
    writer = PERSON if place % 2 else 4 * 10**17 + place % OTHERS
    return Message(GUILD + server, key, CHANNEL + server, writer, 60, 12)


def _write_the_rest() -> None:
    """Have them known, warned and rich in every server."""
    User.objects.create(pk=PERSON, username=NAME, global_name=NAME)
    for guild_id in range(GUILD, GUILD + SERVERS):
        Member.objects.create(
            guild_id=guild_id, user_id=PERSON, nickname=NAME, joined_at=timezone.now() - YEAR
        )
        deed = Deed(kind="warn", user_id=PERSON, reason=f"They {WORDS}")
        warn_member(decision=Decision(guild_id=guild_id, is_sure=True), deed=deed)
        between = {"source": House.ISSUANCE, "target": PERSON}
        gift = Movement(guild_id=guild_id, kind="grant", **between, amount=70, key="bench")
        move_coins(movement=gift)

    # They were told by the bot, as it does within seconds.
    Errand.objects.open().update(state=Errand.State.DONE, ended_at=timezone.now())


def _tables_that_name(text: str) -> set[str]:
    with cross_guild("every row of every table is looked through"), connection.cursor() as cursor:
        cursor.execute(ALL_TABLES)
        return {table for (table,) in cursor.fetchall() if _names(table, text)}


def _names(table: str, text: str) -> bool:
    with connection.cursor() as cursor:
        quoted = connection.ops.quote_name(table)
        sought = f"SELECT EXISTS (SELECT FROM {quoted} AS t WHERE t::text LIKE %s)"  # noqa: S608
        cursor.execute(sought, [f"%{text}%"])
        return bool(cursor.fetchone()[0])


def _timed(deed: Callable[[], Done]) -> tuple[float, Done]:
    began = time.perf_counter()
    done = deed()
    return time.perf_counter() - began, done
