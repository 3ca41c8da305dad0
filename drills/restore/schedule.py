"""What happens in one story: before its backup, after it, while the house is lost, and anew."""

from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

from drills.moderation.schedule import LASTING, Decision
from drills.orders.schedule import CALM, DAY, HOUR, MINUTE, Chances, Hand, Schedule, plot

ACTS = {"ban": 6, "mute": 5, "unban": 3, "unmute": 3, "note": 2, "warn": 5, "kick": 1, "buy": 4}
ACTS |= {"overrule": 3, "pardon": 1}
BY_HAND = ("ban", "ban", "unban", "timeout", "untimeout", "kick", "join", "join")
STORM = 10 * MINUTE
# By then the last deed of the storm is done, and the house is lost.
LOST_AT = STORM + 2 * MINUTE
# So long after the house is back it goes on, and staff decide again.
ANEW_AFTER, ANEW_FOR = 30 * MINUTE, 5 * MINUTE
ANEW_AT = LOST_AT + ANEW_AFTER
# Discord forgets what its audit log says of longer ago.
REMEMBERED = 45 * DAY
# What was decided so shortly before or after may have been on its way when somebody acted by hand.
APART = 2 * MINUTE
DEADLY = replace(CALM, crash=0.02)


@dataclass(frozen=True, slots=True)
class Fate:
    """How the house is lost, and in which circumstances an older copy takes its place."""

    closed_for: float = 0.0  # until somebody puts the backup back
    log_is_closed: bool = False  # Discord's audit log is kept from the bot by then
    is_deadly: bool = False  # the bot may be killed at any step, until staff decide again
    is_killed: bool = False  # the restore and the word are killed once, and begun again
    is_twice: bool = False  # the same backup is put back once more
    is_of_old_schema: bool = False  # the backup was made by an earlier Guildhall

    @property
    def knows_all(self) -> bool:
        """Whether Discord's log tells everything that was lost."""
        return not self.log_is_closed and self.closed_for < REMEMBERED


@dataclass(frozen=True)
class RestoreSchedule(Schedule):
    """A story with a fate."""

    fate: Fate = Fate()

    @property
    def back_at(self) -> float:
        """The moment when the backup is put back."""
        return LOST_AT + self.fate.closed_for

    @property
    def anew_at(self) -> float:
        """The moment from which staff decide again."""
        return self.back_at + ANEW_AFTER


def restore_schedule_of(seed: int) -> RestoreSchedule:
    """Write one story."""
    chance, fate = Random(f"restore {seed}"), fate_of(seed)
    anew_at = LOST_AT + fate.closed_for + ANEW_AFTER
    moments = [chance.uniform(0, STORM) for _ in range(chance.randint(8, 16))]
    moments += [anew_at + chance.uniform(0, ANEW_FOR) for _ in range(chance.randint(2, 5))]
    people = chance.randint(3, 5)
    decisions = [_decide(chance, at, number, people) for number, at in enumerate(sorted(moments))]
    hands = _hands(chance, decisions, people, LOST_AT + min(fate.closed_for, HOUR))
    acts: dict[str, Any] = {"commands": tuple(decisions), "hands": tuple(hands), "people": people}
    return with_fate(plot(seed, storm=anew_at + ANEW_FOR, **acts), fate)


def with_fate(schedule: Schedule, fate: Fate) -> RestoreSchedule:
    """Give a story a fate."""
    told = {each.name: getattr(schedule, each.name) for each in fields(Schedule)}
    told["storm"] = max(schedule.storm, LOST_AT + fate.closed_for + ANEW_AFTER + ANEW_FOR)
    return RestoreSchedule(**told, fate=fate)


def fate_of(seed: int) -> Fate:
    """Choose a fate; the first story has the plainest."""
    chance = Random(f"fate {seed}")
    if seed == 0:
        return Fate()
    return Fate(
        closed_for=chance.choices((0.0, 10 * MINUTE, 3 * HOUR, 46 * DAY), (4, 3, 3, 1))[0],
        log_is_closed=chance.random() < 0.12,
        is_deadly=chance.random() < 0.3,
        is_killed=chance.random() < 0.15,
        is_twice=chance.random() < 0.2,
        is_of_old_schema=chance.random() < 0.12,
    )


def backup_at(seed: int) -> float:
    """Return the moment of a story that its backup shows."""
    return Random(f"backup {seed}").uniform(0, STORM)


def chances_at(schedule: RestoreSchedule, at: float) -> Chances:
    """Return what may go wrong by itself: after a restore, in some stories, the bot dies."""
    is_in_danger = schedule.fate.is_deadly and schedule.back_at <= at < schedule.anew_at - APART
    return DEADLY if is_in_danger else CALM


def _hands(chance: Random, decisions: list[Decision], people: int, until: float) -> list[Hand]:
    """Choose deeds by hand, of which nobody could say whether staff decided before or after."""
    some = [
        Hand(
            at=chance.uniform(0, until),
            person=chance.randrange(people),
            what=chance.choice(BY_HAND),
            span=chance.choice((5 * MINUTE, DAY)),
            by=chance.randrange(2),
        )
        for _ in range(chance.randint(0, 6))
    ]
    return sorted(hand for hand in some if not _is_contested(hand, decisions))


def _is_contested(hand: Hand, decisions: list[Decision]) -> bool:
    theirs = [each for each in decisions if each.person == hand.person]
    moments = [m for each in theirs for m in (each.at, each.until) if m is not None]
    return any(abs(moment - hand.at) < APART for moment in moments)


def _decide(chance: Random, at: float, number: int, people: int) -> Decision:
    what = chance.choices([*ACTS], [*ACTS.values()])[0]
    span = None
    if what in LASTING and (what == "mute" or chance.random() < 0.7):
        span = chance.choice((chance.uniform(30, 10 * MINUTE), HOUR, 2 * HOUR, 9 * DAY))
    if what == "buy":
        span = chance.choice((10 * MINUTE, 2 * HOUR))
    return Decision(
        at=at,
        person=chance.randrange(people),
        kind=LASTING.get(what, "ban"),
        wanted=what in LASTING,
        until=at + span if span is not None else None,
        what=what,
        span=span,
        points=chance.choice((1, 2, 3)),
        number=number,
        picks=chance.random(),
    )
