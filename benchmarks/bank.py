"""Coins: transfers beside what the database itself can do, and what people ask in a big server."""

import multiprocessing
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import randrange
from shutil import which
from tempfile import TemporaryDirectory

from django.db import connection, connections
from django.utils import timezone

from benchmarks import Figure
from benchmarks.orders import percentile
from community.models import Guild, GuildSettings, Member, User
from community.scope import guild_scope
from config.postgres.programs import packaged_programs
from economy.models import Wallet
from economy.services.ledger import MOVE, Movement, move_coins
from economy.services.showing import purse_of, richest, statement_of

GUILD, PERSON = 2 * 10**17, 5 * 10**17
CLIENTS = (1, 4, 16)
FORK = multiprocessing.get_context("fork")
# What the service's one statement does, as the four statements that others would write: wallets in
# one order, a transfer and its two lines.
FOUR = """
BEGIN;
INSERT INTO economy_transfer (guild_id, kind, source_id, target_id, amount, key, asked, at)
    VALUES ({guild}, 'transfer', :first, :second, 1, gen_random_uuid()::text, '', now())
    RETURNING id AS told \\gset
UPDATE economy_wallet SET balance = balance - 1, last_seq = last_seq + 1
    WHERE guild_id = {guild} AND id = :first RETURNING last_seq AS one, balance AS left \\gset
UPDATE economy_wallet SET balance = balance + 1, last_seq = last_seq + 1
    WHERE guild_id = {guild} AND id = :second RETURNING last_seq AS two, balance AS right \\gset
INSERT INTO economy_posting (guild_id, transfer_id, wallet_id, seq, amount, after, at)
    VALUES ({guild}, :told, :first, :one, -1, :left, now()),
           ({guild}, :told, :second, :two, 1, :right, now());
END;
"""
# Everybody pays who comes after them, round after round.
HISTORY = """
WITH base AS (SELECT min(id) AS first FROM economy_wallet WHERE guild_id = %(guild)s),
told AS (
    INSERT INTO economy_transfer (guild_id, kind, source_id, target_id, amount, key, asked, at)
    SELECT %(guild)s, 'transfer', first + n %% %(people)s, first + (n + 1) %% %(people)s, 1,
        'filled' || n, '', now() - (%(last)s - n) * interval '1 second'
    FROM base, generate_series(%(start)s::bigint, %(end)s::bigint - 1) AS n
    RETURNING id, source_id, target_id, substr(key, 7)::bigint / %(people)s AS round, at
)
INSERT INTO economy_posting (guild_id, transfer_id, wallet_id, seq, amount, after, at)
SELECT %(guild)s, id, source_id, 2 * round + 1, -1, 1000000, at FROM told
UNION ALL SELECT %(guild)s, id, target_id, 2 * round + 2, 1, 1000001, at FROM told
"""
SLICE = 50_000


@dataclass(frozen=True, slots=True)
class Race:
    """Who runs, between how many wallets, and for how long."""

    clients: int
    wallets: int
    seconds: float
    first: int

    @property
    def name(self) -> str:
        """Return it in words."""
        return f"{self.clients} on {'one pair' if self.wallets == 2 else 'distinct wallets'}"


def measure(*, quick: bool) -> Iterator[Figure]:
    """Fill a large server, ask what people ask, and let coins run."""
    people, transfers = (5_000, 50_000) if quick else (100_000, 2_500_000)
    with guild_scope(GUILD):
        first = _fill(people, transfers)
        yield from _questions(people, 100 if quick else 400)
        for wallets in (people, 2):
            for clients in CLIENTS:
                yield from _race(Race(clients, wallets, 1.5 if quick else 6.0, first))


def _fill(people: int, transfers: int) -> int:
    """Make a server with a long history of coins; return its first wallet."""
    guild = Guild.objects.create(pk=GUILD, name="A large server")
    GuildSettings.objects.create(guild=guild)
    ids, lines = range(PERSON, PERSON + people), 2 * transfers // people
    User.objects.bulk_create((User(pk=each, username=f"person{each}") for each in ids), SLICE)
    Member.objects.bulk_create((Member(guild=guild, user_id=each) for each in ids), SLICE)
    wallets = (
        Wallet(guild=guild, owner_id=each, balance=10**6 + each * 7919 % 100_003, last_seq=lines)
        for each in ids
    )
    Wallet.objects.bulk_create(wallets, SLICE)
    about = {"guild": GUILD, "people": people, "last": transfers}
    with connection.cursor() as cursor:
        for start in range(0, transfers, SLICE):
            end = min(start + SLICE, transfers)
            cursor.execute(HISTORY, {**about, "start": start, "end": end})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT min(id) FROM economy_wallet WHERE guild_id = %s", [GUILD])
        return int(cursor.fetchone()[0])


