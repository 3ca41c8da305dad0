"""What happens to servers: the bot comes in, they rename, fall silent, remove it, take it back."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from community.errors import HouseError
from community.models import Channel, Grant, Guild, GuildSettings, Role, Staff
from community.services.audit import write_audit
from community.services.grants import require


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildFacts:
    """What Discord tells about a server."""

    name: str
    icon: str = ""
    owner_id: int | None = None
    member_count: int = 0
    locale: str = "en-US"
    features: tuple[str, ...] = ()


@transaction.atomic
def meet_guild(*, guild_id: int, facts: GuildFacts) -> Guild:
    """Write a server down at first sight, rename it when it changed, restore it when it returns."""
    told = {
        "name": facts.name,
        "icon": facts.icon,
        "owner_id": facts.owner_id,
        "member_count": facts.member_count,
        "locale": facts.locale,
        "features": list(facts.features),
        "available": True,
        "left_at": None,
    }
    guild, _ = Guild.objects.update_or_create(pk=guild_id, defaults=told)
    GuildSettings.objects.get_or_create(guild=guild)
    return guild


def note_outage(*, guild_id: int) -> bool:
    """Remember that Discord cannot reach the server; True the first time. Nothing else changes."""
    return Guild.objects.filter(pk=guild_id, available=True).update(available=False) == 1


@transaction.atomic
def leave_guild(*, guild_id: int) -> bool:
    """Note that the bot was removed; True the first time. The data waits 30 days for its return."""
    left = Guild.objects.filter(pk=guild_id, left_at=None).update(left_at=timezone.now()) == 1
    if left:
        write_audit(
            verb="community.guild.left", subject=("guild", guild_id), by=None, guild_id=guild_id
        )
    return left


@transaction.atomic
def meet_channel(*, guild_id: int, channel_id: int, **told: Any) -> Channel:
    """Write a channel down, or what changed about it."""
    channel, _ = Channel.objects.update_or_create(
        guild_id=guild_id, pk=channel_id, defaults={**told, "deleted_at": None}
    )
    return channel


def lose_channel(*, guild_id: int, channel_id: int) -> bool:
    """Mark a channel deleted; True the first time."""
    standing = Channel.objects.standing().filter(guild_id=guild_id, pk=channel_id)
    return bool(standing.update(deleted_at=timezone.now()))


@transaction.atomic
def meet_role(*, guild_id: int, role_id: int, **told: Any) -> Role:
    """Write a role down, or what changed about it."""
    role, _ = Role.objects.update_or_create(
        guild_id=guild_id, pk=role_id, defaults={**told, "deleted_at": None}
    )
    return role


@transaction.atomic
def lose_role(*, guild_id: int, role_id: int) -> bool:
    """Mark a role deleted, and its assignments ended; True the first time."""
    now = timezone.now()
    standing = Role.objects.standing().filter(guild_id=guild_id, pk=role_id)
    if not standing.update(deleted_at=now):
        return False
    held = Role.objects.get(guild_id=guild_id, pk=role_id).holders.filter(ended_at=None)
    held.update(ended_at=Greatest(F("assigned_at"), now))
    return True


@transaction.atomic
def change_settings(*, guild_id: int, by: Staff, **changes: Any) -> GuildSettings:
    """Change a server's settings, with before and after in the audit log."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    settings = GuildSettings.objects.select_for_update(no_key=True).get(guild_id=guild_id)
    before = {name: _told(getattr(settings, name)) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    after = {name: _told(getattr(settings, name)) for name in changes}
    changed = [name for name in changes if before[name] != after[name]]
    if not changed:
        return settings
    _refuse_nonsense(settings)
    _save(settings, changed)
    write_audit(
        verb="community.settings.changed",
        subject=("settings", guild_id),
        by=by,
        guild_id=guild_id,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return settings


def _save(settings: GuildSettings, changed: list[str]) -> None:
    try:
        with transaction.atomic():
            settings.save(update_fields=changed)
    except IntegrityError as error:
        # The same words for what is another server's and for what is nowhere.
        raise HouseError("There is no such channel or role in this server.") from error


def _refuse_nonsense(settings: GuildSettings) -> None:
    # Whether a channel is there, and this server's, is the database's question.
    keys = [field.name for field in GuildSettings._meta.local_fields if field.is_relation]
    try:
        settings.full_clean(exclude=keys, validate_unique=False)
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error


def _told(value: object) -> object:
    """Return a setting as history keeps it."""
    if isinstance(value, models.Model):
        return str(value.pk)
    return value if isinstance(value, bool | str | int | dict | None) else str(value)
