"""What a server wants counted, and how: changed with before and after in the audit log."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from activity.models import ActivitySettings
from community.durations import say_duration
from community.errors import HouseError
from community.models import Grant, Guild, Staff
from community.services.audit import OnDiscord, write_audit
from community.services.grants import require


def settings_of(guild_id: int) -> ActivitySettings:
    """Return how a server wants to be counted; who never said so is counted as the fields begin."""
    known: ActivitySettings | None = ActivitySettings.objects.of(guild_id).first()
    return known or ActivitySettings(guild_id=guild_id)


@transaction.atomic
def change_activity_settings(
    *, guild_id: int, by: Staff | OnDiscord, **changes: Any
) -> ActivitySettings:
    """Change what a server wants counted; what was counted before stays."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    # There may be no row to lock yet: changes of one server wait for each other at the server.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    settings = settings_of(guild_id)
    before = {name: getattr(settings, name) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    changed = [name for name, value in changes.items() if before[name] != value]
    if changed:
        _save(settings)
        write_audit(
            verb="activity.settings.changed",
            subject=("settings", guild_id),
            by=by,
            guild_id=guild_id,
            before={name: _told(before[name]) for name in changed},
            after={name: _told(changes[name]) for name in changed},
        )
    return settings


def _save(settings: ActivitySettings) -> None:
    try:
        settings.clean_fields(exclude=["guild", "level_channel"])
        settings.validate_constraints(exclude=["guild", "level_channel"])
        with transaction.atomic():
            settings.save()
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error
    except IntegrityError as error:
        # The same words for what is another server's and for what is nowhere.
        raise HouseError("There is no such channel in this server.") from error


def _told(value: Any) -> Any:
    """Return a setting as history keeps it."""
    if isinstance(value, list):
        return [str(each) for each in value]
    if hasattr(value, "total_seconds"):
        return say_duration(value)
    return str(value.pk) if isinstance(value, models.Model) else value
