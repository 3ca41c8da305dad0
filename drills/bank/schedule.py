"""What a story of the bank is: who wishes what, who tells it again, and when somebody is killed."""

import random
from dataclasses import dataclass

from economy.models.wallets import House

CLIENTS = 4
FIRST_PERSON = 7 * 10**17
AT_FIRST = 300
LONG = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """Coins that somebody wants to move; its number is its key."""

    kind: str
    source: int
    target: int
    amount: int


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of a client: ask, ask again, ask otherwise, undo, undo by another key."""

    what: str
    wish: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole story; scripts are by round and by client."""

    seed: int
    people: int
    wishes: tuple[Wish, ...]
    scripts: tuple[tuple[tuple[Deed, ...], ...], ...]
    # Before which answer of a round somebody is killed.
    kills: tuple[int, ...] = ()
    page: int = 5

    @property
    def rounds(self) -> int:
        """How often everybody waits for everybody: what was before may be archived then."""
        return len(self.scripts)


def schedule_of(seed: int) -> Schedule:
    """Return the story of a seed; every hundredth is a long one, with many kills."""
    dice = random.Random(seed)
    if seed % 100 == 99:
        places = tuple(range(300, LONG, LONG // 30))
        return plot(seed, rounds=2, size=LONG // CLIENTS // 2, people=40, kills=places)
    size = dice.choice((8, 15, 30))
    kills = sorted(dice.randrange(4 * size) for _ in range(dice.choice((0, 1, 3))))
    return plot(seed, rounds=dice.randint(2, 4), size=size, kills=tuple(kills))


def plot(
    seed: int, *, rounds: int = 3, size: int = 12, people: int = 0, kills: tuple[int, ...] = ()
) -> Schedule:
    """Return a story of so many rounds, in each of which every client has so many wishes."""
    dice = random.Random(f"bank {seed}")
    people = people or dice.randint(3, 8)
    wishes = [_wish(dice, people) for _ in range(rounds * CLIENTS * size)]
    scripts = [_round(dice, first, size) for first in range(0, len(wishes), CLIENTS * size)]
    page = dice.choice((2, 10, 40))
    return Schedule(seed, people, tuple(wishes), tuple(scripts), kills, page)


def _wish(dice: random.Random, people: int) -> Wish:
    one, other = dice.sample(range(FIRST_PERSON, FIRST_PERSON + people), 2)
    amount = dice.choice((1, dice.randint(2, 40), dice.randint(40, 200)))
    kind = dice.choices(("transfer", "grant", "fine"), (8, 1, 1))[0]
    source = House.ISSUANCE.value if kind == "grant" else one
    return Wish(kind, source, House.FINES.value if kind == "fine" else other, amount)


def _round(dice: random.Random, first: int, size: int) -> tuple[tuple[Deed, ...], ...]:
    """Deal out the wishes of a round; some are told by others as well."""
    everybodys = range(first, first + CLIENTS * size)
    return tuple(
        tuple(_script(dice, everybodys[client::CLIENTS], everybodys)) for client in range(CLIENTS)
    )


def _script(dice: random.Random, own: range, everybodys: range) -> list[Deed]:
    script: list[Deed] = []
    for place, wish in enumerate(own):
        script.append(Deed("ask", wish))
        before = own[: place + 1]
        if dice.random() < 0.3:
            script.append(Deed("again", dice.choice(dice.choice((before, everybodys)))))
        if dice.random() < 0.15:
            script.append(Deed("otherwise", dice.choice(before)))
        if dice.random() < 0.2:
            undone = dice.choice(before)
            script += [Deed(what, undone) for what in ("undo", "undo", "undo by another key")]
    return script
