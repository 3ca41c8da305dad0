"""Reminders: planned, kept, said once, put off, deleted; each moment one is set for is one errand.

What is said, and what comes after it, is one transaction with the errand's end, so that a crash at
any moment neither loses a reminder nor says it twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import Errand, Grant, Member, Reminder, Staff, User
from community.moments import WallTime, after, on_the_wall, read_moment
from community.repeats import first_time, is_hourly, read_repeat, say_repeat, time_after
from community.scope import cross_guild, guild_scope
from community.services.audit import write_audit
from community.services.conversations import meet_ahead
from community.services.errands import drop_errand, hold_errands, send_errand, taken_up_at
from community.services.grants import require
from community.services.preferences import preferences_of
from community.words.reminders import said_of, stamp

LONGEST = 500
MOST_OPEN = 25
MOST_MISSES = 3
KIND = "reminder"
SNOOZES = {
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
}
GONE = "This reminder is gone."
NOT_YOURS = "Only who asked to be reminded can do that."
ITS_TIME = "It is being said at this moment; try again."

State = Reminder.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to be reminded of, in their own words."""

    guild_id: int
    user_id: int
    # Where it was asked; and whether it is said there, as far as they chose.
    channel_id: int | None
    is_public: bool | None
    may_speak: bool
    when: str
    what: str
    repeat: str
    asked_as: int
    at: datetime
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wish that was understood, and does not count yet."""

    wish: Wish
    message: str
    channel_id: int | None
    wall: WallTime
    repeat: str
    zone: str
    # Whether the zone is somebody's own choice, and not their server's.
    is_own_zone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What is said, and where; by direct message where no channel is named."""

    channel_id: int | None
    message: dict[str, Any]


def plan_reminder(*, wish: Wish) -> Plan:
    """Return how a wish is understood; refuse what cannot be kept, and keep nothing yet."""
    message = " ".join(wish.what.split())
    if not 1 <= len(message) <= LONGEST:
        raise HouseError(f"A reminder has 1 to {LONGEST} letters.")
    wanted = preferences_of(guild_id=wish.guild_id, user_id=wish.user_id)
    zone, spoken = wanted.zone, (wanted.language, wish.language.partition("-")[0])
    wall = read_moment(wish.when, now=wish.at, zone=zone, languages=spoken)
    repeat, wall = _repeated(wish.repeat, wall, zone)
    _require_room(wish.user_id)
    return Plan(
        wish=wish,
        message=message,
        channel_id=_place_of(wish, is_public=not wanted.dm_reminders),
        wall=wall,
        repeat=repeat,
        zone=zone,
        is_own_zone=wanted.has_own_zone,
    )


@transaction.atomic
def keep_reminder(*, plan: Plan, now: datetime) -> Reminder:
    """Let a plan count, once for the command that asked for it."""
    wish, wall = plan.wish, plan.wall
    with guild_scope(wish.guild_id):
        asked = Reminder.objects.filter(guild_id=wish.guild_id, asked_as=wish.asked_as)
        if known := asked.first():
            return known
        _hold_person(wish.user_id)
        _require_room(wish.user_id)
        if wall.moment <= now and not plan.repeat:
            raise HouseError("That is over already.")
        reminder = Reminder(
            guild_id=wish.guild_id,
            user_id=wish.user_id,
            channel_id=plan.channel_id,
            message=plan.message,
            asked_as=wish.asked_as,
            tz=wall.zone,
            repeat=plan.repeat,
            turn=0,
        )
        _set_for(reminder, wall)
        return reminder


def open_reminders_of(*, user_id: int) -> list[Reminder]:
    """Return what somebody still wants to be told, in whatever server they asked."""
    with cross_guild("somebody looks through their own reminders, of every server"):
        mine = Reminder.objects.whose(user_id).open()
        return list(mine.select_related("guild").order_by("due_at", "pk")[:MOST_OPEN])


@transaction.atomic
def snooze_reminder(
    *, guild_id: int, reminder_id: int, user_id: int, by: str, now: datetime
) -> Reminder:
    """Say it again a while from now; what comes again stays as it is besides."""
    with _in_hand(guild_id, reminder_id) as reminder:
        _require_own(reminder, user_id)
        if reminder.state != State.OPEN:
            _hold_person(user_id)
            _require_room(user_id)
        wanted = preferences_of(guild_id=guild_id, user_id=user_id)
        wall = after(SNOOZES[by], now=now, zone=wanted.zone)
        if reminder.repeat and reminder.state == State.OPEN:
            next_proper = wall_of(reminder).moment
            reminder.is_snoozed = wall.moment < next_proper
            _ring(reminder, min(wall.moment, next_proper))
        else:
            reminder.state, reminder.ended_at, reminder.misses = State.OPEN, None, 0
            _set_for(reminder, wall)
        return reminder


