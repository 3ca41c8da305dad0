"""One story in which the house is lost, and an older copy of it put back."""

import asyncio
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.db import connection

from community.errors import HouseError
from community.models import CommandSync, GuildSettings, Lease, Restoration, StandingOrder
from community.scope import guild_scope
from community.services.restorations import Comparison, approve_restoration, compare
from config.backups.making import make_backup
from config.backups.papers import Paper, write_paper
from config.backups.proving import drop_database
from config.backups.restoring import restore
from drills.moderation.deeds import decide
from drills.moderation.play import ModerationPlay
from drills.moderation.schedule import Decision
from drills.orders.schedule import MINUTE
from drills.orders.story import Key
from drills.restore import mishaps
from drills.restore.oracle import judge_restored
from drills.restore.purses import Market
from drills.restore.schedule import LOST_AT, RestoreSchedule, backup_at, chances_at
from drills.virtual import away_from_loop
from moderation.models import Case

if TYPE_CHECKING:
    from drills.moderation.memory import Warned

CHANGES = ("overrule", "pardon")
# A bot that fell looks at everything within minutes; who waits longer waits for ever.
PATIENCE = 40
# A warning of longer ago brings nobody further up a ladder.
REMEMBERED_BY_LADDERS: timedelta = GuildSettings._meta.get_field("escalation_window").default


