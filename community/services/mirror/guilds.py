"""A server, its roles, channels and overwrites: what differs is written, what is gone ends."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from community.models import Channel, Guild, Overwrite, Role
from community.services.guilds import lose_channels, lose_roles, meet_guild
from community.services.mirror.facts import ChannelFacts, GuildTold, OverwriteFacts, RoleFacts

Row = TypeVar("Row", Role, Channel)


@transaction.atomic
def mirror_guild(*, guild_id: int, told: GuildTold, at: datetime | None = None) -> Guild:
    """Make our picture of a server true: only what differs is written, and nothing is forgotten."""
    at = at or timezone.now()
    guild = meet_guild(guild_id=guild_id, facts=told.guild)
    if told.roles is not None:
        mirror_roles(guild_id=guild_id, roles=told.roles)
        _end_untold_roles(guild_id, {role.id for role in told.roles}, at)
    if told.channels is not None:
        mirror_channels(guild_id=guild_id, channels=told.channels)
        _end_untold_channels(guild_id, {channel.id for channel in told.channels}, at)
    return guild


@transaction.atomic
def mirror_roles(*, guild_id: int, roles: Iterable[RoleFacts]) -> int:
    """Write what differs about some roles; return how many rows."""
    told = {role.id: asdict(role) for role in roles}
    known = Role.objects.filter(guild_id=guild_id, pk__in=told)
    return _write(Role, guild_id, known, told)


@transaction.atomic
def mirror_channels(*, guild_id: int, channels: Sequence[ChannelFacts]) -> int:
    """Write what differs about some channels and who may do what there; return how many rows."""
    told = {channel.id: asdict(channel) for channel in channels}
    parents = {channel.parent_id for channel in channels if channel.parent_id}
    rows = Channel.objects.filter(guild_id=guild_id, pk__in=told.keys() | parents)
    known = {row.pk: row for row in rows}
    for key, facts in told.items():
        del facts["overwrites"]
        # A parent that nobody told of yet comes with the next telling; a loop never does.
        if facts["parent_id"] not in (known.keys() | told.keys()) - {key}:
            facts["parent_id"] = None
    written = _write(Channel, guild_id, [known[key] for key in told.keys() & known.keys()], told)
    return written + _mirror_overwrites(guild_id, channels)


def _write(
    model: type[Row], guild_id: int, known: Iterable[Row], told: dict[int, dict[str, Any]]
) -> int:
    """Make and change rows by what is told of them, deleted ones too: told is there."""
    rows = {row.pk: row for row in known}
    fresh = [model(guild_id=guild_id, **told[key]) for key in sorted(told.keys() - rows.keys())]
    model.objects.bulk_create(fresh)
    facts = {key: {**told[key], "deleted_at": None} for key in rows}
    changed = [row for key, row in sorted(rows.items()) if _differs(row, facts[key])]
    for row in changed:
        for name, value in facts[row.pk].items():
            setattr(row, name, value)
    if changed:
        fields = [name for name in facts[changed[0].pk] if name != "id"]
        model.objects.filter(guild_id=guild_id).bulk_update(changed, fields, 500)
    return len(fresh) + len(changed)


def _differs(row: object, facts: dict[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in facts.items())


def _end_untold_roles(guild_id: int, told: set[int], at: datetime) -> int:
    standing = Role.objects.standing().filter(guild_id=guild_id)
    gone = set(standing.values_list("pk", flat=True)) - told
    return lose_roles(guild_id=guild_id, role_ids=gone, at=at) if gone else 0


def _end_untold_channels(guild_id: int, told: set[int], at: datetime) -> int:
    # A thread that is not told of is archived, not gone; it goes with its channel.
    standing = Channel.objects.standing().filter(guild_id=guild_id)
    lasting = standing.exclude(kind=Channel.Kind.THREAD)
    gone = set(lasting.values_list("pk", flat=True)) - told
    return lose_channels(guild_id=guild_id, channel_ids=gone, at=at) if gone else 0


def _mirror_overwrites(guild_id: int, channels: Iterable[ChannelFacts]) -> int:
    told = {
        (channel.id, each.target_id): each
        for channel in channels
        if channel.kind != Channel.Kind.THREAD  # threads follow their channel
        for each in channel.overwrites
    }
    ids = [channel.id for channel in channels if channel.kind != Channel.Kind.THREAD]
    rows = Overwrite.objects.filter(guild_id=guild_id, channel_id__in=ids)
    known = {(row.channel_id, row.target_id): row for row in rows}
    gone = [known[pair].pk for pair in known.keys() - told.keys()]
    if gone:
        Overwrite.objects.filter(guild_id=guild_id, pk__in=gone).delete()
    return len(gone) + _write_overwrites(guild_id, known, told)


def _write_overwrites(
    guild_id: int,
    known: dict[tuple[int, int], Overwrite],
    told: dict[tuple[int, int], OverwriteFacts],
) -> int:
    fresh = [
        Overwrite(guild_id=guild_id, channel_id=channel_id, **asdict(told[channel_id, target_id]))
        for channel_id, target_id in sorted(told.keys() - known.keys())
    ]
    Overwrite.objects.bulk_create(fresh)
    pairs = sorted(told.keys() & known.keys())
    changed = [known[pair] for pair in pairs if _differs(known[pair], asdict(told[pair]))]
    for row in changed:
        facts = told[row.channel_id, row.target_id]
        row.target, row.allow, row.deny = facts.target, facts.allow, facts.deny
    Overwrite.objects.filter(guild_id=guild_id).bulk_update(
        changed, ["target", "allow", "deny"], 500
    )
    return len(fresh) + len(changed)
