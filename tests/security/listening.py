"""Hears which names a page listens to; what it never asks for cannot change its answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict

ANYTHING = "*"
# Whoever calls one of these may learn every name there is.
WHOLE = (
    "__iter__", "__len__", "__copy__", "__deepcopy__", "__eq__",
    "keys", "values", "items", "lists", "dict", "copy", "urlencode",
)  # fmt: skip


class Ears:
    """Remembers the names by which each page looked into what it was told."""

    def __init__(self) -> None:
        self.heard: defaultdict[Any, set[str]] = defaultdict(set)
        self.page: Any = None

    def note(self, name: str) -> None:
        self.heard[self.page].add(name)

    def may_hear(self, page: Any, name: str) -> bool:
        return not self.heard[page].isdisjoint({name, ANYTHING})

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen to every request, to what its address says and what its body does."""
        heard = _heard_by(self)
        with ExitStack() as stack:
            for name in ("GET", "POST"):
                stack.enter_context(patch.object(WSGIRequest, name, _overheard(name, heard)))
            yield


def _heard_by(ears: Ears) -> type[QueryDict]:
    """Return a QueryDict that tells the ears what it is asked for."""

    def by_name(method: str) -> Any:
        def ask(told: QueryDict, name: Any, *rest: Any, **more: Any) -> Any:
            ears.note(str(name))
            return getattr(QueryDict, method)(told, name, *rest, **more)

        return ask

    def as_a_whole(method: str) -> Any:
        def ask(told: QueryDict, *rest: Any, **more: Any) -> Any:
            ears.note(ANYTHING)
            return getattr(QueryDict, method)(told, *rest, **more)

        return ask

    named = {each: by_name(each) for each in ("__getitem__", "__contains__", "getlist")}
    whole = {each: as_a_whole(each) for each in WHOLE}
    return type("Heard", (QueryDict,), {**named, **whole, "__hash__": None})


def _overheard(name: str, heard: type[QueryDict]) -> property:
    """Return a request's GET or POST, which is listened to once it is complete."""
    plain: Any = vars(WSGIRequest)[name]
    kept = "_post" if name == "POST" else name

    def read(request: Any) -> Any:
        told = vars(request).get(kept)
        if told is None:
            told = plain.__get__(request, WSGIRequest)
        if type(told) is QueryDict:
            told.__class__ = heard
        return told

    def write(request: Any, told: Any) -> None:
        vars(request)[kept] = told

    return property(read, write)
