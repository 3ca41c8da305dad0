"""Every address of the house, as its resolver knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize


@dataclass(frozen=True)
class Route:
    """One pattern of the resolver: its address with holes, and what fills them."""

    name: str
    address: str
    holes: tuple[tuple[str, str], ...]
    model: Any = None
    pattern: Any = None

    def filled(self, *values: object) -> str:
        """Return the address with every hole filled, the last value again and again if need be."""
        spare = [str(value) for value in values]
        told = {
            name: spare[min(place, len(spare) - 1)] for place, (name, _) in enumerate(self.holes)
        }
        return self.address % told


def routes() -> Iterator[Route]:
    """Yield each pattern that leads to a page."""
    yield from _walk(get_resolver().url_patterns, "", "/", ())


def dealt(hand: int, hands: int) -> list[Route]:
    """Return every so manieth page of our own, and all pages of every so manieth model."""
    everything = list(routes())
    subjects = dict.fromkeys(each.model or each.name for each in everything)
    mine = set(list(subjects)[hand::hands])
    return [each for each in everything if (each.model or each.name) in mine]


def _walk(patterns, name, address, holes) -> Iterator[Route]:
    for each in patterns:
        pattern = each.pattern
        text, names = normalize(pattern.regex.pattern.removeprefix("^"))[0]
        kinds = [(hole, type(pattern.converters.get(hole)).__name__) for hole in names]
        here = name + str(pattern), address + text, (*holes, *kinds)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, *here)
        else:
            yield Route(*here, model=_model_of(here[0], each.callback), pattern=each)


def _model_of(name: str, view: Any) -> Any:
    """Return what a page is about, as its admin says, or the address that it stands under."""
    if (model_admin := getattr(view, "model_admin", None)) is not None:
        return model_admin.model
    app, _, rest = name.partition("/")
    return apps.all_models[app].get(rest.partition("/")[0])
