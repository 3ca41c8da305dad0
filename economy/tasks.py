"""What the clock does for the economy."""

from django.utils import timezone

from economy.services.days import count_economy_days


def count_days() -> str:
    """Count what moved yesterday and today."""
    return f"{count_economy_days(now=timezone.now())} sums of days are up to date."
