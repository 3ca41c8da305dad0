"""Buttons, menus and their kin, as Discord gives them back: numbered, with what was left out."""

from itertools import count
from typing import Any

from sandbox.wire import Json

SELECTS = (3, 5, 6, 7, 8)
SECTION, TEXT_INPUT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 4, 11, 12, 13, 14, 17
LEFT_OUT: dict[int, Json] = {
    **{kind: {"min_values": 1, "max_values": 1, "disabled": False} for kind in SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
    SEPARATOR: {"divider": True, "spacing": 1},
    CONTAINER: {"accent_color": None, "spoiler": False},
}


def components_wire(components: list[Json]) -> list[Json]:
    """Return components as a message shows them; a number that was given is kept."""
    numbers = count(1)
    return [_wire(each, numbers) for each in components]


def _wire(told: Json, numbers: Any) -> Json:
    shown = {**LEFT_OUT.get(told["type"], {}), **told}
    shown["id"] = told.get("id") or next(numbers)
    if "components" in told:
        shown["components"] = [_wire(each, numbers) for each in told["components"]]
    if "accessory" in told:
        shown["accessory"] = _wire(told["accessory"], numbers)
    return shown
