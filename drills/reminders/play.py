"""One night from its beginning to the morning after, when everybody is asked what they heard."""

import asyncio
from typing import TYPE_CHECKING, Any

from community.errors import HouseError
from community.runner import runner
from community.services.reminders import delete_reminder, snooze_reminder
from drills.orders.play import Play
from drills.reminders.asking import ask_for, forget_people, let_people_in
from drills.reminders.oracle import Memory, judge_reminders
from drills.reminders.schedule import Night, Press
from drills.virtual import away_from_loop

if TYPE_CHECKING:
    from community.models import Reminder

MOSTS = (1, 5, 30, 60)


class ReminderPlay(Play):
    """A schedule whose acts are reminders."""

    schedule: Night

    def __init__(self, schedule: Night) -> None:
        self.beginning = schedule.beginning
        super().__init__(schedule)
        self.memory = Memory(self.story)
        self.ids: dict[int, int] = {}

    def settle_in(self) -> None:
        """Let everybody say what they want to be told."""
        super().settle_in()
        let_people_in(self.town)
        for asked in self.schedule.asked:
            ask_for(self, asked)

    def judge(self) -> list[str]:
        """Judge what everybody heard."""
        return [*self.story.wrongs, *judge_reminders(self)]

    @property
    def counts(self) -> dict[str, int]:
        """Count what was asked and said, how late it was, and how often nobody or two were told."""
        wrongs = [wrong.split(":")[0] for wrong in self.wrongs]
        told = {"reminders": len(self.schedule.asked)}
        for place, late in self.memory.late_in.items():
            told[f"said_{place}"] = len(late)
            told |= {f"{place}_in_{most}_s": sum(each <= most for each in late) for most in MOSTS}
        return told | {name: wrongs.count(name) for name in ("lost", "doubled")}

    @property
    def words(self) -> str:
        """Say how late reminders were, in seconds."""
        told = [f"{place}: {_say_lateness(late)}" for place, late in self.memory.late_in.items()]
        together = [each for late in self.memory.late_in.values() for each in late]
        return f"lateness {_say_lateness(together)}; {'; '.join(told)}; {self.counts}"

    def forget(self) -> None:
        """Take the people down, too."""
        super().forget()
        forget_people(self.town)

    def _begin_acts(self) -> None:
        super()._begin_acts()
        self.town.discord.listeners.append(self.memory.hear)
        for press in self.schedule.presses:
            self._spawn(self._at(press.at, _press, press))

    async def _vary_the_pace(self) -> None:
        """Look at one pace: what falls due is known beforehand."""
        runner.BETWEEN_LOOKS = self.schedule.looks
        await asyncio.sleep(0)


def _say_lateness(lateness: list[float]) -> str:
    late = sorted(lateness) or [0.0]
    p50, p99 = (late[int(len(late) * part)] for part in (0.5, 0.99))
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s, most {late[-1]:.2f} s"


async def _press(play: ReminderPlay, press: Press) -> None:
    """Put one off or delete it; what is refused was not done."""
    about: dict[str, Any] = {
        "guild_id": play.town.guild_id,
        "reminder_id": play.ids[press.number],
        "user_id": play.town.people[play.schedule.asked[press.number].person],
    }
    at = play.story.passed()
    try:
        if press.deed == "end":
            away_from_loop(delete_reminder, **about)
            play.memory.delete(about["reminder_id"], at=at)
        else:
            now = play.town.now()
            put_off: Reminder = away_from_loop(snooze_reminder, **about, by=press.deed, now=now)
            play.memory.note(put_off, at=at, due=put_off.due_at)
    except HouseError as refusal:
        play.story.tell(f"{press}: {refusal}")
    else:
        play.story.tell(f"{press}")
    play.wake_bots()
