"""What comes again, and when: "every 2 weeks on monday" as a rule, as words, as the next time.

A rule is an RRULE of a few kinds. Hours are counted as they pass; everything longer keeps the time
on the wall. What falls on a day that a month does not have falls on that month's last.
"""

import re
from datetime import datetime

from dateutil.rrule import rrulestr

from community.errors import HouseError

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = DAYS[:5]
UNITS = {"hour": "HOURLY", "day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
SHORT = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
ONCE = {"", "no", "never", "once"}
SPAN = re.compile(
    r"(?:(?P<many>\d{1,3}|other)\s+)?(?P<unit>hour|day|week|month|year)s?(?:\s+on\s+(?P<on>.+))?"
)
SHORTEST_MONTH = 28
NOT_AGAIN = (
    "I do not understand how often. Write it like daily, weekdays, weekly, every 2 weeks on monday "
    "and thursday, monthly, yearly or every 6 hours."
)


def read_repeat(text: str, *, first: datetime) -> str:
    """Return the rule that somebody means, for what begins at a time; empty for once."""
    said = " ".join(text.lower().split())
    if said in ONCE:
        return ""
    said = said.removeprefix("every ").removeprefix("on ")
    if said in ("weekday", "weekdays", "workday", "workdays"):
        return f"FREQ=WEEKLY;INTERVAL=1;BYDAY={','.join(WEEKDAYS)}"
    if days := _days_in(said):
        return f"FREQ=WEEKLY;INTERVAL=1;BYDAY={','.join(days)}"
    found = SPAN.fullmatch(SHORT.get(said, said))
    if found is None or (found["on"] and found["unit"] != "week"):
        raise HouseError(NOT_AGAIN)
    return _rule(found, first)


def first_time(rule: str, *, at: datetime) -> datetime:
    """Return the first time of a rule, at a time or after it."""
    return _next(rule, at, at, is_included=True)


def time_after(rule: str, *, at: datetime, now: datetime) -> datetime:
    """Return the first time of a rule after now; `at` is one of its times."""
    return _next(rule, at, max(at, now), is_included=False)


def is_hourly(rule: str) -> bool:
    """Tell whether a rule counts hours as they pass."""
    return rule.startswith("FREQ=HOURLY")


def say_repeat(rule: str) -> str:
    """Return a rule in words: "every 2 weeks on Monday and Thursday"."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    unit = next(name for name, freq in UNITS.items() if freq == parts["FREQ"])
    many = int(parts["INTERVAL"])
    every = f"every {unit}" if many == 1 else f"every {many} {unit}s"
    if tuple(days) == WEEKDAYS:
        return "every weekday" if many == 1 else f"{every} from Monday to Friday"
    named = " and ".join(NAMES[DAYS.index(day)].title() for day in days)
    if named and many == 1:
        return f"every {named}"
    return f"{every} on {named}" if named else every


def _rule(found: re.Match[str], first: datetime) -> str:
    many = {None: 1, "other": 2}.get(found["many"]) or int(found["many"])
    days = _days_in(found["on"] or "")
    if not many or (found["on"] and not days):
        raise HouseError(NOT_AGAIN)
    rule = f"FREQ={UNITS[found['unit']]};INTERVAL={many}"
    if days:
        return f"{rule};BYDAY={','.join(days)}"
    if found["unit"] == "month":
        return rule + _by_day_of_month(first.day)
    if found["unit"] == "year":
        return f"{rule};BYMONTH={first.month}{_by_day_of_month(first.day)}"
    return rule


def _by_day_of_month(day: int) -> str:
    """Return the part for a day of the month, or the last before it that a month has."""
    if day <= SHORTEST_MONTH:
        return f";BYMONTHDAY={day}"
    days = ",".join(map(str, range(SHORTEST_MONTH, day + 1)))
    return f";BYMONTHDAY={days};BYSETPOS=-1"


def _days_in(said: str) -> list[str]:
    """Return the days of the week that a list names, in their order; nothing if it is no list."""
    words = re.split(r"\s*(?:,|\band\b|\s)\s*", said)
    found = set()
    for word in filter(None, words):
        whole = word.removesuffix("s") if word.endswith("days") else word
        day = next((n for n, name in enumerate(NAMES) if whole in (name, name[:3])), None)
        if day is None:
            return []
        found.add(day)
    return [DAYS[day] for day in sorted(found)]


def _next(rule: str, at: datetime, after: datetime, *, is_included: bool) -> datetime:
    found: datetime | None = rrulestr(rule, dtstart=at).after(after, inc=is_included)
    if found is None:
        raise HouseError("That never comes.")
    return found
