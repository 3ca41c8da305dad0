"""How a case is told: in the server's log, to the person it is about, and to Discord's audit log.

What people wrote themselves is made plain: it formats nothing, calls nobody, turns nothing around.
"""

import re
from datetime import datetime
from typing import Any

from moderation.models import Case

FORMATS = re.compile(r"([\\*_~`|>\[\]()<#@:])")
LONGEST_LINE = 1_000
COLOURS = {"ban": 0xC0392B, "kick": 0xC0392B, "softban": 0xC0392B, "mute": 0xD68910}
PLAIN_COLOUR = 0x5D6D7E
SAID = {
    Case.Kind.WARN: "You were warned",
    Case.Kind.MUTE: "You were muted",
    Case.Kind.KICK: "You were put out of the server",
    Case.Kind.SOFTBAN: "You were put out of the server",
    Case.Kind.BAN: "You were banned",
}


def plain(text: str) -> str:
    """Return words as they look, on one line, without any power over those around them."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    return FORMATS.sub(r"\\\1", visible).replace("@", "@\u200b")


def marked_reason(case: Case, until: datetime | None) -> str:
    """Return a reason that tells in Discord's audit log which case, until when, and by whom."""
    end = int(until.timestamp()) if until else "-"
    return f"[#{case.number} {end} {case.moderator_id or '-'}] {case.reason}"


def log_message(case: Case, *, until: datetime | None, state: str) -> dict[str, Any]:
    """Return the line of a case in the server's log, as the case stands now."""
    said = [
        ("Person", f"<@{case.user_id}> ({case.user_id})" if case.user_id else ""),
        ("Channel", f"<#{case.channel_id}>" if case.channel_id else ""),
        ("Moderator", f"<@{case.moderator_id}>" if case.moderator_id else ""),
        ("Reason", plain(case.reason)[:LONGEST_LINE]),
        ("Until", _moment(until)),
        ("Now", state),
    ]
    lines = [f"**{name}:** {value}" for name, value in said if value]
    line = {
        "title": f"#{case.number} {case.get_kind_display()}",
        "description": "\n".join(lines),
        "color": COLOURS.get(case.kind, PLAIN_COLOUR),
        "timestamp": case.created_at.isoformat(),
    }
    return {"embeds": [line]}


def message_to_person(case: Case, *, server: str, until: datetime | None) -> dict[str, Any]:
    """Return what the person is told: what, where, until when, why and under which number."""
    lines = [f"{SAID[Case.Kind(case.kind)]} in **{plain(server)}**."]
    if until:
        lines.append(f"Until: {_moment(until)}")
    if case.reason:
        lines.append(f"Reason: {plain(case.reason)[:LONGEST_LINE]}")
    lines.append(f"Case #{case.number}")
    return {"content": "\n".join(lines)}


def _moment(moment: datetime | None) -> str:
    return f"<t:{int(moment.timestamp())}:f>" if moment else ""
