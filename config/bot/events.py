"""Every event of the gateway on its way in: heard as it came, then read by the library."""

import logging
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

log = logging.getLogger(__name__)

# Gets an event's name and its raw payload, which the library takes apart right afterwards.
Listener = Callable[[str, dict[str, Any]], None]
Parsers = dict[str, Callable[[Any], None]]


class Events:
    """Stands before the library's parsers, so that one that stumbles ends nothing."""

    def __init__(self, parsers: Parsers) -> None:
        self.count = 0
        self.listeners: list[Listener] = []
        # What the library need not read, because nobody asks it.
        self.unread: set[str] = set()
        self._complaints: set[str] = set()
        for name, parse in parsers.items():
            parsers[name] = partial(self._take_in, name, parse)

    def _take_in(self, name: str, parse: Callable[[Any], None], data: Any) -> None:
        self.count += 1
        for listener in self.listeners:
            try:
                listener(name, data)
            except Exception as error:  # noqa: BLE001 - the next event must be heard
                self._complain(name, error)
        if name in self.unread:
            return
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - it would end the whole connection
            self._complain(name, error)

    def _complain(self, name: str, error: Exception) -> None:
        """Say it once, without the event's content: it may hold what people wrote."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{name}: {type(error).__name__} in {place.name}, line {place.lineno}"
        if words not in self._complaints:
            self._complaints.add(words)
            log.error("An event of Discord's could not be read. %s", words)
