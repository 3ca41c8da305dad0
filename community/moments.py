"""What a clock on the wall shows, and which moment that is: "friday 18:00" in somebody's zone.

A time that a clock leaps over in spring is the moment at which it would have been, so 2:30 is 3:30
by the new time; of a time that a clock shows twice in autumn the first is meant. A span of hours
or less is counted in hours that pass, wherever clocks are changed; one of whole days or longer
keeps the time on the wall.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from community.durations import LONGEST, clock_in, span_in
from community.errors import HouseError
from community.spans import zone_called

LONGEST_TEXT = 80
DAY = timedelta(days=1)
MORNING = " 9:00"  # a day without a time
HAS_TIME = re.compile(r"\d{1,2}:\d\d$")
SAYS_TIME = re.compile(r"\d\s*(?::|[ap]m\b|h\b)|midnight|mitternacht|minuit")
# Letters that name a zone do so behind a time alone: "cat", "eat", "met" and "art" are words.
ZONED = re.compile(r"(?:\d\s*[ap]m|:\d\d)\s*(?:z|[a-z]{3,5}|(?:utc|gmt)?\s*[+-]\d[\d:]*)$")
BROKEN_OFF = re.compile(r"\b(?:a|one|the|on|at|in|of)$")
ONE = re.compile(r"\b(?:an?|one)\s+(?=[a-z])")
O_CLOCK = re.compile(r"\b(?:um\s+|at\s+)?(\d{1,2})\s*(?:uhr|o'?clock)\b")
# An hour that is only said to be one: "at 9", "friday 9".
AT_HOUR = re.compile(
    r"\b(?:(?:at|um)\s+|(?P<day>today|tomorrow|morgen|[a-z]+day)\s+(?=\d+$))"
    r"(?P<hour>\d{1,2})(?!\s*[:.\d]|\s*[ap]\.?m|\s*h\b|\w)"
)
DOTTED = re.compile(r"\b(\d{1,2})\.([0-5]\d)(?=\s*(?:[ap]m|uhr)\b)")
HALF = re.compile(r"\bhalf an? hour\b")
HINT = "Write it like 2h, tomorrow 18:00, friday 9:00 or 2026-12-24 18:00."


@dataclass(frozen=True, slots=True)
class WallTime:
    """What a clock of a zone shows."""

    at: datetime
    zone: str

    @property
    def moment(self) -> datetime:
        """Return which moment that is."""
        return self.at.replace(tzinfo=zone_called(self.zone), fold=0).astimezone(UTC)


def on_the_wall(moment: datetime, zone: str) -> datetime:
    """Return what a clock of a zone shows at a moment."""
    return moment.astimezone(zone_called(zone)).replace(tzinfo=None, microsecond=0, fold=0)


def after(span: timedelta, *, now: datetime, zone: str) -> WallTime:
    """Return the time after a span: whole days by the wall, hours as they pass."""
    if span % DAY:
        return WallTime(on_the_wall(now + span, "UTC"), "UTC")
    return WallTime(on_the_wall(now, zone) + span, zone)


def read_moment(text: str, *, now: datetime, zone: str, languages: Sequence[str] = ()) -> WallTime:
    """Return the time that somebody of a zone means; refuse what is none, or is over."""
    said = ONE.sub("1 ", HALF.sub("30m", " ".join(text.lower().split())))
    said = O_CLOCK.sub(r"\1:00", DOTTED.sub(r"\1:\2", said))
    said = AT_HOUR.sub(_full_hour, said)
    if len(said) > LONGEST_TEXT:
        raise HouseError(f"Say when in at most {LONGEST_TEXT} letters. {HINT}")
    meant = _own(said.removeprefix("in "), now, zone) or _in_words(said, now, zone, languages)
    if meant is None:
        raise HouseError(f"“{text[:50]}” is no time that I understand. {HINT}")
    if meant.moment <= now:
        raise HouseError("That is over already.")
    if meant.moment - now > LONGEST:
        raise HouseError("A time lies at most ten years ahead.")
    return meant


def _full_hour(said: re.Match[str]) -> str:
    return f"{said['day'] or ''} {said['hour']}:00".strip()


def _own(said: str, now: datetime, zone: str) -> WallTime | None:
    if (span := span_in(said)) is not None:
        return after(span, now=now, zone=zone)
    timed = said if HAS_TIME.search(said) or not said else said + MORNING
    bare = timed.removeprefix("on ").removeprefix("next ")
    at = clock_in(bare, now=on_the_wall(now, zone))
    return None if at is None else WallTime(at, zone)


def _in_words(said: str, now: datetime, zone: str, languages: Sequence[str]) -> WallTime | None:
    """Ask the library that reads many words, and reads some into texts that mean none."""
    # It takes a second to be read, which only who needs it waits for.
    from dateparser import parse  # noqa: PLC0415

    here = on_the_wall(now, zone)
    wanted = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": here}
    from dateparser.data.languages_info import language_order  # noqa: PLC0415

    if BROKEN_OFF.search(said):
        return None
    known = [each for each in dict.fromkeys([*languages, "en"]) if each in language_order]
    try:
        found = parse(said, languages=known, settings=wanted)
    except (ValueError, OverflowError):  # a number without end
        return None
    if found is None or (found.tzinfo and not ZONED.search(said)):
        return None
    at = on_the_wall(found, zone) if found.tzinfo else found.replace(microsecond=0)
    is_whole_day = at.time() == time.min and not SAYS_TIME.search(said)
    return WallTime(at.replace(hour=9) if is_whole_day else at, zone)