@transaction.atomic
def delete_reminder(*, guild_id: int, reminder_id: int, user_id: int) -> None:
    """Let somebody delete their own; one that was said already is forgotten."""
    with _in_hand(guild_id, reminder_id) as reminder:
        _require_own(reminder, user_id)
        _end(reminder, State.DELETED)


@transaction.atomic
def call_off_reminder(*, reminder: Reminder, by: Staff) -> None:
    """Delete somebody else's; whoever configures the server may, and it is noted."""
    require(by, Grant.Capability.CONFIGURE, guild_id=reminder.guild_id)
    with _in_hand(reminder.guild_id, reminder.pk) as row:
        if row.state != State.OPEN:
            raise HouseError("It has ended already.")
        _end(row, State.DELETED)
        write_audit(
            verb="community.reminder.called_off",
            subject=("reminder", row.pk),
            by=by,
            guild_id=row.guild_id,
        )


def word_reminder(*, errand: Errand) -> Saying | None:
    """Return what is to be said now; None when it was set for another moment, or deleted."""
    with guild_scope(errand.guild_id):
        there = Reminder.objects.filter(guild_id=errand.guild_id, pk=errand.payload["reminder"])
        reminder = there.open().filter(turn=errand.payload["turn"]).first()
        if reminder is None:
            return None
        at = taken_up_at(errand)
        message = said_of(reminder, at=at, again=_again(reminder, at))
        return Saying(channel_id=_speakable_place(reminder, at), message=message)


def note_said(*, guild_id: int, reminder_id: int, turn: int, at: datetime) -> None:
    """Write down that it was said, and set what comes again for its next time."""
    if reminder := _of_turn(guild_id, reminder_id, turn):
        reminder.said_at, reminder.misses, reminder.last_error = at, 0, ""
        _go_on(reminder, at, State.SAID)


def note_missed(*, guild_id: int, reminder_id: int, turn: int, at: datetime, why: str) -> None:
    """Write down that it could not be said; what comes again is tried a few times more."""
    if reminder := _of_turn(guild_id, reminder_id, turn):
        reminder.misses += 1
        reminder.last_error = why[:300]
        if reminder.misses >= MOST_MISSES:
            reminder.repeat = ""
        _go_on(reminder, at, State.FAILED)


@transaction.atomic
def set_reminders_right() -> int:
    """Compute every moment anew: countries change their clocks; return how many had moved."""
    with cross_guild("the moments of reminders, in every server"):
        waiting = Reminder.objects.open().filter(is_snoozed=False).exclude(tz="UTC")
        moved = [row for row in waiting.iterator() if wall_of(row).moment != row.due_at]
    for row in moved:
        with _in_hand(row.guild_id, row.pk) as reminder:
            if reminder.turn == row.turn and reminder.state == State.OPEN:
                _ring(reminder, wall_of(reminder).moment)
    return len(moved)


def wall_of(reminder: Reminder) -> WallTime:
    """Return what the clock shows at its next proper time."""
    return WallTime(datetime.combine(reminder.on_day, reminder.at_time), reminder.tz)


def forget_reminders(*, user_id: int) -> int:
    """Forget what somebody wanted to be told, and have nothing of it said."""
    for reminder in Reminder.objects.whose(user_id).open():
        drop_errand(guild_id=reminder.guild_id, dedupe_key=key_of(reminder))
    forgotten: int = Reminder.objects.whose(user_id).delete()[0]
    return forgotten


def _place_of(wish: Wish, *, is_public: bool) -> int | None:
    """Return the channel it is said in; None is by direct message."""
    if not (is_public if wish.is_public is None else wish.is_public):
        return None
    if not wish.may_speak:
        raise HouseError("You or I may not write here: let it come by direct message.")
    return wish.channel_id


def _speakable_place(reminder: Reminder, at: datetime) -> int | None:
    """Return its channel; who left or is silenced is told alone, and says nothing through us."""
    here = Member.objects.present().filter(guild_id=reminder.guild_id, user_id=reminder.user_id)
    member = here.first()
    if member is None or (member.timed_out_until and member.timed_out_until > at):
        return None
    return reminder.channel_id


def _again(reminder: Reminder, at: datetime) -> str:
    """Say when it comes again, where it does."""
    if not reminder.repeat:
        return ""
    proper = wall_of(reminder)
    is_ahead = reminder.is_snoozed and proper.moment > at
    moment = proper.moment if is_ahead else _next_of(reminder, at).moment
    return f"Again {stamp(moment)}: {say_repeat(reminder.repeat)}."


