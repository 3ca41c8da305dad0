"""How people say how long: "2d4h" or "until friday 18:00" becomes an end, a span becomes words."""

import re
from datetime import date, datetime, time, timedelta

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
FOR_EVER = {"for ever", "forever", "permanent", "never", "perma"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOMENT = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d)|(?P<day>[a-z]+))?"
    r"(?:(?:\s+|^)(?:at\s+)?(?P<hour>\d{1,2}):(?P<minute>\d\d))?"
)


def read_duration(text: str) -> timedelta:
    """Return the span that a text such as "2d4h" or "90 minutes" means; refuse what is none."""
    if (span := span_in(text)) is None:
        hint = "Write it like 30m, 2d4h, 1w or “until friday 18:00”."
        raise HouseError(f"“{text[:50]}” is no time span. {hint}")
    return span


def span_in(text: str) -> timedelta | None:
    """Return the span that a text means; None when it means none."""
    seconds, place, said = 0.0, 0, text.strip().lower()
    while found := PART.match(said, place):
        number, unit = found.groups()
        if unit not in UNIT_OF:
            break
        seconds += float(number) * UNITS[UNIT_OF[unit]]
        place = found.end()
    return _bounded(seconds) if said and place == len(said) else None


def read_end(text: str, *, now: datetime) -> datetime | None:
    """Return the moment meant by "2d4h", "until friday 18:00" or "2026-12-24"; None is for ever.

    Days and hours are those of `now`'s time zone.
    """
    said = " ".join(text.lower().split()).removeprefix("until ")
    if said in FOR_EVER:
        return None
    return clock_in(said, now=now) or now + read_duration(said)


def clock_in(said: str, *, now: datetime) -> datetime | None:
    """Return the moment meant by "friday 18:00" or "2026-12-24"; None when a text means none."""
    found = MOMENT.fullmatch(said)
    if found is None or not (found["date"] or found["day"] or found["hour"]):
        return None
    day = _day_meant(found, now)
    return None if day is None else _ahead(day, found, now)


def say_duration(span: timedelta) -> str:
    """Return a span in words, by its two largest units: "2 days 4 hours"."""
    left, parts = round(span.total_seconds()), []
    for unit, name in (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second")):
        count, left = divmod(left, UNITS[unit])
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def _day_meant(found: re.Match[str], now: datetime) -> date | None:
    """Return the day; None for a word that names none."""
    if found["date"]:
        try:
            return date.fromisoformat(found["date"])
        except ValueError:
            raise HouseError(f"There is no day {found['date']}.") from None
    word = found["day"] or "today"
    if word in ("today", "tomorrow"):
        return now.date() + timedelta(days=word == "tomorrow")
    for number, name in enumerate(WEEKDAYS):
        if word in (name, name[:3]):
            return now.date() + timedelta(days=(number - now.weekday()) % 7)
    return None


def _ahead(day: date, found: re.Match[str], now: datetime) -> datetime:
    """Return the moment on that day; what is over already is the next of its kind."""
    try:
        at = datetime.combine(day, time(int(found["hour"] or 0), int(found["minute"] or 0)))
    except ValueError:
        raise HouseError(f"There is no time {found['hour']}:{found['minute']}.") from None
    at = at.replace(tzinfo=now.tzinfo)
    if at <= now and not found["date"]:
        is_weekday = found["day"] not in (None, "today", "tomorrow")
        at += timedelta(days=7 if is_weekday else 1)
    if at <= now:
        raise HouseError("That is over already.")
    _bounded((at - now).total_seconds())
    return at


def write_duration(span: timedelta) -> str:
    """Return a span as people type it, whole and to the second: "2d4h"."""
    left, parts = round(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _bounded(seconds: float) -> timedelta:
    if not 1 <= seconds <= LONGEST.total_seconds():
        raise HouseError("A time span lies between a second and ten years.")
    return timedelta(seconds=round(seconds))
