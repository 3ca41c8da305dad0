"""Invites, and who came through which: the one whose uses rose."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.models import Channel, Invite, Member
from community.services.mirror.facts import InviteFacts

FACTS = ["channel_id", "inviter_id", "uses", "max_uses", "expires_at", "temporary"]


@transaction.atomic
def mirror_invites(
    *,
    guild_id: int,
    invites: Iterable[InviteFacts],
    joined: Collection[int] = (),
    at: datetime | None = None,
) -> int:
    """Write what differs about all invites of a server; return how many rows.

    Who `joined` since the last telling came through the one invite that was used as often; when
    several were used, nobody can say who came through which.
    """
    at = at or timezone.now()
    told = {invite.code: invite for invite in invites}
    known = {row.code: row for row in Invite.objects.filter(guild_id=guild_id, deleted_at=None)}
    used = {code: times for code in known if (times := _times_used(known[code], told.get(code)))}
    written = _remember_way(guild_id, used, joined)
    gone = Invite.objects.filter(guild_id=guild_id, code__in=known.keys() - told.keys())
    written += gone.update(deleted_at=at) if known.keys() - told.keys() else 0
    return written + write_invites(guild_id=guild_id, invites=told.values(), at=at)


@transaction.atomic
def write_invites(
    *, guild_id: int, invites: Iterable[InviteFacts], at: datetime | None = None
) -> int:
    """Write what differs about some invites; return how many rows."""
    told = _with_known_channels(guild_id, {invite.code: asdict(invite) for invite in invites})
    known = {row.code: row for row in Invite.objects.filter(guild_id=guild_id, code__in=told)}
    for code in told.keys() - known.keys():
        told[code]["created_at"] = told[code]["created_at"] or at or timezone.now()
    fresh = [Invite(guild_id=guild_id, **told[code]) for code in sorted(told.keys() - known.keys())]
    Invite.objects.bulk_create(fresh)
    changed = [row for code, row in sorted(known.items()) if _take_over(row, told[code])]
    fields = [*FACTS, "deleted_at"]
    Invite.objects.filter(guild_id=guild_id).bulk_update(changed, fields, 500)
    return len(fresh) + len(changed)


@transaction.atomic
def lose_invite(*, guild_id: int, code: str, at: datetime | None = None) -> bool:
    """Mark an invite deleted; True the first time."""
    standing = Invite.objects.filter(guild_id=guild_id, code=code, deleted_at=None)
    return bool(standing.update(deleted_at=at or timezone.now()))


def _times_used(known: Invite, told: InviteFacts | None) -> int:
    if told:
        return max(0, told.uses - known.uses)
    # One that may be used so many times vanishes with the last.
    return int(known.max_uses > 0 and known.uses + 1 == known.max_uses)


def _remember_way(guild_id: int, used: dict[str, int], joined: Collection[int]) -> int:
    if not joined or list(used.values()) != [len(joined)]:
        return 0
    (code,) = used
    came = Member.objects.present().filter(guild_id=guild_id, user_id__in=joined)
    return came.update(came_by=code)


def _with_known_channels(
    guild_id: int, told: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    named = {facts["channel_id"] for facts in told.values()}
    there = Channel.objects.filter(guild_id=guild_id, pk__in=named - {None})
    known = set(there.values_list("pk", flat=True))
    for facts in told.values():
        facts["channel_id"] = facts["channel_id"] if facts["channel_id"] in known else None
    return told


def _take_over(row: Invite, facts: dict[str, Any]) -> bool:
    """Change a row to what is told; tell whether it differed."""
    wanted = {**{name: facts[name] for name in FACTS}, "deleted_at": None}
    differs = any(getattr(row, name) != value for name, value in wanted.items())
    for name, value in wanted.items():
        setattr(row, name, value)
    return differs
