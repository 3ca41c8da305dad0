"""The clock's door into community: what the house does for itself."""

from django.utils import timezone

from community.services import arrivals, requests, tables
from community.services.heartbeats import report_quiet_processes as report
from community.services.orders import look_at_everything
from community.services.reminders import set_reminders_right as set_right
from community.services.sessions import clear_ended_sessions


def look_at_standing_orders() -> str:
    """Have the bot look whether everything is as it was wished, in case it missed something."""
    return f"{look_at_everything()} orders to look at"


def clear_sessions() -> str:
    """Forget the desk's sessions that have ended."""
    return f"{clear_ended_sessions()} sessions"


def report_quiet_processes() -> str:
    """Look for processes and jobs that nobody has heard of."""
    return report()


def answer_requests() -> str:
    """Make the copy, or forget the person, that somebody asked for."""
    return requests.answer_requests(now=timezone.now())


def measure_tables() -> str:
    """Write down how large the tables are, so that it can be said how they grow."""
    return f"{tables.measure_tables(now=timezone.now())} tables"


def settle_arrivals() -> str:
    """Give newcomers what they had to wait for."""
    return f"{arrivals.settle_arrivals(now=timezone.now())} newcomers"


def set_reminders_right() -> str:
    """Compute the moments of reminders anew: countries change their clocks."""
    return f"{set_right()} reminders moved"
