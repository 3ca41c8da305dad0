"""What is decided in one story, and when: a pure function of its seed."""

from bisect import insort
from dataclasses import dataclass, replace
from random import Random

from drills.orders.schedule import DAY, HOUR, MINUTE, Command, Hand, Jump, Schedule, schedule_of

# What is decided, and how often.
ACTS = {
    "warn": 8,
    "mute": 6,
    "ban": 6,
    "unmute": 2,
    "unban": 2,
    "kick": 1,
    "note": 1,
    "length": 3,
    "pardon": 2,
    "overrule": 4,
}
# What people do with Discord's own buttons besides: each is a case of its own.
BY_HAND = ("ban", "ban", "unban", "kick", "timeout", "timeout", "untimeout", "join")
# An outage of an hour tells no more than one that outlives what is worth it for minutes only.
LONGEST = 12 * MINUTE
LASTING = {"mute": "timeout", "ban": "ban"}
# From so many points on: what follows, and for how long; None is for ever.
LADDER: tuple[tuple[int, str, float | None], ...] = (
    (3, "mute", 5 * MINUTE),
    (5, "mute", HOUR),
    (8, "ban", 10 * MINUTE),
    (12, "ban", None),
)


@dataclass(frozen=True, slots=True, order=True)
class Decision(Command):
    """Somebody of the staff decides; the same decision may be told twice."""

    what: str = ""
    span: float | None = None
    points: int = 1
    number: int = 0  # what makes it count once
    picks: float = 0.0  # which of the cases so far it is about


def moderation_schedule_of(seed: int) -> Schedule:
    """Write one story: the weather of the drill of orders, and decisions of its own."""
    weather = schedule_of(seed)
    chance = Random(f"moderation {seed}")
    decisions: list[Decision] = []
    for number in range(chance.randint(5, 16)):
        decision = _decide(chance, weather, number)
        insort(decisions, decision, key=lambda each: each.at)
        if chance.random() < 0.15:
            again = replace(decision, at=decision.at + chance.expovariate(1 / 3))
            insort(decisions, again, key=lambda each: each.at)
    jumps = weather.jumps
    if not jumps and chance.random() < 0.1:  # a third of all stories has them
        jumps = (Jump(chance.uniform(0, weather.storm), chance.choice((-HOUR, HOUR))),)
    return replace(
        weather,
        commands=tuple(decisions),
        hands=tuple(_hands(chance, weather)),
        words=(),
        jumps=jumps,
        troubles=tuple(replace(each, span=min(each.span, LONGEST)) for each in weather.troubles),
    )


def _hands(chance: Random, weather: Schedule) -> list[Hand]:
    more = [
        Hand(
            at=chance.uniform(0, weather.storm),
            person=chance.randrange(weather.people),
            what=chance.choice(BY_HAND),
            span=chance.choice((30.0, 5 * MINUTE, DAY)),
        )
        for _ in range(chance.randint(0, 5))
    ]
    return sorted(replace(each, by=chance.randrange(2)) for each in (*weather.hands, *more))


def _decide(chance: Random, weather: Schedule, number: int) -> Decision:
    what = chance.choices([*ACTS], [*ACTS.values()])[0]
    at = chance.uniform(0, weather.storm)
    span = None
    if what in (*LASTING, "length") and chance.random() < 0.8:
        spans = (chance.uniform(2, 30), chance.uniform(30, 10 * MINUTE), HOUR, 30 * DAY)
        span = chance.choices(spans, (4, 4, 2, 1))[0]
    return Decision(
        at=at,
        person=chance.randrange(weather.people),
        kind=LASTING.get(what, "ban"),
        wanted=what in LASTING,
        until=at + span if span is not None else None,
        is_heard=chance.random() < 0.9,
        what=what,
        span=span,
        points=chance.choice((1, 1, 2, 3)),
        number=number,
        picks=chance.random(),
    )
