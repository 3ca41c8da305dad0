"""What the clock does for the economy."""

from django.utils import timezone

from economy.services.archiving import archive_old_coins
from economy.services.days import count_economy_days


def count_days() -> str:
    """Count what moved yesterday and today."""
    return f"{count_economy_days(now=timezone.now())} sums of days are up to date."


def archive_coins() -> str:
    """Move what is over its time to archive files."""
    return f"{archive_old_coins(now=timezone.now())} rows left for the archive."
