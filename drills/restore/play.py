"""One story in which the house is lost, and an older copy of it put back."""

import asyncio
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection

from community.errors import HouseError
from community.models import CommandSync, Lease, Restoration
from community.services.restorations import approve_restoration, compare
from config.backups.making import make_backup
from config.backups.papers import Paper, write_paper
from config.backups.proving import drop_database
from config.backups.restoring import restore
from drills.moderation.deeds import decide
from drills.moderation.play import ModerationPlay
from drills.moderation.schedule import Decision
from drills.orders.schedule import MINUTE, Schedule
from drills.restore.oracle import judge_restored
from drills.restore.schedule import ANEW_AT, LOST_AT, backup_at
from drills.virtual import away_from_loop

# A bot that fell looks at everything within minutes; who waits longer waits for ever.
PATIENCE = 20


class RestorePlay(ModerationPlay):
    """A story of moderation that loses what came after its backup, and is let go on."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.known_numbers: set[int] = set()
        self.calls_before, self.calls_at_approval = 0, 0
        self.decided_since = 0
        self._paper: Paper | None = None
        self._before = ""

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
        if LOST_AT <= now < ANEW_AT:
            return 0.0
        return min(super().quiet(), LOST_AT - now) if now < LOST_AT else super().quiet()

    @staticmethod
    async def decide(play: ModerationPlay, told: Decision) -> None:
        """Ban nobody who is banned: Discord does not say that it heard of a second end."""
        if told.what == "ban" and play.town.stands(play.town.people[told.person], "ban"):
            return
        await decide(play, told)

    async def _back_up(self) -> None:
        await asyncio.sleep(backup_at(self.schedule.seed))
        self._paper = away_from_loop(self._make_backup)
        self.decided_since = -len(self.memory.by_decision)
        self.story.tell("a backup was made")

    def _make_backup(self) -> Paper:
        # Its moment is the story's, not that of the machine on which it is played.
        paper = replace(make_backup(self._folder), made_at=self.clocks.machine())
        write_paper(paper, self._folder)
        return paper

    async def _lose_and_restore(self) -> None:
        await asyncio.sleep(LOST_AT)
        self.bots["first"].life.die()
        self.known_numbers = set(self.memory.cases) | _numbers_in(self.memory.by_decision)
        self.decided_since += len(self.memory.by_decision)
        away_from_loop(self._restore)
        self.calls_before = len(self.town.discord.journal)
        self.story.tell("the backup was put back")
        for _ in range(PATIENCE):
            await asyncio.sleep(MINUTE)
            if self._approve():
                return
        self.story.find("never_compared", "nobody looked at everything, so nothing goes on")

    def _restore(self) -> None:
        paper = self._paper
        assert paper is not None  # noqa: S101 - for the type
        _, self._before = restore(self._folder, paper.name)
        Lease.objects.all().delete()  # whoever held it is gone, however long it was taken for
        CommandSync.objects.get_or_create(application_id=self.town.bot_id)

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
        for each in compare().differences:
            self.story.tell(f"{each.label} of {each.order.user_id}: {each.words}")
        return approve_restoration(by=None)

    def judge(self) -> list[str]:
        """Judge by what stands at Discord, and what staff wanted."""
        return list(judge_restored(self))

    def forget(self) -> None:
        """Take the town down, and the house that was lost."""
        super().forget()
        Restoration.objects.all().delete()
        connection.close()
        if self._before:
            drop_database(self._before)


def _numbers_in(by_decision: dict[int, set[int]]) -> set[int]:
    return {number for numbers in by_decision.values() for number in numbers}
