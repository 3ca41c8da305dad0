"""The shop: what it sells, and what those who like it here have bought of it."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from community.errors import HouseError
from community.models import Role
from community.services.giving import footing_of, why_not_give
from config.past.coins import regulars_of
from config.past.town import Town
from economy.models import ShopItem
from economy.services.buying import buy_item
from economy.services.gestures import Gesture

EACH_BUYS = 3
LATELY = timedelta(days=6)
WARES: tuple[dict[str, Any], ...] = (
    {"name": "A cup of tea", "price": 15, "description": "Poured for whomever you name."},
    {"name": "A seat in the front row", "price": 120, "supply": 12, "most_each": 1},
    {"name": "A word with the house", "price": 400, "required_level": 5},
)
GLOW = {
    "name": "A coloured name",
    "description": "For a week; bought again it lasts on.",
    "price": 250,
    "lasts": timedelta(days=7),
}


def open_shop(town: Town) -> None:
    """Put things on the shelf, and let some of them be bought; what is refused did not happen."""
    items = [
        ShopItem.objects.create(guild_id=town.guild_id, place=place, **ware)
        for place, ware in enumerate([*_of_a_role(town), *WARES])
    ]
    for user_id in regulars_of(town):
        for item in town.chance.sample(items, EACH_BUYS):
            gesture = Gesture(
                guild_id=town.guild_id,
                user_id=user_id,
                asked=f"past:{user_id}:{item.pk}",
                now=town.now - LATELY * town.chance.random(),
                is_sure=True,
            )
            with suppress(HouseError):
                buy_item(gesture=gesture, item_id=item.pk, price=item.price)


def _of_a_role(town: Town) -> Iterator[dict[str, Any]]:
    """Yield what gives the lowest role of the server that may be given."""
    roles = Role.objects.standing().filter(guild_id=town.guild_id).order_by("position")
    footing = footing_of(town.guild_id)
    free = (each for each in roles if not why_not_give(role=each, footing=footing))
    if role := next(free, None):
        yield {**GLOW, "role": role}
