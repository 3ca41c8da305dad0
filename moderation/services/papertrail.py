"""What a file of anchors says, line by line: where a history stood, and when a backup was put back.

A line about a restore is signed over all lines before it, and counts only while the database knows
of that restore, or of a later one to a moment before it. So nobody can take anchors back with it.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from community.models import Restoration
from moderation.services.archived import Anchor

SALT = "guildhall.anchors"


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that was put back, and how many anchors it made those of a lost history."""

    at: datetime
    shows_at: datetime
    lost: int


@dataclass(frozen=True, slots=True)
class Trail:
    """What a file says: the anchors that count, the restores, and which lines are not ours."""

    anchors: tuple[Anchor, ...] = ()
    restored: tuple[Restored, ...] = ()
    forged: tuple[int, ...] = ()


def restored_line(restoration: Restoration, stands: Anchor, *, after: Sequence[str]) -> str:
    """Return the line that says which backup was put back, and where the history stands in it."""
    told = {
        "at": _plain(restoration.restored_at),
        "guild": str(stands.guild_id),
        "restored": restoration.backup,
        "sha256": restoration.sha256,
        "shows_at": _plain(restoration.shows_at),
        "seq": stands.seq,
        "hash": stands.hash,
        "before": _digest(after),
    }
    return json.dumps({**told, "signature": _sign(told, settings.SECRET_KEY)})


def read_trail(guild_id: int, lines: Sequence[str]) -> Trail:
    """Read a file of anchors."""
    told = [_read(guild_id, line) for line in lines]
    signed = {n for n, each in enumerate(told) if _is_ours(guild_id, each, lines[:n])}
    done = _done([(n, told[n]) for n in sorted(signed)])
    known: list[tuple[datetime, Anchor]] = []
    restored = []
    for number, each in enumerate(told):
        if number in done:
            before = [(at, anchor) for at, anchor in known if at <= _moment(each["shows_at"])]
            lost = len(known) - len(before)
            restored.append(Restored(_moment(each["at"]), _moment(each["shows_at"]), lost))
            known = before
        if number in done or (each and "restored" not in each):
            known.append((_moment(each["at"]), _anchor(guild_id, each)))
    is_strange = (
        n not in signed and (not each or "restored" in each) for n, each in enumerate(told)
    )
    forged = (n + 1 for n, strange in enumerate(is_strange) if strange)
    return Trail(tuple(anchor for _, anchor in known), tuple(restored), tuple(forged))


def _done(restores: Sequence[tuple[int, dict[str, Any]]]) -> set[int]:
    """Return which of these came to their end: the database knows it, or went back behind it."""
    done: set[int] = set()
    earliest = datetime.max.replace(tzinfo=UTC)
    for number, told in reversed(restores):
        is_known = Restoration.objects.filter(
            backup=told["restored"], sha256=told["sha256"], restored_at=_moment(told["at"])
        )
        if earliest < _moment(told["at"]) or is_known.exists():
            done.add(number)
            earliest = min(earliest, _moment(told["shows_at"]))
    return done


def _read(guild_id: int, line: str) -> dict[str, Any]:
    """Return what a line says; nothing when nobody can read it."""
    try:
        told: dict[str, Any] = json.loads(line)
        _anchor(guild_id, told)
        _moment(told["at"])
    except (ValueError, KeyError, TypeError):
        return {}
    return told


def _is_ours(guild_id: int, told: dict[str, Any], before: Sequence[str]) -> bool:
    """Tell whether this house wrote a line about a restore, in this file and in this place."""
    content = {name: value for name, value in told.items() if name != "signature"}
    if "restored" not in told or told.get("guild") != str(guild_id):
        return False
    if told.get("before") != _digest(before):
        return False
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signature = str(told.get("signature"))
    return any(hmac.compare_digest(signature, _sign(content, str(key))) for key in keys)


def _anchor(guild_id: int, told: dict[str, Any]) -> Anchor:
    return Anchor(guild_id, int(told["seq"]), str(told["hash"]))


def _digest(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sign(told: dict[str, Any], key: str) -> str:
    text = json.dumps(told, sort_keys=True)
    return salted_hmac(SALT, text, secret=key, algorithm="sha256").hexdigest()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
