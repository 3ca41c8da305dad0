"""Discord's time: what its answers said last, and how long ago that was."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

# A Date header counts whole seconds: it was said within the one that it names.
RESOLUTION = timedelta(seconds=1)


class DiscordClock:
    """Goes by Discord's answers and this machine's uptime, never by the machine's own clock."""

    def __init__(self, *, uptime: Callable[[], float] = time.monotonic) -> None:
        self._uptime = uptime
        self._known: tuple[datetime, float] | None = None

    def note(self, date: str) -> None:
        """Take over the time that an answer of Discord's names."""
        try:
            said = parsedate_to_datetime(date)
        except ValueError:
            return
        held = self.now() or said
        # Within the second that was named our own count is the finer one.
        self._known = max(said, min(held, said + RESOLUTION)), self._uptime()

    def now(self) -> datetime | None:
        """Return what time it is for Discord; None before its first answer."""
        if self._known is None:
            return None
        said, at = self._known
        return said + timedelta(seconds=self._uptime() - at)
