"""How a case is told: in the server's log, to the person it is about, and to Discord's audit log.

What people wrote themselves is made plain.
"""

from datetime import UTC, datetime
from typing import Any

from community.durations import say_duration
from community.words import plain
from moderation.models import Case, LadderStep

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

NOTED = (
    Case.Kind.LOCK,
    Case.Kind.UNLOCK,
    Case.Kind.SLOWMODE,
    Case.Kind.PURGE,
    Case.Kind.UNMUTE,
    Case.Kind.UNBAN,
)
TOLD = {
    Case.Message.NONE: "",
    Case.Message.WAITING: "They are told by message.",
    Case.Message.SENT: "They were told by message.",
    Case.Message.CLOSED: "They take no messages.",
    Case.Message.FAILED: "They could not be told.",
}


def marked_reason(case: Case, until: datetime | None) -> str:
    """Return a reason that tells in Discord's audit log which case, until when, and by whom."""
    end = int(until.timestamp()) if until else "-"
    return f"[#{case.number} {end} {case.moderator_id or '-'}] {case.reason}"


def moment_mark(moment: datetime) -> str:
    """Return a moment as it is written down; Discord may drop parts of a second."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def log_message(case: Case, *, until: datetime | None, state: str) -> dict[str, Any]:
    """Return the line of a case in the server's log, as the case stands now."""
    said = [
        ("Person", f"<@{case.user_id}> ({case.user_id})" if case.user_id else ""),
        ("Channel", f"<#{case.channel_id}>" if case.channel_id else ""),
        ("Moderator", f"<@{case.moderator_id}>" if case.moderator_id else ""),
        ("Reason", plain(case.reason, most=LONGEST_LINE)),
        ("Counts until" if case.kind == Case.Kind.WARN else "Until", _moment(until)),
        ("Note", plain(_noted(case), most=LONGEST_LINE)),
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


def message_to_person(
    case: Case, *, server: str, until: datetime | None, appeal: str = ""
) -> dict[str, Any]:
    """Return what the person is told: what, where, until when, why, which number, what to do."""
    lines = [f"{SAID[Case.Kind(case.kind)]} in **{plain(server)}**."]
    if until:
        lines.append(f"Until: {_moment(until)}")
    if case.reason:
        lines.append(f"Reason: {plain(case.reason, most=LONGEST_LINE)}")
    lines.append(f"Case #{case.number}")
    if appeal:
        lines.append(f"You may appeal: {appeal}")
    return {"content": "\n".join(lines)}


def say_done(case: Case, *, until: datetime | None, is_kept: bool, rung: str) -> str:
    """Return what came of a decision, for the one who made it."""
    whom = f" <@{case.user_id}>" if case.user_id else ""
    where = f" <#{case.channel_id}>" if case.channel_id else ""
    end = f" until {_moment(until)} (<t:{int(until.timestamp())}:R>)" if until else " for ever"
    how_long = end if is_kept else ""
    lines = [f"**#{case.number} {case.get_kind_display()}**{whom}{where}{how_long}."]
    if case.reason:
        lines.append(f"Reason: {plain(case.reason, most=LONGEST_LINE)}")
    if _noted(case):
        lines.append(plain(_noted(case), most=LONGEST_LINE))
    if case.points:
        lines.append(f"It counts {case.points} {'point' if case.points == 1 else 'points'}.")
        lines.append(f"It runs out {_moment(until)}." if until else "It never runs out.")
    return "\n".join([*lines, *filter(None, [TOLD.get(Case.Message(case.message), ""), rung])])


def say_undone(case: Case, ending: str) -> str:
    """Return how a case was undone."""
    whom = f" <@{case.user_id}>" if case.user_id else ""
    return f"**#{case.number} {case.get_kind_display()}**{whom} is {ending.lower()}."


def say_rung(points: int, consequence: Case | None, words: str) -> str:
    """Return what the ladder did at so many points."""
    gathered = f"With {points} {'point' if points == 1 else 'points'} the ladder"
    if consequence is not None:
        kind = consequence.get_kind_display().lower()
        return f"{gathered} followed: {kind}, case #{consequence.number}."
    return f"{gathered} would have followed, but: {plain(words)}" if words else ""


def say_step(points: int, left: int, kind: str, span: str) -> str:
    """Return what comes next on the ladder."""
    more = f"{left} more {'point' if left == 1 else 'points'} (at {points})"
    return f"{more}: {kind.lower()}{f' for {span}' if span else ''}"


def describe_rung(step: LadderStep) -> str:
    """Return what becomes of somebody who reaches a rung."""
    if step.kind == LadderStep.Kind.KICK:
        return "put out of the server, and may come back"
    done = "muted" if step.kind == LadderStep.Kind.MUTE else "banned"
    return f"{done} for {say_duration(step.duration)}" if step.duration else f"{done} for good"


def _noted(case: Case) -> str:
    """Return what the house wrote itself of what was done; moderators' notes are for them alone."""
    return case.comment if case.kind in NOTED else ""


def _moment(moment: datetime | None) -> str:
    return f"<t:{int(moment.timestamp())}:f>" if moment else ""
