"""The clock's door into moderation: what runs out, what nobody has ended, and who is banned."""

from django.conf import settings
from django.utils import timezone

from moderation.services import anchors, first_look, punishments, warnings

ANCHORS = settings.GUILDHALL_DATA / "anchors"


def end_run_out_warnings() -> str:
    """End the warnings whose time is over."""
    return f"{warnings.end_run_out_warnings(now=timezone.now())} warnings"


def hurry_overdue_punishments() -> str:
    """Have the bot look at what is over; only it knows Discord's time, and ends it."""
    return f"{punishments.hurry_overdue(now=timezone.now())} overdue"


def ask_who_is_banned() -> str:
    """Have bans looked through where nobody has, or a backup was put back since."""
    return f"{first_look.ask_everywhere()} servers"


def anchor_histories() -> str:
    """Write down, outside the database and in each server's log, where its history stands."""
    return f"{anchors.anchor_histories(folder=ANCHORS, at=timezone.now())} histories"
