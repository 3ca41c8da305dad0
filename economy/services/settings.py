"""How a server handles its coins: changed with before and after in the audit log."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from community.durations import say_duration
from community.errors import HouseError
from community.models import Grant, Guild, Staff
from community.services.audit import OnDiscord, write_audit
from community.services.grants import require
from community.services.settings import COINS, Section
from economy.models import EconomySettings

OWN = (
    ("day", "A day's coins", ("daily_coins", "streak_coins", "streak_days")),
    ("work", "Work", ("work_least", "work_most", "work_pause")),
    ("payments", "Payments", ("pay_tax", "ask_above", "freezes_muted")),
    ("games", "Games", ("gambling_enabled", "stake_least", "stake_most", "house_edge")),
)


def setting_sections() -> list[Section]:
    """Return the sections of how a server handles its coins."""
    return [
        Section(
            name=name,
            topic=COINS,
            title=title,
            model=EconomySettings,
            fields=fields,
            row=EconomySettings.objects.in_force,
            change=change_economy_settings,
        )
        for name, title, fields in OWN
    ]


@transaction.atomic
def change_economy_settings(
    *, guild_id: int, by: Staff | OnDiscord, **changes: Any
) -> EconomySettings:
    """Change how a server handles its coins; what has moved stays as it is."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    # There may be no row to lock yet: changes of one server wait for each other at the server.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    settings: EconomySettings = EconomySettings.objects.in_force(guild_id)
    before = {name: getattr(settings, name) for name in changes}
    for name, value in changes.items():
        setattr(settings, name, value)
    changed = [name for name, value in changes.items() if before[name] != value]
    if changed:
        _save(settings)
        write_audit(
            verb="economy.settings.changed",
            subject=("settings", guild_id),
            by=by,
            guild_id=guild_id,
            before={name: _told(before[name]) for name in changed},
            after={name: _told(changes[name]) for name in changed},
        )
    return settings


def _save(settings: EconomySettings) -> None:
    try:
        settings.clean_fields(exclude=["guild"])
        settings.validate_constraints(exclude=["guild"])
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error
    settings.save()


def _told(value: Any) -> Any:
    return say_duration(value) if hasattr(value, "total_seconds") else value
