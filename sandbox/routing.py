"""Which function answers which call; templates are spelled as in Discord's own description."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sandbox.ask import Ask

Answer = Callable[["Ask"], Any]
Function = TypeVar("Function", bound=Callable[..., Any])
MAJOR = ("guild_id", "channel_id", "webhook_id", "interaction_id")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: None from its function is a 204, anything else a 200 (or its `status`)."""

    method: str
    template: str
    answer: Answer
    status: int = 200
    is_open: bool = False  # the address itself is the secret, and the global limit does not count

    @property
    def name(self) -> str:
        """How a fault or a limit speaks of it."""
        return f"{self.method} {self.template}"

    @property
    def bucket(self) -> str:
        """Discord's opaque name of its rate limit."""
        return BUCKETS[self.name]

    @property
    def counts(self) -> bool:
        """Whether the limit of the whole bot counts it."""
        return not self.is_open


BUCKETS: dict[str, str] = {}
_TREES: dict[str, dict[str, Any]] = {}


def route(
    method: str, template: str, *, status: int = 200, is_open: bool = False
) -> Callable[[Function], Function]:
    """Let a function answer a call."""

    def register(answer: Function) -> Function:
        node = _TREES.setdefault(method, {})
        for part in template.strip("/").split("/"):
            node = node.setdefault("{}" if part.startswith("{") else part, {})
        here = node["route"] = Route(method, template, answer, status, is_open)
        BUCKETS[here.name] = f"{zlib.crc32(here.name.encode()):08x}"
        return answer

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find who answers, and the values in the path."""
    node = _TREES.get(method, {})
    values: list[str] = []
    for part in path.strip("/").split("/"):
        if part in node and part != "route":
            node = node[part]
        elif "{}" in node:
            node = node["{}"]
            values.append(part)
        else:
            return None
    found: Route | None = node.get("route")
    return (found, dict(zip(names_in(found.template), values, strict=True))) if found else None


def routes() -> list[Route]:
    """List every operation that the pretend Discord knows."""
    found: list[Route] = []
    waiting: list[dict[str, Any]] = list(_TREES.values())
    while waiting:
        for key, value in waiting.pop().items():
            if key == "route":
                found.append(value)
            else:
                waiting.append(value)
    return sorted(found, key=lambda each: (each.template, each.method))


def major_of(values: dict[str, str]) -> str:
    """Return the part of a path that has limits of its own."""
    return next((values[name] for name in MAJOR if name in values), "")


_NAMES: dict[str, list[str]] = {}


def names_in(template: str) -> list[str]:
    """List the names of a template's values."""
    if template not in _NAMES:
        parts = template.strip("/").split("/")
        _NAMES[template] = [part[1:-1] for part in parts if part.startswith("{")]
    return _NAMES[template]
