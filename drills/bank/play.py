"""Plays one story: clients, archive and reader as processes, killed where the schedule says so."""

import multiprocessing
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from community.models import Guild
from community.scope import cross_guild, guild_scope
from drills.bank.client import Client, Told, read_journal
from drills.bank.oracle import Oracle
from drills.bank.schedule import AT_FIRST, CLIENTS, FIRST_PERSON, Schedule
from economy.models.wallets import House
from economy.services import archiving
from economy.services.ledger import Movement, move_coins
from economy.services.proof import find_breaches

FORK = multiprocessing.get_context("fork")
PATIENCE = 120.0
GUILD_ID = 6 * 10**17


class Bank:
    """One server's coins in bad weather; afterwards it knows what was wrong."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.wrongs: list[str] = []
        self.lines: list[str] = []
        self.counted: Counter[str] = Counter()
        self._dice = random.Random(f"kills {schedule.seed}")
        # The same story may be played again in the same database.
        self._guild_id = GUILD_ID + secrets.randbelow(10**15)

    def run(self) -> None:
        """Play the story and judge it."""
        with TemporaryDirectory() as folder, cross_guild("a drill plays with a server of its own"):
            self._folder = Path(folder)
            self._open()
            for number in range(self.schedule.rounds):
                self._round(number)
            with guild_scope(self._guild_id):
                journals = self._journals()
                self.wrongs += Oracle(self.schedule, self._guild_id, journals).judge()
            self._read_up()
        self._count(journals)

    def _open(self) -> None:
        """Give everybody something to begin with."""
        Guild.objects.create(pk=self._guild_id, name="The bank")
        for person in range(FIRST_PERSON, FIRST_PERSON + self.schedule.people):
            gift = {"source": House.ISSUANCE, "target": person, "amount": AT_FIRST}
            about = {"guild_id": self._guild_id, "kind": "grant", "key": f"first:{person}"}
            with guild_scope(self._guild_id):
                move_coins(movement=Movement(**about, **gift))  # type: ignore[arg-type]

    def _round(self, number: int) -> None:
        """Let everybody go through their script; what was before this round may be archived."""
        over, began = FORK.Event(), timezone.now()
        others = [self._fork(self._archive, began, over), self._fork(self._read, over)]
        clients = [self._fork(self._client, number, each) for each in range(CLIENTS)]
        for place in self.schedule.kills:
            self._kill_one(number, clients, place)
        try:
            for client in clients:
                self._wait_for(client)
        finally:
            over.set()
            for other in others:
                self._wait_for(other)

    def _fork(self, deed: Callable[..., None], *given: Any) -> BaseProcess:
        connections.close_all()  # a forked process must not speak on its parent's line
        process = FORK.Process(target=deed, args=given, daemon=True)
        process.start()
        return process

    def _wait_for(self, process: BaseProcess) -> None:
        process.join(PATIENCE)
        if process.exitcode != 0:
            self.wrongs.append(f"broke: a process ended with {process.exitcode}")
            process.kill()
            process.join()
        process.close()

    def _kill_one(self, number: int, clients: list[BaseProcess], place: int) -> None:
        """Kill a client once so many answers were given, and let another go on in its place."""
        deadline = time.monotonic() + PATIENCE
        while self._answers(number) < place and time.monotonic() < deadline:
            if not any(client.is_alive() for client in clients):
                return
            time.sleep(0.005)
        victim = self._dice.randrange(CLIENTS)
        pid = clients[victim].pid
        if pid is not None and clients[victim].is_alive():
            os.kill(pid, signal.SIGKILL)
            clients[victim].join()
            clients[victim] = self._fork(self._client, number, victim)
            self.counted["kills"] += 1

    def _answers(self, number: int) -> int:
        journals = [self._journal(number, client) for client in range(CLIENTS)]
        return sum(path.read_bytes().count(b"\n") for path in journals if path.exists())

    def _journal(self, number: int, client: int) -> Path:
        return self._folder / f"{number}-{client}.jsonl"

    def _journals(self) -> list[Told]:
        return [
            told for path in sorted(self._folder.glob("*-*.jsonl")) for told in read_journal(path)
        ]

    def _client(self, number: int, client: int) -> None:
        """Go through a script, in a process of its own."""
        journal = self._journal(number, client)
        Client(self.schedule, self._guild_id, journal).run(self.schedule.scripts[number][client])

    def _archive(self, before: datetime, over: Event) -> None:
        """Let what was before this round leave, page by page, in a process of its own."""
        archiving.TRANSFERS_PER_PAGE = self.schedule.page
        page = partial(archiving.archive_page, guild_id=self._guild_id, before=before)
        while not over.wait(0.01):
            try:
                page(folder=self._folder / "archives")
            except DatabaseError as error:
                (self._folder / "archive.wrong").write_text(repr(error))
        connection.close()

    def _read(self, over: Event) -> None:
        """Prove every sum in snapshot after snapshot, in a process of its own."""
        with (self._folder / "reads.txt").open("a") as out:
            while True:
                is_last = over.wait(0.02)
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    out.write("; ".join(find_breaches(guild_id=self._guild_id)) + "\n")
                if is_last:
                    break
        connection.close()

    def _read_up(self) -> None:
        """Take in what the reader and the archive wrote down."""
        reads = (self._folder / "reads.txt").read_text().splitlines()
        self.counted["reads"] += len(reads)
        self.counted["wrong_reads"] += sum(map(bool, reads))
        self.wrongs += [f"snapshot: {read}" for read in reads if read]
        for refusal in self._folder.glob("archive.wrong"):
            self.wrongs.append(f"archive: {refusal.read_text()}")

    def _count(self, journals: list[Told]) -> None:
        self.counted["answers"] += len(journals)
        self.counted["moved"] += sum(bool(told.get("new")) for told in journals)
        self.counted["deadlocks"] += sum(told.get("deadlocks", 0) for told in journals)
        self.lines = [f"{told}" for told in journals]
