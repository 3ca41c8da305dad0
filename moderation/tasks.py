"""The clock's door into moderation: warnings that run out, and punishments nobody has ended."""

from django.conf import settings
from django.utils import timezone

from moderation.services import anchors, punishments, warnings

ANCHORS = settings.GUILDHALL_DATA / "anchors"


def end_run_out_warnings() -> str:
    """End the warnings whose time is over."""
    return f"{warnings.end_run_out_warnings(now=timezone.now())} warnings"


def hurry_overdue_punishments() -> str:
    """Have the bot look at what is over; only it knows Discord's time, and ends it."""
    return f"{punishments.hurry_overdue(now=timezone.now())} overdue"


def anchor_histories() -> str:
    """Write down, outside the database and in each server's log, where its history stands."""
    return f"{anchors.anchor_histories(folder=ANCHORS, at=timezone.now())} histories"