def _repeated(words: str, wall: WallTime, zone: str) -> tuple[str, WallTime]:
    """Return the rule, and its first time; hours go by no wall, and all else goes by one."""
    if not words.strip():
        return "", wall
    # What was written, also where clocks leap over it on the first day.
    here = wall.at if wall.zone == zone else on_the_wall(wall.moment, zone)
    repeat = read_repeat(words, first=here)
    if not repeat:
        return "", wall
    if is_hourly(repeat):
        return repeat, WallTime(on_the_wall(wall.moment, "UTC"), "UTC")
    return repeat, WallTime(first_time(repeat, at=here), zone)


def _require_room(user_id: int) -> None:
    with cross_guild("how much somebody wants to be told, in all servers together"):
        if Reminder.objects.whose(user_id).open().count() >= MOST_OPEN:
            raise HouseError(f"You have {MOST_OPEN} reminders open: delete one with /reminders.")


def _hold_person(user_id: int) -> None:
    """Let nobody else keep a reminder of theirs meanwhile."""
    if User.objects.select_for_update(no_key=True).filter(pk=user_id).first() is None:
        raise HouseError("We have only just met; try again in a moment.")


def _require_own(reminder: Reminder, user_id: int) -> None:
    if reminder.user_id != user_id:
        raise HouseError(NOT_YOURS)
    if reminder.state == State.DELETED:
        raise HouseError(GONE)


@contextmanager
def _in_hand(guild_id: int, reminder_id: int) -> Iterator[Reminder]:
    """Hold a reminder and its errand, in the order in which the errand's end holds them."""
    with guild_scope(guild_id):
        there = Reminder.objects.filter(guild_id=guild_id, pk=reminder_id)
        if (seen := there.first()) is None:
            raise HouseError(GONE)
        hold_errands(guild_id=guild_id, dedupe_keys=[key_of(seen)])
        reminder: Reminder | None = there.select_for_update(no_key=True).first()
        if reminder is None or reminder.turn != seen.turn:
            raise HouseError(ITS_TIME)
        yield reminder


def _of_turn(guild_id: int, reminder_id: int, turn: int) -> Reminder | None:
    """Hold a reminder whose errand ends; None when it was set for another moment meanwhile."""
    there = Reminder.objects.filter(guild_id=guild_id, pk=reminder_id).open()
    reminder: Reminder | None = there.filter(turn=turn).select_for_update(no_key=True).first()
    return reminder


def _go_on(reminder: Reminder, at: datetime, ending: str) -> None:
    """Set it for its next time, or end it where there is none."""
    proper = wall_of(reminder)
    if reminder.is_snoozed and proper.moment > at:
        reminder.is_snoozed = False
        _ring(reminder, proper.moment)
    elif reminder.repeat:
        _set_for(reminder, _next_of(reminder, at))
    else:
        _end(reminder, ending)


def _next_of(reminder: Reminder, at: datetime) -> WallTime:
    """Return its next time after a moment; what was missed meanwhile is not said any more."""
    here = datetime.combine(reminder.on_day, reminder.at_time)
    now = on_the_wall(at, reminder.tz)
    wall = WallTime(time_after(reminder.repeat, at=here, now=now), reminder.tz)
    while wall.moment <= at:  # a clock shows some hours twice, and leaps over others
        wall = WallTime(time_after(reminder.repeat, at=wall.at, now=wall.at), reminder.tz)
    return wall


def _set_for(reminder: Reminder, wall: WallTime) -> None:
    reminder.on_day, reminder.at_time, reminder.tz = wall.at.date(), wall.at.time(), wall.zone
    reminder.is_snoozed = False
    _ring(reminder, wall.moment)


def _ring(reminder: Reminder, moment: datetime) -> None:
    """Have it said at a moment, and at no other."""
    if reminder.pk:
        drop_errand(guild_id=reminder.guild_id, dedupe_key=key_of(reminder))
    reminder.due_at = moment
    reminder.turn += 1
    reminder.save()
    about: dict[str, object] = {"reminder": reminder.pk, "turn": reminder.turn}
    place = {"channel_id": str(reminder.channel_id)} if reminder.channel_id else {}
    send_errand(
        guild_id=reminder.guild_id,
        kind=KIND,
        dedupe_key=key_of(reminder),
        payload={**about, **place},
        user_id=reminder.user_id,
        not_before=moment,
    )
    if not place:
        meet_ahead(guild_id=reminder.guild_id, user_id=reminder.user_id)


def _end(reminder: Reminder, ending: str) -> None:
    drop_errand(guild_id=reminder.guild_id, dedupe_key=key_of(reminder))
    reminder.state, reminder.due_at, reminder.ended_at = ending, None, timezone.now()
    reminder.is_snoozed = False
    reminder.save()


def key_of(reminder: Reminder) -> str:
    """Return what makes it one errand, for the moment it is set for."""
    return f"reminder:{reminder.pk}:{reminder.turn}"
