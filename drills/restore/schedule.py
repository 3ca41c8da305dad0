"""What the staff decides in one story, before the backup, after it, and after it was put back."""

from random import Random

from drills.moderation.schedule import LASTING, Decision
from drills.orders.schedule import DAY, HOUR, MINUTE, Schedule, plot

ACTS = {"ban": 6, "mute": 5, "unban": 3, "unmute": 3, "note": 2}
STORM = 10 * MINUTE
# By then the last deed of the storm is done, and the house is lost.
LOST_AT = STORM + 2 * MINUTE
# And by then the house goes on, and staff decide again.
ANEW_AT, ANEW_FOR = LOST_AT + 30 * MINUTE, 5 * MINUTE


def restore_schedule_of(seed: int) -> Schedule:
    """Write one story."""
    chance = Random(f"restore {seed}")
    moments = [chance.uniform(0, STORM) for _ in range(chance.randint(8, 16))]
    moments += [ANEW_AT + chance.uniform(0, ANEW_FOR) for _ in range(chance.randint(2, 5))]
    people = chance.randint(3, 5)
    decisions = [_decide(chance, at, number, people) for number, at in enumerate(sorted(moments))]
    return plot(seed, commands=tuple(decisions), people=people, storm=ANEW_AT + ANEW_FOR)


def backup_at(seed: int) -> float:
    """Return the moment of a story that its backup shows."""
    return Random(f"backup {seed}").uniform(0, STORM)


def _decide(chance: Random, at: float, number: int, people: int) -> Decision:
    what = chance.choices([*ACTS], [*ACTS.values()])[0]
    span = None
    if what in LASTING and (what == "mute" or chance.random() < 0.7):
        span = chance.choice((chance.uniform(30, 10 * MINUTE), HOUR, 2 * HOUR, 9 * DAY))
    return Decision(
        at=at,
        person=chance.randrange(people),
        kind=LASTING.get(what, "ban"),
        wanted=what in LASTING,
        until=at + span if span is not None else None,
        what=what,
        span=span,
        number=number,
        picks=chance.random(),
    )
