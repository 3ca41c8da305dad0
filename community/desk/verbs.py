"""What history calls a deed, and how people say it: the one place where verbs become sentences."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from community.desk.people import in_words
from community.models import AuditEntry, Channel, Role, Staff

VERBS = {
    "community.errand.given_up": "gave up an errand",
    "community.errand.retried": "had an errand tried again",
    "community.grant.given": "gave a grant",
    "community.grant.taken_back": "took back a grant",
    "community.guild.joined": "noted that the bot came in",
    "community.guild.returned": "noted that the bot came back",
    "community.guild.left": "noted that the bot was removed",
    "community.job.rung": "ran a job out of turn",
    "community.backup.restored": "put a backup in the place of everything",
    "community.backup.approved": "let the house go on after a restore",
    "community.order.retried": "had a standing order tried again",
    "community.copy.asked": "asked for a copy of what is known about a person",
    "community.copy.handed_out": "handed out a copy of what is known about a person",
    "community.erasure.asked": "asked that a person be erased",
    "community.person.erased": "erased a person",
    "community.person.exported": "took a copy of what is known about a person",
    "community.retention.chosen": "chose how long something is kept",
    "community.retention.forgotten": "keeps something as long as the house again",
    "community.settings.changed": "changed the settings",
    "community.staff.hired": "made a staff account",
    "community.staff.signed_out": "ended the sessions of a staff account",
    "community.staff.switched_off": "switched off a staff account",
    "community.staff.switched_on": "switched a staff account on again",
}
LONGEST = 200
LONGEST_ID = 19


def name_verbs(verbs: Mapping[str, str]) -> None:
    """Add the verbs of another app, each with the sentence that follows a name."""
    VERBS.update(verbs)


def say(verb: str) -> str:
    """Return what was done as people would say it; an unknown verb is read as it is written."""
    return VERBS.get(verb) or verb.split(".", 1)[-1].replace(".", " ").replace("_", " ")


def changes_of(
    entry: AuditEntry, names: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, str, str]]:
    """Return what an entry changed: the name of it, as it was, as it is; empty is empty."""
    keys = [*entry.before, *(key for key in entry.after if key not in entry.before)]
    both = ((key, entry.before.get(key), entry.after.get(key)) for key in keys)
    told = [
        (key.replace("_", " "), _plain(key, before, names), _plain(key, after, names))
        for key, before, after in both
    ]
    return [line for line in told if line[1] or line[2]]


def sum_up(entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Return in one line what was done and what became of it."""
    told = [f"{name} {after or before}" for name, before, after in changes_of(entry, names)]
    words = f"{say(entry.verb).capitalize()}{': ' if told else ''}{', '.join(told)}"
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def names_in(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Return what the ids that these entries of one server tell of are called today."""
    values: list[Any] = [v for e in entries for v in (*e.before.values(), *e.after.values())]
    texts = {value for value in values if isinstance(value, str)}
    staff, roles, ids = (_ids(texts, kind) for kind in ("staff ", "role ", ""))
    found_roles = list(Role.objects.filter(pk__in=roles | ids)) if roles | ids else []
    found_channels = list(Channel.objects.filter(pk__in=ids)) if ids else []
    found_staff = Staff.objects.filter(pk__in=staff)
    return {
        **{f"staff {each.pk}": str(each) for each in found_staff},
        **{f"role {each.pk}": str(each) for each in found_roles},
        **{str(each.pk): str(each) for each in (*found_roles, *found_channels)},
    }


def _ids(texts: Iterable[str], kind: str) -> set[int]:
    """Return the ids of one kind among some kept values."""
    digits = [text.removeprefix(kind) for text in texts if text.startswith(kind)]
    return {int(d) for d in digits if d.isascii() and d.isdecimal() and len(d) <= LONGEST_ID}


def _plain(key: str, value: Any, names: Mapping[str, str]) -> str:
    """Return a kept value in words."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key.endswith("_at"):
        return _moment(str(value))
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    words = names.get(words, words)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def _moment(text: str) -> str:
    try:
        return in_words(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text
