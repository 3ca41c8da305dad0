"""The gateway of a story: what happens is told, but not always, nor at once, nor only once."""

import asyncio
from collections.abc import Callable
from random import Random

from drills.orders.schedule import Chances
from sandbox import Event

Hear = Callable[[Event], object]


class Gateway:
    """Tells of every event with the delay, the loss and the repetition that chance asks for."""

    def __init__(self, chance: Random, chances: Callable[[], Chances]) -> None:
        self._chance, self._chances = chance, chances
        self.is_deaf = False
        self.sessions: dict[str, Hear] = {}

    def tell(self, event: Event) -> None:
        """Send an event on its way, to the sessions that stand now."""
        if not self.is_deaf and not event.name.startswith("@"):
            for name, hear in self.sessions.items():
                self._tell_one(event, name, hear)

    def _tell_one(self, event: Event, name: str, hear: Hear) -> None:
        chances, dice = self._chances(), self._chance.random
        if dice() < chances.event_lost:
            return
        late = self._chance.uniform(1, 90) if dice() < chances.event_late else 0.0
        self._send(event, name, hear, late)
        if dice() < chances.event_twice:
            self._send(event, name, hear, late + self._chance.uniform(0, 30))

    def _send(self, event: Event, name: str, hear: Hear, late: float) -> None:
        after = late + self._chance.uniform(0.03, 0.3)
        asyncio.get_running_loop().call_later(after, self._arrive, event, name, hear)

    def _arrive(self, event: Event, name: str, hear: Hear) -> None:
        # A session that has ended hears nothing any more.
        if self.sessions.get(name) is hear and not self.is_deaf:
            hear(event)