class RestorePlay(ModerationPlay):
    """A story of moderation that loses what came after its backup, and is let go on."""

    schedule: RestoreSchedule

    def __init__(self, schedule: RestoreSchedule) -> None:
        super().__init__(schedule)
        self.known_numbers: set[int] = set()
        self.calls_before, self.calls_at_approval = 0, 0
        self.decided_since = 0
        self.said: list[str] = []
        self.stood: set[Key] = set()  # at Discord, when the house was put back
        self.open: set[Key] = set()  # and what was still to be carried out in the backup
        self._paper: Paper | None = None
        self._before: list[str] = []
        self._warned: tuple[dict[int, Warned], int] = ({}, 0)
        self.market = Market(self)

    def settle_in(self) -> None:
        """Open a market in the town."""
        super().settle_in()
        self.market.open()

    @property
    def is_closed(self) -> bool:
        """Whether the house is lost, and nothing of it runs."""
        return LOST_AT <= self.loop.time() < self.schedule.back_at

    def run(self) -> None:
        """Play, with a folder for the backup."""
        with TemporaryDirectory() as folder:
            self._folder = Path(folder)
            super().run()

    def _begin_acts(self) -> None:
        super()._begin_acts()
        self._spawn(self._back_up())
        self._spawn(self._lose_and_restore())

    def quiet(self) -> float:
        """Let the bot look often while everybody waits for what differs."""
        now = self.loop.time()
        if LOST_AT <= now < self.schedule.anew_at:
            return 0.0
        return min(super().quiet(), LOST_AT - now) if now < LOST_AT else super().quiet()

    @staticmethod
    async def decide(play: ModerationPlay, told: Decision) -> None:
        """Ban nobody who is banned: Discord does not say that it heard of a second end."""
        person = play.town.people[told.person]
        if told.what == "buy" and isinstance(play, RestorePlay):
            play.story.tell(f"decision {told.number}: {person} buys a role for {told.span}")
            if play.town.is_member(person):
                play.market.buy(told, person)
        elif told.what in CHANGES and isinstance(play, RestorePlay):
            if play.knows_its_cases():
                await decide(play, told)
        elif told.what != "ban" or not play.town.stands(person, "ban"):
            await decide(play, told)

    def knows_its_cases(self) -> bool:
        """Tell whether cases can be chosen from; those that nobody knows any more are not."""
        if self.loop.time() >= LOST_AT:
            known = away_from_loop(self._known_cases)
            kept = {number: what for number, what in self.memory.cases.items() if number in known}
            self.memory.cases = kept
        return self.loop.time() < LOST_AT or self.schedule.fate.knows_all

    def _known_cases(self) -> set[int]:
        with guild_scope(self.town.guild_id):
            return set(Case.objects.of(self.town.guild_id).values_list("number", flat=True))

    def ring(self) -> None:
        """Ring where somebody is at home."""
        if not self.is_closed:
            super().ring()

    async def _keep_alive(self, host: str) -> None:
        """Let no bot live while the house is lost."""
        living = self.loop.create_task(super()._keep_alive(host))
        await asyncio.sleep(LOST_AT)
        living.cancel()
        self.bots[host].life.die()
        self.gateway.sessions.pop(host, None)
        await asyncio.sleep(self.schedule.back_at + 1 - self.loop.time())
        await super()._keep_alive(host)

    async def _back_up(self) -> None:
        await asyncio.sleep(backup_at(self.schedule.seed))
        self._paper = away_from_loop(self._make_backup)
        self._warned = deepcopy(self.memory.warnings), self.memory.fires
        self.market.remember()
        self.open = away_from_loop(self._still_open)
        self.decided_since = -len(self.memory.by_decision)
        self.story.tell("a backup was made")

    def _still_open(self) -> set[Key]:
        with guild_scope(self.town.guild_id):
            rows = StandingOrder.objects.of(self.town.guild_id).unsettled()
            return {(row.user_id, row.kind) for row in rows}

    def _make_backup(self) -> Paper:
        # Its moment is the story's, not that of the machine on which it is played.
        with mishaps.earlier_house(self.schedule.fate.is_of_old_schema):
            paper = replace(make_backup(self._folder), made_at=self.clocks.machine())
        write_paper(paper, self._folder)
        return paper

    async def _lose_and_restore(self) -> None:
        try:
            await self._lose_all()
        except Exception as error:  # noqa: BLE001 - whatever breaks is what the drill looks for
            self.story.find("broke", repr(error))

    async def _lose_all(self) -> None:
        await asyncio.sleep(LOST_AT)
        self.known_numbers = set(self.memory.cases) | _numbers_in(self.memory.by_decision)
        self.decided_since += len(self.memory.by_decision)
        self.story.tell("the house is lost")
        await asyncio.sleep(self.schedule.fate.closed_for)
        mishaps.befall(self)
        kinds = ("ban", "timeout")
        every = [(person, kind) for person in self.town.people for kind in kinds]
        self.stood = {key for key in every if self.town.stands(*key)}
        self.calls_before = len(self.town.discord.journal)
        for _ in range(1 + self.schedule.fate.is_twice):
            away_from_loop(self._restore)
            self.story.tell("the backup was put back")
            if not await self._goes_on():
                self.story.find("never_compared", "nobody looked at everything: nothing goes on")

    async def _goes_on(self) -> bool:
        for _ in range(PATIENCE):
            self.chances = chances_at(self.schedule, self.loop.time())
            await asyncio.sleep(MINUTE / 2)
            if self._approve():
                return True
        return False

    def _restore(self) -> None:
        paper = self._paper
        assert paper is not None  # noqa: S101 - for the type
        if self.schedule.fate.is_killed:
            self._before += mishaps.restore_killed(self._folder, paper.name, self.chance)
        _, before = restore(self._folder, paper.name)
        self._before.append(before)
        Lease.objects.all().delete()  # whoever held it is gone, however long it was taken for
        CommandSync.objects.get_or_create(application_id=self.town.bot_id)
        self._remember_warnings()
        self.market.go_back(backup_at(self.schedule.seed))

    def _remember_warnings(self) -> None:
        self.memory.warnings, self.memory.fires = deepcopy(self._warned[0]), self._warned[1]
        if self.schedule.fate.closed_for > REMEMBERED_BY_LADDERS.total_seconds():
            for each in self.memory.warnings.values():
                each.counts = False

    def _approve(self) -> bool:
        self.calls_at_approval = len(self.town.discord.journal)
        try:
            differed = away_from_loop(self._decide_differences)
        except HouseError as refusal:
            self.story.tell(str(refusal))
            return False
        self.story.tell(f"approved: {differed} matters differed")
        self.wake_bots()
        return True

    def _decide_differences(self) -> int:
        compared: Comparison = compare()
        lines = [
            f"{each.label} of {each.order.user_id}: {each.words}" for each in compared.differences
        ]
        for words in (*compared.gifts, *lines):
            self.story.tell(words)
        self.said = [*compared.missing, *compared.unknown, *compared.gifts, *lines]
        if self.schedule.fate.is_killed and mishaps.word_killed(compared, self.chance):
            return len(compared.differences)
        return approve_restoration(by=None)

    def judge(self) -> list[str]:
        """Judge by what stands at Discord, and what staff wanted."""
        return list(judge_restored(self))

    def forget(self) -> None:
        """Take the town down, and the houses that were lost."""
        self.market.close()
        super().forget()
        Restoration.objects.all().delete()
        connection.close()
        for name in self._before:
            drop_database(name)


def _numbers_in(by_decision: dict[int, set[int]]) -> set[int]:
    return {number for numbers in by_decision.values() for number in numbers}
