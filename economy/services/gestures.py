"""What somebody asks for with their own coins, and whether they may move any."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from community.models import GuildSettings, StandingOrder
from community.scope import guild_scope
from community.services.people import is_present
from economy.errors import NoCoins
from economy.models import EconomySettings

R = TypeVar("R")
SILENCING = ("timeout", "mute_role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """One wish of one person; `asked` is Discord's own id of it, so that it counts once."""

    guild_id: int
    user_id: int
    asked: str
    now: datetime
    is_sure: bool = False


def in_its_server(service: Callable[..., R], *, gesture: Gesture, **given: Any) -> R:
    """Do what somebody asked for, among the rows of their server."""
    with guild_scope(gesture.guild_id):
        return service(gesture=gesture, **given)


def settings_for(gesture: Gesture) -> EconomySettings:
    """Return how the server handles coins, when the one who asks may move some at all."""
    about = GuildSettings.objects.filter(guild_id=gesture.guild_id)
    if not about.filter(economy_enabled=True).exists():
        raise NoCoins("This server has switched its economy off.")
    settings: EconomySettings = EconomySettings.objects.in_force(gesture.guild_id)
    if settings.freezes_muted and is_silenced(gesture):
        raise NoCoins("Your coins are frozen while you are muted.")
    return settings


def is_silenced(gesture: Gesture) -> bool:
    """Tell whether they are kept silent on Discord, whoever wished it."""
    theirs = StandingOrder.objects.of(gesture.guild_id).about(gesture.user_id)
    return theirs.filter(kind__in=SILENCING, wanted=True).exists()


def refuse_absent(gesture: Gesture, user_id: int) -> None:
    """Refuse when somebody is not in the server."""
    if not is_present(guild_id=gesture.guild_id, user_id=user_id):
        raise NoCoins("They are not in this server.")
