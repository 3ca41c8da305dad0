"""The clock's door to the house itself."""

from django.utils import timezone

from community.services.results import look_at_house
from config.aside import run_aside
from moderation.services.watching import look_at_servers
from moderation.tasks import ANCHORS


def back_up() -> str:
    """Make a backup of everything, and prove it."""
    return run_aside("backup")


def keep_retention() -> str:
    """Let go of what is past its time, each slice in a transaction of its own."""
    return run_aside("retention")


def verify_everything() -> str:
    """Look whether everything holds: in the house, and in the servers whose turn it is."""
    now = timezone.now()
    house = look_at_house(now=now)
    looked, found = look_at_servers(folder=ANCHORS, now=now)
    return f"Does not hold: {house} in the house, {found} in {looked} servers looked at."
