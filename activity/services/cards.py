"""The picture of somebody's rank: their name in its own letters, and how far they have come."""

from math import pi
from typing import Any
from unicodedata import east_asian_width

from django.template.loader import render_to_string

from activity.services.boards import Standing
from community.pictures.letters import can_draw
from community.pictures.png import draw_png

RADIUS, BAR = 68, 376
RIGHT, DIGIT = 572, 17  # where the place ends, and how wide one letter of it is
ROOM = 21  # for a name and the place, in letters of usual width
MS_PER_HOUR = 3_600_000
ELLIPSIS = "…"


def draw_rank(rank: Standing) -> bytes:
    """Return the picture as PNG; it takes some hundredths of a second, so ask in a thread."""
    return draw_png(rank_svg(rank))


def rank_svg(rank: Standing) -> str:
    """Return the picture as SVG; a name for which there are no letters gives way to the username.

    Usernames on Discord are plain letters, and what stands beside the picture says the name anyway.
    """
    drawn = rank.name if can_draw(rank.name) else rank.username
    around = 2 * pi * RADIUS
    told: dict[str, Any] = {
        "rank": rank,
        "name": cut(drawn, ROOM - len(str(rank.place or ""))),
        "handle": f"@{rank.username}" if rank.username and drawn != rank.username else "",
        "ring": {"done": _dots(around * rank.step.share), "round": _dots(around)},
        "place_at": RIGHT - DIGIT * (len(str(rank.place or "")) + 1) - 8,
        "bar": _dots(BAR * rank.step.share),
        "done": f"{rank.step.done:,}",
        "cost": f"{rank.step.cost:,}",
        "next": rank.step.level + 1,
        "total": f"{rank.xp:,}",
        "facts": _facts(rank),
    }
    return render_to_string("pictures/rank.svg", told)


def cut(name: str, room: int) -> str:
    """Return as much of a name as there is room for; some letters are twice as wide."""
    width, kept = 0, ""
    for letter in name:
        width += 2 if east_asian_width(letter) in "WF" else 1
        if width > room:
            return kept.rstrip() + ELLIPSIS
        kept += letter
    return name


def _facts(rank: Standing) -> str:
    messages = "1 message" if rank.messages == 1 else f"{rank.messages:,} messages"
    hours = f"{rank.voice_ms / MS_PER_HOUR:,.1f} h in voice" if rank.voice_ms else ""
    return " · ".join(filter(None, [messages, hours]))


def _dots(length: float) -> str:
    """Return a length as SVG writes it, whatever the language; nothing for none."""
    return f"{length:.1f}" if length >= 1 else ""
