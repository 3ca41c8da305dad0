"""What happens in one story, and when: a pure function of its seed."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
DUST_SETTLES = 7 * HOUR  # longer than the longest time between two full looks
RENEWALS, EVERY_END = 9 * DAY, 47 * DAY
A_WHILE = 25.0
KINDS = ("ban", "timeout", "role")


@dataclass(frozen=True, slots=True, order=True)
class Command:
    """Somebody of the staff decides that something shall hold, or shall hold no longer."""

    at: float
    person: int
    kind: str
    wanted: bool
    until: float | None = None
    is_heard: bool = True  # whether the bot is woken by it, or finds it when it looks


@dataclass(frozen=True, slots=True, order=True)
class Hand:
    """Somebody does a thing by hand in Discord itself."""

    at: float
    person: int
    what: str
    span: float = 0.0
    by: int = 0  # which of the people who may


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """Something to be said once: a message, a direct message, a line of the log."""

    at: float
    kind: str
    number: int
    person: int


@dataclass(frozen=True, slots=True, order=True)
class Trouble:
    """Something that goes wrong at Discord for a while."""

    at: float
    what: str
    span: float


@dataclass(frozen=True, slots=True, order=True)
class Jump:
    """The machine's own clock is set forward or back."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Chances:
    """What may go wrong at every single step."""

    crash: float = 0.01
    lost_reply: float = 0.04
    server_error: float = 0.02
    ban_keeps_member: float = 0.02
    event_lost: float = 0.05
    event_late: float = 0.1
    event_twice: float = 0.05


