"""What everybody should have heard, remembered beside the house's books, and what they heard."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from community.models import Errand, Reminder
from community.scope import guild_scope
from drills.orders.story import ON_ITS_WAY, Story
from drills.orders.town import Town
from drills.reminders.schedule import Night
from sandbox import Event
from sandbox.wire import seconds_of

MARK = re.compile(r"remind:end:\d+:(\d+):(\d+)")
A_SECOND = 1.0
ALONE, TOGETHER = PLACES = "alone", "in_channel"
Turn = tuple[int, int]  # a reminder, and which of its moments


@dataclass(slots=True)
class Set:
    """A moment for which a reminder was set, until it was set for another."""

    due: datetime
    gone_at: float | None = None


class Memory:
    """What was set for when, as the story knows it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.sets: dict[Turn, Set] = {}
        self.last: dict[int, int] = {}
        self.place_of: dict[int, str] = {}
        self.deleted: set[int] = set()
        self.is_put_off: set[int] = set()
        self.late_in: dict[str, list[float]] = {place: [] for place in PLACES}
        self.heard: dict[Turn, list[float]] = defaultdict(list)

    def hear(self, event: Event) -> None:
        """Remember what is said, while it is said: a channel of the stage forgets what is old."""
        found = MARK.search(str(event.data.get("components")))
        if found and event.name == "MESSAGE_CREATE":
            turn = int(found[1]), int(found[2])
            self.heard[turn].append(seconds_of(event.data["timestamp"]))

    def note(self, reminder: Reminder, *, at: float, due: datetime | None) -> None:
        """Remember a moment that it is set for, and that an earlier one does not count."""
        assert due is not None  # noqa: S101 - for the type
        if reminder.pk in self.last:
            self.is_put_off.add(reminder.pk)
            self._let_go(reminder.pk, at)
        if reminder.due_at != due:
            self.story.find("moment", f"{reminder.pk} is set for {reminder.due_at}, not {due}")
        self.place_of[reminder.pk] = TOGETHER if reminder.channel_id else ALONE
        self.sets[reminder.pk, reminder.turn] = Set(due)
        self.last[reminder.pk] = reminder.turn

    def delete(self, reminder_id: int, *, at: float) -> None:
        """Remember that it shall not be said any more."""
        self.deleted.add(reminder_id)
        self._let_go(reminder_id, at)

    def _let_go(self, reminder_id: int, at: float) -> None:
        self.sets[reminder_id, self.last[reminder_id]].gone_at = at


class Played(Protocol):
    """A story in which people asked, and what is remembered of it."""

    schedule: Night
    town: Town
    memory: Memory
    ids: dict[int, int]


def judge_reminders(play: Played) -> Iterator[str]:
    """Say what was wrong in the end."""
    heard = play.memory.heard
    for turn, moments in heard.items():
        if len(moments) > 1:
            yield f"doubled: {turn} was said {len(moments)} times"
    for turn, wanted in play.memory.sets.items():
        yield from _judge(play, turn, wanted, heard.get(turn, []))
    yield from _judge_books(play)


def _judge(play: Played, turn: Turn, wanted: Set, moments: list[float]) -> Iterator[str]:
    due = wanted.due.timestamp()
    for moment in moments:
        passed = moment - play.schedule.beginning.timestamp()
        play.memory.late_in[play.memory.place_of[turn[0]]].append(max(0.0, moment - due))
        if moment < due - A_SECOND:
            yield f"early: {turn} was said {due - moment:.1f} s early"
        if wanted.gone_at is not None and passed > wanted.gone_at + ON_ITS_WAY:
            yield f"undead: {turn} was said {passed - wanted.gone_at:.1f} s after it was let go"
    if not moments and wanted.gone_at is None:
        yield f"lost: {turn} was due at {wanted.due}, and never said"


def _judge_books(play: Played) -> Iterator[str]:
    """Judge what the house believes: what comes again, and that nothing is left hanging."""
    now = play.town.now()
    with guild_scope(play.town.guild_id):
        rows = {each.pk: each for each in Reminder.objects.filter(guild_id=play.town.guild_id)}
        waiting = Errand.objects.of(play.town.guild_id).open().filter(due_at__lte=now).count()
    for asked in play.schedule.asked:
        row = rows[play.ids[asked.number]]
        if row.pk in play.memory.deleted:
            continue
        if row.due_at != asked.then and not _was_put_off(play, row):
            yield f"next: {row.pk} comes again at {row.due_at}, not at {asked.then}"
        if not asked.repeat and row.state != Reminder.State.SAID:
            yield f"state: {row.pk} is {row.state}"
    if waiting:
        yield f"stuck: {waiting} errands never came to an end"


def _was_put_off(play: Played, row: Reminder) -> bool:
    """Tell whether it was put off after its end, which makes it one that comes once."""
    return row.pk in play.memory.is_put_off and row.state == Reminder.State.SAID
