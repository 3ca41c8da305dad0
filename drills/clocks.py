"""Clocks that need not agree: Discord's, and the machine's own, which anybody may set.

While they are in force, whoever asks Django or the database for the time gets the machine's.
"""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

# Far from the real date: code that asks a clock of its own is found out.
BEGINNING = datetime.datetime(2031, 3, 3, 12, tzinfo=datetime.UTC)


class Clocks:
    """The time, according to each of them."""

    def __init__(
        self, passed: Callable[[], float], beginning: datetime.datetime = BEGINNING
    ) -> None:
        self.beginning = beginning
        self.passed = passed  # seconds since the beginning, as nobody in the story knows them
        self.machine_is_off_by = 0.0

    def discord(self) -> float:
        """Return the seconds since 1970 at Discord."""
        return self.beginning.timestamp() + self.passed()

    def at(self, passed: float) -> datetime.datetime:
        """Return a moment of the story by Discord's clock."""
        return self.beginning + datetime.timedelta(seconds=passed)

    def machine(self) -> datetime.datetime:
        """Return what the machine, and its database, take for now."""
        return self.at(self.passed() + self.machine_is_off_by)

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Let everybody ask these clocks."""
        real_datetime, real_now = timezone.datetime, Now.as_postgresql  # type: ignore[attr-defined]
        timezone.datetime = _datetime_by(self.machine)  # type: ignore[attr-defined]
        Now.as_postgresql = self._now_as_sql  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            timezone.datetime = real_datetime  # type: ignore[attr-defined]
            Now.as_postgresql = real_now  # type: ignore[method-assign]

    def _now_as_sql(self, *_: Any, **__: Any) -> tuple[str, list[Any]]:
        return "%s::timestamptz", [self.machine()]


def _datetime_by(machine: Callable[[], datetime.datetime]) -> type[datetime.datetime]:
    class AnyDatetime(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime.datetime)

    class MachineTime(datetime.datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return machine().astimezone(tz)

    return MachineTime