CALM = Chances(0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Schedule:
    """One story, before it is played."""

    seed: int
    storm: float  # seconds in which things happen and go wrong
    people: int
    commands: tuple[Command, ...]
    hands: tuple[Hand, ...]
    words: tuple[Word, ...]
    troubles: tuple[Trouble, ...]
    jumps: tuple[Jump, ...]
    chances: Chances
    has_second_bot: bool
    keeps_ban_reason: bool  # Discord's answer to a ban of somebody who is banned: nobody knows
    settles_for: float  # how long the dust may settle before the day of judgement

    @property
    def is_calm_at(self) -> float:
        """The moment from which on nothing goes wrong any more."""
        return max((self.storm, *self._acts, *self._troubles_end)) + MINUTE

    @property
    def is_over_at(self) -> float:
        """The moment when every order that is not long has ended, too."""
        ends = [each.until for each in self.commands if each.until and each.until < DAY]
        return max(self.is_calm_at, *ends, 0.0) + MINUTE

    def quiet_after(self, at: float) -> float:
        """Return for how long nothing happens that the bot must not be late for."""
        moments = self._moments
        following = bisect_right(moments, at)
        if following and at - moments[following - 1] < A_WHILE:
            return 0.0
        return min(moments[following] - at if following < len(moments) else DAY, DAY)

    @cached_property
    def _moments(self) -> list[float]:
        begin = [each.at for each in self.troubles]
        ends = [each.until for each in self.commands if each.until is not None]
        return sorted([*self._acts, *begin, *ends, *self._troubles_end])

    @property
    def _acts(self) -> list[float]:
        acts: tuple[Command | Hand | Word, ...] = (*self.commands, *self.hands, *self.words)
        return [each.at for each in acts]

    @property
    def _troubles_end(self) -> list[float]:
        return [each.at + each.span for each in self.troubles]


def schedule_of(seed: int) -> Schedule:
    """Write one story."""
    chance = Random(seed)
    has_second_bot = chance.random() < 0.25
    # Two bots ask for the lease every other second; an hour of that tells no more than minutes do.
    longest = MINUTE if has_second_bot else HOUR
    storm = chance.choice((MINUTE, 2 * MINUTE, 5 * MINUTE, 5 * MINUTE))
    people = chance.randint(2, 4)
    moments = [chance.uniform(0, storm) for _ in range(chance.randint(1, 4))]
    commands = tuple(_commands(chance, moments, people))
    return Schedule(
        seed=seed,
        storm=storm,
        people=people,
        commands=commands,
        hands=tuple(_hands(chance, moments, people)),
        words=tuple(_words(chance, moments, people)),
        troubles=tuple(_troubles(chance, storm, longest)),
        jumps=tuple(_jumps(chance, storm)),
        chances=Chances(),
        has_second_bot=has_second_bot,
        keeps_ban_reason=chance.random() < 0.5,
        settles_for=_settling(chance, commands),
    )


def plot(seed: int = 0, *, settles_for: float = DUST_SETTLES, **acts: Any) -> Schedule:
    """Write a story by hand, in which nothing goes wrong but what it says."""
    usual: dict[str, Any] = dict.fromkeys(("commands", "hands", "words", "troubles", "jumps"), ())
    usual |= {"storm": MINUTE, "people": 2, "chances": CALM}
    usual |= {"has_second_bot": False, "keeps_ban_reason": True, "settles_for": settles_for}
    return Schedule(seed=seed, **usual | acts)


def _settling(chance: Random, commands: tuple[Command, ...]) -> float:
    if not any(each.until and each.until > DAY for each in commands):
        return DUST_SETTLES
    return chance.choices((DUST_SETTLES, RENEWALS, EVERY_END), (30, 8, 1))[0]


def _near(chance: Random, moments: list[float]) -> float:
    return chance.choice(moments) + chance.expovariate(1 / 8)


def _commands(chance: Random, moments: list[float], people: int) -> list[Command]:
    told: list[Command] = []
    for _ in range(chance.randint(4, 14)):
        kind = chance.choices(KINDS, (5, 3, 2))[0]
        at = _near(chance, moments)
        wanted = chance.random() < 0.75
        until = at + _duration(chance, kind) if wanted and chance.random() < 0.75 else None
        if kind == "timeout" and wanted and until is None:
            until = at + 40 * DAY
        command = Command(at, chance.randrange(people), kind, wanted, until, chance.random() < 0.9)
        told.append(command)
        if chance.random() < 0.15:
            again = at + chance.expovariate(1 / 3)
            told.append(Command(again, command.person, kind, wanted, until))
    return sorted(told, key=lambda each: each.at)


def _duration(chance: Random, kind: str) -> float:
    if kind == "timeout" and chance.random() < 0.1:
        return chance.uniform(20, 45) * DAY
    return chance.choice(
        (chance.uniform(2, 30), chance.uniform(2, 30), chance.uniform(30, 10 * MINUTE), HOUR)
    )


def _hands(chance: Random, moments: list[float], people: int) -> list[Hand]:
    deeds = ("ban", "unban", "timeout", "untimeout", "give", "take", "leave", "join", "join")
    some = [
        Hand(
            _near(chance, moments) + chance.choice((0, 0, 20, 120)),
            chance.randrange(people),
            chance.choice(deeds),
            chance.choice((30.0, 5 * MINUTE, DAY)),
        )
        for _ in range(chance.randint(0, 6))
    ]
    return sorted(some)


def _words(chance: Random, moments: list[float], people: int) -> list[Word]:
    kinds = ("message", "direct_message", "log_line")
    return sorted(
        Word(_near(chance, moments), chance.choice(kinds), number, chance.randrange(people))
        for number in range(chance.randint(0, 4))
    )


def _troubles(chance: Random, storm: float, longest: float) -> list[Trouble]:
    found: list[Trouble] = []
    for what, share, spans in (
        ("outage", 0.35, (10.0, 10.0, 10.0, MINUTE, MINUTE, HOUR)),
        ("rate_limit", 0.25, (5.0, 30.0, 2 * MINUTE)),
        ("refuse", 0.15, (20.0, 5 * MINUTE)),
        ("permission", 0.25, (30.0, 10 * MINUTE, HOUR)),
        ("too_many_bans", 0.05, (MINUTE,)),
        ("unheard", 0.1, (10.0, 3 * MINUTE)),
        ("deaf", 0.15, (30.0, 5 * MINUTE)),
        ("closed_dms", 0.2, (HOUR,)),
        ("frozen", 0.15, (0.0,)),
        ("killed", 0.3, (0.0,)),
    ):
        if chance.random() < share:
            span = min(chance.choice(spans), longest)
            found.append(Trouble(chance.uniform(0, storm), what, span))
    return sorted(found)


def _jumps(chance: Random, storm: float) -> list[Jump]:
    if chance.random() >= 0.25:
        return []
    return sorted(
        Jump(chance.uniform(0, storm), chance.choice((-1, 1)) * HOUR)
        for _ in range(chance.randint(1, 3))
    )
