"""The clock's door into moderation: warnings that run out, and punishments nobody has ended."""

from django.utils import timezone

from moderation.services import punishments, warnings


def end_run_out_warnings() -> str:
    """End the warnings whose time is over."""
    return f"{warnings.end_run_out_warnings(now=timezone.now())} warnings"


def hurry_overdue_punishments() -> str:
    """Have the bot look at what is over; only it knows Discord's time, and ends it."""
    return f"{punishments.hurry_overdue(now=timezone.now())} overdue"
