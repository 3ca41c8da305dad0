"""What was asked of the pretend Discord, what it answered and what came of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KEPT_ENTRIES = 200_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One call, or (with method PERSON) one deed of a human."""

    at: float
    method: str
    path: str
    template: str
    body: Any
    reason: str
    status: int
    code: int
    effects: tuple[str, ...]
    fault: str = ""
    is_lost: bool = False


class Journal:
    """Every entry in order, the oldest forgotten first."""

    def __init__(self, kept: int = KEPT_ENTRIES) -> None:
        self.entries: deque[Entry] = deque(maxlen=kept)
        self.count = 0

    def write(self, entry: Entry) -> None:
        """Add what happened."""
        self.entries.append(entry)
        self.count += 1

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def find(
        self, method: str = "", path: str = "", *, status: int = 0, since: float = 0.0
    ) -> list[Entry]:
        """List entries by method, by a part of the path or of its template, status and time."""
        return [
            each
            for each in self.entries
            if method in ("", each.method)
            and (path in each.path or path in each.template)
            and status in (0, each.status)
            and each.at >= since
        ]

    def effects(self, since: float = 0.0) -> list[str]:
        """List what really happened, in order."""
        return [effect for each in self.entries if each.at >= since for effect in each.effects]
