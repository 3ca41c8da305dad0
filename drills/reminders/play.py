"""One night from its beginning to the morning after, when everybody is asked what they heard."""

import asyncio
from typing import Any

from community.errors import HouseError
from community.models import Member, Preference, Reminder, User
from community.runner import runner
from community.scope import cross_guild, guild_scope
from community.services.reminders import (
    Wish,
    delete_reminder,
    keep_reminder,
    plan_reminder,
    snooze_reminder,
)
from drills.orders.play import Play
from drills.reminders.oracle import Memory, judge_reminders
from drills.reminders.schedule import Asked, Night, Press
from drills.virtual import away_from_loop


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
        town = self.town
        with guild_scope(town.guild_id):
            for user_id in town.people:
                User.objects.create(pk=user_id)
                Preference.objects.create(user_id=user_id)
                Member.objects.create(guild_id=town.guild_id, user_id=user_id)
        for asked in self.schedule.asked:
            self._ask(asked)

    def judge(self) -> list[str]:
        """Judge what everybody heard."""
        return [*self.story.wrongs, *judge_reminders(self)]

    @property
    def counts(self) -> dict[str, int]:
        """Count what was asked and said, how late it was, and how often nobody or two were told."""
        late, wrongs = self.memory.lateness, [wrong.split(":")[0] for wrong in self.wrongs]
        told = {"reminders": len(self.schedule.asked), "said": len(late)}
        told |= {f"within_{most}_s": sum(each <= most for each in late) for most in (1, 5, 60)}
        return told | {name: wrongs.count(name) for name in ("lost", "doubled")}

    @property
    def words(self) -> str:
        """Say how late reminders were, in seconds."""
        late = sorted(self.memory.lateness) or [0.0]
        p50, p99 = (late[int(len(late) * part)] for part in (0.5, 0.99))
        return f"lateness p50 {p50:.2f} s, p99 {p99:.2f} s, most {late[-1]:.2f} s; {self.counts}"

    def forget(self) -> None:
        """Take the people down, too."""
        people = self.town.people
        super().forget()
        with cross_guild("people of a story that is over"):
            User.objects.filter(pk__in=people).delete()

    def _begin_acts(self) -> None:
        super()._begin_acts()
        self.town.discord.listeners.append(self.memory.hear)
        for press in self.schedule.presses:
            self._spawn(self._at(press.at, _press, press))

    async def _vary_the_pace(self) -> None:
        """Look at one pace: what falls due is known beforehand."""
        runner.BETWEEN_LOOKS = self.schedule.looks
        await asyncio.sleep(0)

    def _ask(self, asked: Asked) -> None:
        town, user_id = self.town, self.town.people[asked.person]
        Preference.objects.filter(pk=user_id).update(tz=asked.zone)
        wish = Wish(
            guild_id=town.guild_id,
            user_id=user_id,
            channel_id=town.channel_id,
            is_public=asked.is_public,
            may_speak=True,
            when=asked.wall,
            what=f"Number {asked.number}",
            repeat=asked.repeat,
            asked_as=asked.number,
            at=town.now(),
        )
        kept = keep_reminder(plan=plan_reminder(wish=wish), now=town.now())
        self.ids[asked.number] = kept.pk
        self.memory.note(kept, at=0.0, due=asked.due)


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
