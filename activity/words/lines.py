"""How what happened is told in a log: one line each, which calls nobody."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from activity.models import MemberEvent, RoleChange, VoiceEvent
from activity.snowflakes import moment_of
from community.words import plain

Names = Mapping[int, str]

LONGEST = 4_000  # Discord takes 4,096 in one embed
OF_ALL_TEXTS, LEAST_TEXT, LONGEST_NAME = 2_400, 100, 40
NEW_ACCOUNT = timedelta(days=7)
NOT_KEPT = "its text was not kept"

VOICE: dict[str, str] = {
    VoiceEvent.Kind.JOIN: "{who} came into {channel}.",
    VoiceEvent.Kind.LEAVE: "{who} left {channel}.",
    VoiceEvent.Kind.MOVE: "{who} went over to {channel}{by}.",
    VoiceEvent.Kind.DISCONNECT: "{who} was disconnected from {channel}{by}.",
    VoiceEvent.Kind.TIMEOUT: "{who} was timed out{by}, and so left {channel}.",
}
MEMBER: dict[str, str] = {
    MemberEvent.Kind.JOIN: "{who} came in{way}.{age}",
    MemberEvent.Kind.LEAVE: "{who} left.",
    MemberEvent.Kind.BAN: "{who} was banned.",
    MemberEvent.Kind.UNBAN: "{who} was unbanned.",
    MemberEvent.Kind.BOOST: "{who} boosts the server.",
    MemberEvent.Kind.UNBOOST: "{who} boosts the server no more.",
    MemberEvent.Kind.RENAME: "{who} has another nickname: {before} became {after}.",
}
# What is only counted when too much happens at once.
MANY: dict[str, str] = {
    "join": "came in",
    "leave": "left",
    "ban": "were banned",
    "unban": "were unbanned",
    "boost": "boost",
    "unboost": "boost no more",
    "rename": "took another nickname",
    "voice_join": "came into voice",
    "voice_leave": "left voice",
    "voice_move": "went over in voice",
    "voice_disconnect": "were disconnected",
    "voice_timeout": "were timed out in voice",
    "role_given": "roles given",
    "role_taken": "roles taken",
    "edit": "messages changed",
    "delete": "messages deleted",
    "purge": "times messages deleted at once",
}


def line_of(note: Mapping[str, Any], row: Any, names: Names, *, among: int) -> str:
    """Return what is said of one note; of texts the less, the more is said at once."""
    most = max(LEAST_TEXT, OF_ALL_TEXTS // max(1, among))
    match row:
        case VoiceEvent():
            return _at(row.at, _voice(row, names))
        case MemberEvent():
            return _at(row.at, _member(row, note, names))
        case RoleChange():
            return _at(row.at, _role(row, names))
    return _at(datetime.fromisoformat(note["at"]), MESSAGE[note["what"]](note, names, most))


def fit_lines(lines: Iterable[str], more: Mapping[str, int]) -> str:
    """Return lines as one text that Discord takes, and what was only counted."""
    said, left = "", 0
    for line in lines:
        if len(said) + len(line) < LONGEST - LEAST_TEXT:
            said += line + "\n"
        else:
            left += 1
    counted = [f"{count} {MANY.get(what, what)}" for what, count in sorted(more.items())]
    counted += [f"{left} that do not fit here"] if left else []
    return f"{said}And more: {', '.join(counted)}."[:LONGEST] if counted else said.rstrip()


def _at(moment: datetime, words: str) -> str:
    return f"<t:{int(moment.timestamp())}:T> {words}"


def _who(user_id: int, names: Names) -> str:
    """Name somebody so that a click leads to them; the name is there when Discord shows none."""
    name = plain(names.get(user_id, ""), most=LONGEST_NAME)
    called = f" ({name})" if name else ""
    return f"<@{user_id}>{called}" if user_id else "Somebody"


def _by(actor_id: int | None) -> str:
    return f" by <@{actor_id}>" if actor_id else ""


def _voice(row: VoiceEvent, names: Names) -> str:
    who, channel = _who(row.user_id, names), f"<#{row.channel_id}>"
    by = f", moved{_by(row.actor_id)}" if row.kind == VoiceEvent.Kind.MOVE else _by(row.actor_id)
    return VOICE[row.kind].format(who=who, channel=channel, by=by if row.actor_id else "")


def _member(row: MemberEvent, note: Mapping[str, Any], names: Names) -> str:
    age = row.at - moment_of(row.user_id)
    return MEMBER[row.kind].format(
        who=_who(row.user_id, names),
        way=f" through the invite {plain(row.invite)}" if row.invite else "",
        age=f" Their account is {_span(age)} old." if age < NEW_ACCOUNT else "",
        before=_name(note.get("before", "")),
        after=_name(note.get("after", "")),
    )


def _role(row: RoleChange, names: Names) -> str:
    who, role = _who(row.user_id, names), f"<@&{row.role_id}>"
    given = "was given" if row.is_added else "lost"
    return f"{who} {given} the role {role}{_by(row.actor_id)}."


def _edited(note: Mapping[str, Any], names: Names, most: int) -> str:
    who, where = _who(int(note["user"]), names), _where(note)
    before = _text(note["before"], most // 2) or NOT_KEPT
    after = _text(note["after"], most // 2) or NOT_KEPT
    return f"{who} changed {where}. Before: {before}. After: {after}."


def _deleted(note: Mapping[str, Any], names: Names, most: int) -> str:
    if "user" not in note:
        return f"A message in <#{note['channel']}> was deleted; {NOT_KEPT}."
    who, text = _who(int(note["user"]), names), _text(note["before"], most)
    return f"A message of {who} in <#{note['channel']}> was deleted; {text or NOT_KEPT}."


def _purged(note: Mapping[str, Any], _: Names, __: int) -> str:
    return f"{note['count']} messages in <#{note['channel']}> were deleted at once."


def _where(note: Mapping[str, Any]) -> str:
    address = f"https://discord.com/channels/{note['guild']}/{note['channel']}/{note['message']}"
    return f"[a message]({address}) in <#{note['channel']}>"


def _text(text: str | None, most: int) -> str:
    if not text:
        return ""
    shown = plain(text, most=most)
    return f"“{shown}…”" if len(plain(text)) > most else f"“{shown}”"


def _name(name: str) -> str:
    return f"“{plain(name, most=LONGEST_NAME)}”" if name else "their own name"


def _span(age: timedelta) -> str:
    """Say how young an account is."""
    if age.days:
        return f"{age.days} day" + ("s" if age.days > 1 else "")
    hours = max(0, age.seconds // 3600)
    return f"{hours} hours" if hours > 1 else "not two hours"


MESSAGE: dict[str, Callable[[Mapping[str, Any], Names, int], str]] = {
    "edit": _edited,
    "delete": _deleted,
    "purge": _purged,
}
