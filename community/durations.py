"""How people say how long: "2d4h" becomes a span, and a span becomes words."""

import re
from datetime import timedelta

from community.errors import HouseError

UNITS = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "mo": 30 * 86_400,
    "y": 365 * 86_400,
}
SPELLINGS = {
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w wk wks week weeks",
    "mo": "mo mon month months",
    "y": "y yr yrs year years",
}
UNIT_OF = {spelling: unit for unit, all_ in SPELLINGS.items() for spelling in all_.split()}
PART = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([a-z]+)(?:\s*(?:,|and)?\s*)")
LONGEST = timedelta(days=10 * 365)


def read_duration(text: str) -> timedelta:
    """Return the span that a text such as "2d4h" or "90 minutes" means; refuse what is none."""
    seconds, place, said = 0.0, 0, text.strip().lower()
    while found := PART.match(said, place):
        number, unit = found.groups()
        if unit not in UNIT_OF:
            break
        seconds += float(number) * UNITS[UNIT_OF[unit]]
        place = found.end()
    if place != len(said) or not said:
        raise HouseError(f"“{text[:50]}” is no time span. Write it like 30m, 12h, 2d4h or 1w.")
    return _bounded(seconds)


def say_duration(span: timedelta) -> str:
    """Return a span in words, by its two largest units: "2 days 4 hours"."""
    left, parts = round(span.total_seconds()), []
    for unit, name in (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second")):
        count, left = divmod(left, UNITS[unit])
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def _bounded(seconds: float) -> timedelta:
    if not 1 <= seconds <= LONGEST.total_seconds():
        raise HouseError("A time span lies between a second and ten years.")
    return timedelta(seconds=round(seconds))