def _questions(people: int, times: int) -> Iterator[Figure]:
    """Ask for balances, statements and the richest."""
    questions: dict[str, Callable[[], object]] = {
        "nothing": _nothing,
        "a balance": lambda: purse_of(guild_id=GUILD, user_id=PERSON + randrange(people)),
        "a statement": lambda: statement_of(guild_id=GUILD, user_id=PERSON + randrange(people)),
        "the ten richest": lambda: richest(guild_id=GUILD),
    }
    for words, ask in questions.items():
        took = sorted(_milliseconds(ask) for _ in range(times))
        yield Figure(f"{words} among {people:,}, p50", percentile(took, 50), "ms")
        yield Figure(f"{words} among {people:,}, p95", percentile(took, 95), "ms", goal=50)


def _nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _race(race: Race) -> Iterator[Figure]:
    """Let the database's own program run, our statement, and our service."""
    bare = _pgbench(race)
    statement, service = (_rate(race, deed) for deed in (_by_statement, _by_service))
    # Beside one pair of wallets, everybody waits for the one who has them; that is only told.
    goal = 0.35 if race.clients == 4 and race.wallets > 2 else None
    yield Figure(f"transfers, {race.name}: pgbench", bare, "per s")
    yield Figure(f"transfers, {race.name}: our statement", statement, "per s")
    yield Figure(f"transfers, {race.name}: our service", service, "per s")
    yield Figure("... our service beside pgbench", service / bare, "x", goal, or_more=True)


def _pgbench(race: Race) -> float:
    """Return how many of the four statements pgbench does in a second."""
    pick = f"\\set first {race.first} + 2 * random(0, {race.wallets // 2 - 1})\n"
    with TemporaryDirectory() as folder:
        script = Path(folder) / "four.sql"
        script.write_text(pick + "\\set second :first + 1\n" + FOUR.format(guild=GUILD))
        how = ("-n", "-M", "prepared", "-f", str(script), "-j", "2", "-c", str(race.clients))
        command = [_program(), *how, "-T", str(round(race.seconds))]
        told = subprocess.run(command, capture_output=True, text=True, check=True, env=_address())
    found = re.search(r"tps = ([\d.]+)", told.stdout)
    assert found, told.stdout + told.stderr
    return float(found[1])


def _program() -> str:
    """Return the machine's own pgbench, or that of the embedded PostgreSQL."""
    return which("pgbench") or str(packaged_programs() / "pgbench")


def _address() -> dict[str, str]:
    """Return the surroundings in which PostgreSQL's programs find our database."""
    given = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    told = {name: str(given[key]) for name, key in names.items() if given[key]}
    return {**os.environ, **told, "PGDATABASE": str(given["NAME"])}


def _rate(race: Race, deed: Callable[[int, int, str], object]) -> float:
    """Return how often so many processes do it in a second, all together."""
    connections.close_all()  # a forked process must not speak on its parent's line
    counts = FORK.SimpleQueue()
    runners = [FORK.Process(target=_run, args=(race, deed, counts)) for _ in range(race.clients)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return sum(counts.get() for _ in runners)


def _run(race: Race, deed: Callable[[int, int, str], object], counts: object) -> None:
    with guild_scope(GUILD):
        connection.ensure_connection()
        begin, done, own = time.perf_counter(), 0, f"{os.getpid()}:{time.monotonic_ns()}"
        while (took := time.perf_counter() - begin) < race.seconds:
            source = PERSON + 2 * randrange(race.wallets // 2)
            deed(source, source + 1, f"{own}:{done}")
            done += 1
    counts.put(done / took)
    connection.close()


def _by_service(source: int, target: int, key: str) -> object:
    about = {"guild_id": GUILD, "kind": "transfer", "amount": 1}
    return move_coins(movement=Movement(source=source, target=target, key=key, **about))


def _by_statement(source: int, target: int, key: str) -> object:
    told = dict.fromkeys(("actor", "staff", "undoes"))
    about = {"guild": GUILD, "kind": "transfer", "amount": 1, "asked": "", "at": timezone.now()}
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {**told, **about, "source": source, "target": target, "key": key})
        return cursor.fetchall()


def _milliseconds(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return (time.perf_counter() - begin) * 1000
