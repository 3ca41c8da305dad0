"""Buttons, menus and forms: what a human did with them, as it travels to the bot."""

from typing import Any

from sandbox.checks import walk
from sandbox.commands import CHANNEL, MENTIONABLE, ROLE, USER, Filled, NotPossible, Place
from sandbox.wire import Json

BUTTON, MENU, TEXT_INPUT, LABEL = 2, 3, 4, 18
LINK = 5  # a button's style
POINTING = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}


def find_part(message: Json, mark: str) -> Json:
    """Find a component by its custom id."""
    for part in walk(message.get("components") or []):
        if part.get("custom_id") == mark:
            if part.get("disabled"):
                raise NotPossible("This is switched off.")
            return part
    raise NotPossible("This button or menu is not there any more.")


def used(place: Place, part: Json, values: list[str]) -> Json:
    """Return what travels when a button is pressed or a menu chosen from."""
    told: Json = {"custom_id": part["custom_id"], "component_type": part["type"]}
    told["id"] = part.get("id", 1)
    if part["type"] == BUTTON:
        return told
    told["values"] = _chosen(part, values)
    filled = Filled(place)
    if part["type"] in POINTING:
        for value in values:
            filled.point_at(POINTING[part["type"]], value, part.get("channel_types"))
        told["resolved"] = filled.resolved
    return told


def _chosen(part: Json, values: list[str]) -> list[str]:
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not low <= len(values) <= high:
        raise NotPossible(f"Choose between {low} and {high}.")
    options = [each["value"] for each in part.get("options") or []]
    if part["type"] == MENU and set(values) - set(options):
        raise NotPossible("That is not on the menu.")
    return values


def submitted(place: Place, components: list[Json], given: dict[str, Any]) -> Json:
    """Return what travels when a form is sent: its fields, filled in."""
    filled = Filled(place)
    told = [_answered(filled, part, given) for part in components]
    return {"components": [each for each in told if each], "resolved": filled.resolved}


def _answered(filled: Filled, part: Json, given: dict[str, Any]) -> Json:
    told: Json = {"type": part["type"], "id": part.get("id", 1)}
    if part["type"] == LABEL:
        return {**told, "component": _answered(filled, part["component"], given)}
    if "components" in part:
        return {**told, "components": [_answered(filled, p, given) for p in part["components"]]}
    if "custom_id" not in part:
        return told
    told["custom_id"] = part["custom_id"]
    value = given.get(part["custom_id"], part.get("value") or "")
    if part["type"] == TEXT_INPUT:
        return {**told, "value": _written(part, str(value))}
    values = value if isinstance(value, list) else [str(value)] * bool(value)
    for each in values if part["type"] in POINTING else ():
        filled.point_at(POINTING[part["type"]], each, part.get("channel_types"))
    return {**told, "values": _chosen(part, values)}


def _written(part: Json, value: str) -> str:
    name = part.get("label") or "This field"
    if not value:
        if part.get("required", True):
            raise NotPossible(f"{name} is needed.")
        return value
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if not low <= len(value) <= high:
        raise NotPossible(f"{name} must be between {low} and {high} characters long.")
    return value
