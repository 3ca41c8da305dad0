"""Coins: those who like it here take theirs of each day, work, and give each other some."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from community.errors import HouseError
from config.past.town import Town
from economy.services.earning import take_daily, work
from economy.services.gestures import Gesture
from economy.services.paying import pay_member

REGULARS = 5
LATELY = timedelta(days=14)
DAILY, WORK, PAY = 0.8, 0.4, 0.1  # how likely each is on a day
THANKS = ("for the tea", "you were right", "half of the ticket", "thank you!", "for the glaze", "")
LEAST, MOST = 5, 60


def earn_and_pay(town: Town) -> None:
    """Let coins come and go in the order of time; what is refused did not happen."""
    for at, user_id, deed in sorted(_wishes(town), key=lambda wish: wish[0]):
        asked = f"past:{user_id}:{at.timestamp():.3f}"
        gesture = Gesture(
            guild_id=town.guild_id, user_id=user_id, asked=asked, now=at, is_sure=True
        )
        with suppress(HouseError):
            deed(gesture=gesture)


def _wishes(town: Town) -> Iterator[tuple[datetime, int, Callable[..., Any]]]:
    regulars = regulars_of(town)
    for day, _ in town.days():
        for user_id in regulars:
            for chance, deed in ((DAILY, take_daily), (WORK, work), (PAY, _thank(town, regulars))):
                at = town.moment(day)
                if town.chance.random() < chance and town.now - LATELY < at < town.now:
                    yield at, user_id, deed


def regulars_of(town: Town) -> list[int]:
    """Return those who like it here most."""
    there = [each for each in town.people if each.until == town.now]
    fond = sorted(there, key=lambda each: each.fondness, reverse=True)
    return [each.user_id for each in fond[:REGULARS]]


def _thank(town: Town, regulars: list[int]) -> Callable[..., Any]:
    coins, note = town.chance.randint(LEAST, MOST), town.chance.choice(THANKS)
    return partial(pay_member, to=town.chance.choice(regulars), coins=coins, note=note)
