"""Roles that something gives or takes by itself: each app names its own, so that no two fight."""

from collections.abc import Iterator
from dataclasses import dataclass

from community.models import AutoRole, GuildSettings
from community.services.neighbours import apps_that_answer

NEWCOMERS, SILENCE = "newcomers", "silence"


@dataclass(frozen=True, slots=True)
class Gift:
    """A role, what gives it or takes it, and how that is said of the role."""

    role_id: int
    by: str
    words: str


def given_otherwise(*, guild_id: int, by: str) -> dict[int, str]:
    """Return the roles of a server that something else gives or takes, with the words for it."""
    apps = apps_that_answer("roles_given")
    gifts = [gift for app in apps for gift in app.roles_given(guild_id=guild_id)]
    return {gift.role_id: gift.words for gift in gifts if gift.by != by}


def roles_given(*, guild_id: int) -> Iterator[Gift]:
    """Name the roles that newcomers are given, and the one that silences."""
    for role_id in AutoRole.objects.filter(guild_id=guild_id).values_list("role_id", flat=True):
        yield Gift(role_id, NEWCOMERS, "Every newcomer is given {}.")
    settings = GuildSettings.objects.filter(guild_id=guild_id, mute_role__isnull=False)
    for role_id in settings.values_list("mute_role_id", flat=True):
        yield Gift(role_id, SILENCE, "{} silences who has it.")
