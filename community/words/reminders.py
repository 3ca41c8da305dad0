"""How a reminder is said, and what stands below it."""

from datetime import datetime, timedelta
from typing import Any

from community.models import Reminder
from community.words import plain

ON_TIME = timedelta(minutes=1)  # what comes within it is not late
BUTTONS = {"10m": "10 minutes", "1h": "1 hour", "1d": "Tomorrow"}
END = "end"
ROW, BUTTON, GREY, RED = 1, 2, 2, 4


def said_of(reminder: Reminder, *, at: datetime, again: str) -> dict[str, Any]:
    """Return the message that says a reminder; it calls the one who asked for it, and nobody."""
    lines = [f"<@{reminder.user_id}>, you wanted to be reminded: {plain(reminder.message)}"]
    if reminder.due_at and at - reminder.due_at > ON_TIME:
        lines.append(f"-# This is late: it was for {stamp(reminder.due_at)}, and I was away.")
    if again:
        lines.append(f"-# {again}")
    return {
        "content": "\n".join(lines),
        "components": [{"type": ROW, "components": _buttons(reminder)}],
        "allowed_mentions": {"parse": [], "users": [str(reminder.user_id)], "roles": []},
    }


def stamp(moment: datetime, style: str = "F") -> str:
    """Return a moment as Discord shows it to everybody by their own clock."""
    return f"<t:{int(moment.timestamp())}:{style}>"


def mark_of(guild_id: int, reminder_id: int, turn: int) -> str:
    """Return the end of its buttons' names, by which a message that said it is known again."""
    return f":{guild_id}:{reminder_id}:{turn}"


def _buttons(reminder: Reminder) -> list[dict[str, Any]]:
    told = [(deed, label, GREY) for deed, label in BUTTONS.items()]
    told.append((END, "Delete" if reminder.repeat else "Done", RED))
    end = mark_of(reminder.guild_id, reminder.pk, reminder.turn)
    return [
        {"type": BUTTON, "style": style, "label": label, "custom_id": f"remind:{deed}{end}"}
        for deed, label, style in told
    ]
