"""What somebody wants to be told in one night, and what goes wrong: a function of the seed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from drills.orders.schedule import CALM, HOUR, MINUTE, Chances, Schedule, Trouble

# An hour before clocks in Europe leap over an hour, and before they show one twice.
SPRING = datetime(2031, 3, 30, 0, 15, tzinfo=UTC)
AUTUMN = datetime(2031, 10, 26, 0, 15, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "UTC")
REPEATS = ("", "", "", "daily", "every 6 hours", "weekly")
SPANS = {"daily": 1, "weekly": 7}
MANY, FEW = 10_000, 60
OF_ONE = 20
OTHERS = 500_000  # seeds of towns that no other story knows
AHEAD = 15 * MINUTE  # nobody asks for ten thousand in the moment before
SNOOZE = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Asked:
    """One reminder: the time in its words, and the moments that these must come to."""

    number: int
    person: int
    zone: str
    wall: str
    due: datetime
    repeat: str
    then: datetime | None
    is_public: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Press:
    """Somebody puts one off, or deletes it."""

    at: float
    number: int
    deed: str


@dataclass(frozen=True)
class Night(Schedule):
    """One story, before it is played."""

    beginning: datetime = SPRING
    asked: tuple[Asked, ...] = ()
    presses: tuple[Press, ...] = ()
    looks: float = 5 * MINUTE  # what falls due is looked at in its moment


def night_of(seed: int) -> Night:
    """Write the story of a seed."""
    chance = Random(f"reminders {seed}")
    hour = (SPRING, AUTUMN)[seed % 2]
    many, ahead = (FEW, 0.0) if seed else (MANY, AHEAD)
    asked = tuple(_asked(chance, hour, number) for number in range(many))
    return a_night(
        seed=seed,
        beginning=hour - timedelta(seconds=ahead),
        asked=asked,
        presses=tuple(sorted(_presses(chance, many, ahead))),
        troubles=tuple(sorted(_troubles(chance, is_great=not seed))),
        storm=ahead + HOUR,
        chances=Chances(crash=0.002) if seed else Chances(0, 0.01, 0.01),
        looks=MINUTE if seed else 1.0,
    )


def killed_night_of(seed: int) -> Night:
    """Write the hour of a seed as a bot in a process of its own lives through it."""
    chance = Random(f"killed reminders {seed}")
    hour = (SPRING, AUTUMN)[seed % 2]
    asked = tuple(_asked(chance, hour, number) for number in range(FEW))
    return a_night(seed=OTHERS + seed, beginning=hour, asked=asked)


def a_night(*, asked: tuple[Asked, ...], **told: Any) -> Night:
    """Write a night by hand, in which nothing goes wrong but what it says."""
    usual: dict[str, Any] = dict.fromkeys(("commands", "hands", "words", "troubles", "jumps"), ())
    usual |= {"seed": 1, "storm": HOUR, "chances": CALM, "settles_for": HOUR}
    usual |= {"has_second_bot": False, "keeps_ban_reason": True}
    people = 1 + max(each.person for each in asked)
    return Night(**usual | told, people=people, asked=asked)


def ask(number: int, due: datetime, zone: str, repeat: str = "", **how: Any) -> Asked:
    """Return a reminder for a moment, with the words that mean it."""
    wall = due.astimezone(ZoneInfo(zone))
    return _written(number, wall.replace(tzinfo=None), due, zone, repeat, **how)


def ask_in_the_gap(number: int, minute: int, repeat: str = "") -> Asked:
    """Return one for a time that clocks in Berlin leap over: it is as if they had not."""
    wall = datetime(2031, 3, 30, 2, minute)  # noqa: DTZ001 - what the wall shows
    due = datetime(2031, 3, 30, 1, minute, tzinfo=UTC)
    return _written(number, wall, due, "Europe/Berlin", repeat)


def _asked(chance: Random, beginning: datetime, number: int) -> Asked:
    repeat = chance.choice(REPEATS)
    if beginning == SPRING and chance.random() < 0.15:
        return ask_in_the_gap(number, chance.randrange(15), repeat)
    due, zone = _at_some_time(chance, beginning), chance.choice(ZONES)
    while due.astimezone(ZoneInfo(zone)).fold:  # nobody can mean the second of two
        due = _at_some_time(chance, beginning)
    return ask(number, due, zone, repeat, is_public=chance.random() < 0.2)


def _at_some_time(chance: Random, beginning: datetime) -> datetime:
    return beginning + timedelta(minutes=chance.randrange(1, 60))


def _written(
    number: int, wall: datetime, due: datetime, zone: str, repeat: str, **how: Any
) -> Asked:
    then = _then(wall, due, zone, repeat)
    words = f"{wall:%Y-%m-%d %H:%M}"
    return Asked(number, number // OF_ONE, zone, words, due, repeat, then, **how)


def _then(wall: datetime, due: datetime, zone: str, repeat: str) -> datetime | None:
    """Return when it comes again; days later, no clock is changed any more."""
    if days := SPANS.get(repeat):
        return (wall + timedelta(days=days)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return due + timedelta(hours=6) if repeat else None


def _presses(chance: Random, many: int, ahead: float) -> list[Press]:
    deeds = ("10m", "10m", "end")
    return [
        Press(ahead + chance.uniform(MINUTE, HOUR), number, chance.choice(deeds))
        for number in range(many)
        if chance.random() < 0.15
    ]


def _troubles(chance: Random, *, is_great: bool) -> list[Trouble]:
    if is_great:
        killed, away = AHEAD + 45 * MINUTE, AHEAD + 55 * MINUTE
        return [Trouble(killed, "killed", 0.0), Trouble(away, "outage", 30.0)]
    found = [Trouble(chance.uniform(0, HOUR), "killed", 0.0)]
    for what, share, spans in (
        ("outage", 0.5, (10.0, 5 * MINUTE, 30 * MINUTE)),
        ("rate_limit", 0.3, (30.0, 2 * MINUTE)),
        ("unheard", 0.5, (10.0, 3 * MINUTE, 12 * MINUTE)),
        ("frozen", 0.2, (0.0,)),
        ("killed", 0.5, (0.0,)),
    ):
        if chance.random() < share:
            found.append(Trouble(chance.uniform(0, HOUR), what, chance.choice(spans)))
    return found
