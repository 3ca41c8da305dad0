"""What happens to servers: the bot comes in, they rename, fall silent, remove it, take it back."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from community.durations import say_duration
from community.errors import HouseError
from community.models import (
    Channel,
    Grant,
    Guild,
    GuildSettings,
    MemberRole,
    Role,
    RoleChoice,
    Staff,
)
from community.services.audit import OnDiscord, write_audit
from community.services.gifts import SILENCE, given_otherwise
from community.services.grants import require
from community.services.greetings import refuse_unreadable_greetings


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildFacts:
    """What Discord tells about a server."""

    name: str
    icon: str = ""
    owner_id: int | None = None
    member_count: int | None = None  # told when the bot comes in, not when the server changes
    locale: str = "en-US"
    features: tuple[str, ...] = ()
    joined_at: datetime | None = None


@transaction.atomic
def meet_guild(*, guild_id: int, facts: GuildFacts) -> Guild:
    """Write a server down at first sight, rename it when it changed, restore it when it returns."""
    told = {name: value for name, value in asdict(facts).items() if value is not None}
    told |= {"features": list(facts.features), "available": True, "left_at": None}
    guild = Guild.objects.select_for_update(no_key=True).filter(pk=guild_id).first()
    if guild is None:
        guild = Guild.objects.create(pk=guild_id, **told)
        GuildSettings.objects.create(guild=guild)
        _note(guild_id, "joined")
    elif changed := [name for name, value in told.items() if getattr(guild, name) != value]:
        _welcome_back(guild)
        for name in changed:
            setattr(guild, name, told[name])
        guild.save(update_fields=changed)
    return guild


@transaction.atomic
def note_outage(*, guild_id: int) -> bool:
    """Remember that Discord cannot reach the server; True the first time. Nothing else changes."""
    return Guild.objects.filter(pk=guild_id, available=True).update(available=False) == 1


@transaction.atomic
def leave_guild(*, guild_id: int, at: datetime | None = None) -> bool:
    """Note that the bot was removed; True the first time. The data waits 30 days for its return."""
    gone = Guild.objects.filter(pk=guild_id, left_at=None)
    left = gone.update(left_at=at or timezone.now()) == 1
    if left:
        _note(guild_id, "left")
    return left


def _welcome_back(guild: Guild) -> None:
    if guild.is_away:
        _note(guild.pk, "returned")


def _note(guild_id: int, what: str) -> None:
    subject = ("guild", guild_id)
    write_audit(verb=f"community.guild.{what}", subject=subject, by=None, guild_id=guild_id)


@transaction.atomic
def meet_channel(*, guild_id: int, channel_id: int, **told: Any) -> Channel:
    """Write a channel down, or what changed about it."""
    channel, _ = Channel.objects.update_or_create(
        guild_id=guild_id, pk=channel_id, defaults={**told, "deleted_at": None}
    )
    return channel


@transaction.atomic
def lose_channels(*, guild_id: int, channel_ids: Collection[int], at: datetime) -> int:
    """Mark channels deleted, and the threads in them; return how many."""
    standing = Channel.objects.standing().filter(guild_id=guild_id)
    threads = standing.filter(kind=Channel.Kind.THREAD, parent_id__in=channel_ids)
    lost = standing.filter(pk__in=channel_ids).update(deleted_at=at)
    return lost + threads.update(deleted_at=at)


def lose_channel(*, guild_id: int, channel_id: int, at: datetime | None = None) -> bool:
    """Mark a channel deleted; True the first time."""
    return lose_channels(guild_id=guild_id, channel_ids=[channel_id], at=at or timezone.now()) > 0


@transaction.atomic
def set_time_zone(*, guild_id: int, zone: str, by: Staff) -> Guild:
    """Let a server's days and hours follow a zone."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    if zone not in available_timezones():
        raise HouseError(f"{zone[:64]} is no time zone. Write it like Europe/Berlin, or UTC.")
    guild = Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    before, guild.tz = guild.tz, zone
    if zone != before:
        guild.save(update_fields=["tz"])
        write_audit(
            verb="community.guild.zone_set",
            subject=("guild", guild_id),
            by=by,
            guild_id=guild_id,
            before={"tz": before},
            after={"tz": zone},
        )
    return guild


@transaction.atomic
def meet_role(*, guild_id: int, role_id: int, **told: Any) -> Role:
    """Write a role down, or what changed about it."""
    role, _ = Role.objects.update_or_create(
        guild_id=guild_id, pk=role_id, defaults={**told, "deleted_at": None}
    )
    return role


@transaction.atomic
def lose_roles(*, guild_id: int, role_ids: Collection[int], at: datetime) -> int:
    """Mark roles deleted, and their assignments ended; return how many."""
    standing = Role.objects.standing().filter(guild_id=guild_id, pk__in=role_ids)
    held = MemberRole.objects.standing().filter(guild_id=guild_id, role_id__in=role_ids)
    held.update(ended_at=Greatest(F("assigned_at"), at))
    return standing.update(deleted_at=at)


def lose_role(*, guild_id: int, role_id: int, at: datetime | None = None) -> bool:
    """Mark a role deleted, and its assignments ended; True the first time."""
    return lose_roles(guild_id=guild_id, role_ids=[role_id], at=at or timezone.now()) > 0


@transaction.atomic
def change_settings(*, guild_id: int, by: Staff | OnDiscord, **changes: Any) -> GuildSettings:
    """Change a server's settings, with before and after in the audit log."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    settings = GuildSettings.objects.select_for_update(no_key=True).get(guild_id=guild_id)
    before = {name: getattr(settings, name) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    changed = [name for name, value in changes.items() if before[name] != value]
    if not changed:
        return settings
    _refuse_nonsense(settings)
    if "mute_role" in changed:
        _refuse_a_role_that_is_given(settings)
    refuse_unreadable_greetings(told={name: changes[name] for name in changed})
    _save(settings, changed)
    write_audit(
        verb="community.settings.changed",
        subject=("settings", guild_id),
        by=by,
        guild_id=guild_id,
        before={name: _told(before[name]) for name in changed},
        after={name: _told(changes[name]) for name in changed},
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


def _refuse_a_role_that_is_given(settings: GuildSettings) -> None:
    """Refuse to silence by a role that people come by in another way."""
    role, of = settings.mute_role, settings.guild_id
    if role is None:
        return
    words = given_otherwise(guild_id=of, by=SILENCE).get(role.pk, "")
    if RoleChoice.objects.filter(guild_id=of, role_id=role.pk).exists():
        words = "People choose {} themselves on a panel."
    if words:
        raise HouseError(f"{words.format(role)} Choose another role to silence by.")


def _told(value: object) -> object:
    """Return a setting as history keeps it."""
    if isinstance(value, timedelta):
        return say_duration(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    return value if isinstance(value, bool | str | int | dict | None) else str(value)
