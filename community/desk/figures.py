"""What processes say of themselves, as people say it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from community.desk.people import in_words

# What a figure is called, and how it is said; what is not listed goes by its own name.
FIGURES = {
    "state": ("Does", "{}"),
    "leads_since": ("Leads since", "{}"),
    "latency_ms": ("Latency", "{} ms"),
    "guilds": ("Servers", "{}"),
    "shards": ("Shards", "{}"),
    "events_per_s": ("Events a second", "{}"),
    "waiting": ("Waiting for Discord", "{}"),
    "clock_off_s": ("Its clock is off Discord's by", "{} s"),
    "rung_last_hour": ("Jobs rung in the last hour", "{}"),
    "late_s": ("Began late at most by", "{} s"),
    "parked": ("Jobs set aside", "{}"),
}
# What a list has room for.
BRIEF = ("leads_since", "latency_ms", "guilds", "shards", "waiting", "rung_last_hour", "parked")
LONGEST = 200


def figures_in_words(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return what a process says of itself, each figure with its name; the unsaid is left out."""
    known = [name for name in FIGURES if name in figures]
    for name in [*known, *(name for name in figures if name not in FIGURES)]:
        label, words = FIGURES.get(name, (name.replace("_", " "), "{}"))
        if value := _plain(name, figures[name]):
            yield label, words.format(value)[:LONGEST]


def in_brief(figures: Mapping[str, Any]) -> str:
    """Return in one line what matters most of that."""
    some = {name: value for name, value in figures.items() if name in BRIEF}
    told = (f"{label} {words}" for label, words in figures_in_words(some))
    return ", ".join(f"{each[0].lower()}{each[1:]}" for each in told)


def _plain(name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if name == "leads_since":
        return _moment(str(value))
    if isinstance(value, Mapping):
        worst = [each.get("worst", 0) for each in value.values() if isinstance(each, Mapping)]
        return str(max(worst, default=""))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _moment(text: str) -> str:
    try:
        return in_words(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text
