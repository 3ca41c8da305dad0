"""The clock's door into activity: what happens by itself."""

from django.utils import timezone

from activity.services import merit, months, proving, rewards


def keep_activity_roles() -> str:
    """Give and take the roles of those who were active enough, or are so no more."""
    swept = merit.keep_activity_roles(now=timezone.now())
    failed = f", {swept.failed} servers failed" if swept.failed else ""
    return f"{swept.given} given, {swept.taken} taken{failed}"


def keep_months() -> str:
    """Make the months of messages that are about to be needed, and drop those that are over."""
    return months.keep_months(now=timezone.now())


def prove_counters() -> str:
    """Hold counters against what they count, and put them right; each server once a day."""
    return proving.prove_counters(now=timezone.now())


def settle_rewards() -> str:
    """Make good which roles people's levels bring, where something went missing."""
    settled = rewards.settle_all_rewards()
    return f"{settled.given} given, {settled.taken} taken"
