"""Which roles activity gives and takes, as it says so to the other apps."""

from collections.abc import Iterator

from activity.models import ActivityRole, LevelReward
from community.services.gifts import Gift

LEVEL, ACTIVITY = "level", "activity"


def roles_given(*, guild_id: int) -> Iterator[Gift]:
    """Name the roles that levels bring, and those that are given for activity."""
    rewards = LevelReward.objects.of(guild_id)
    for role_id in rewards.values_list("role_id", flat=True):
        yield Gift(role_id, LEVEL, "A level brings {} already.")
    rules = ActivityRole.objects.of(guild_id)
    for role_id in rules.values_list("role_id", flat=True):
        yield Gift(role_id, ACTIVITY, "{} is given for activity already.")
