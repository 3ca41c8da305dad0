"""The clock's door into moderation: warnings that run out, and punishments nobody has ended."""

import logging

from django.conf import settings
from django.utils import timezone

from moderation.services import anchors, punishments, verifying, warnings, watching

log = logging.getLogger(__name__)
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


def verify_everything() -> str:
    """Look whether everything holds that must, in the servers whose turn it is."""
    house = list(verifying.breaches_of_house())
    looked, found = watching.look_at_servers(folder=ANCHORS, now=timezone.now())
    if house or found:
        log.error("%s breaches of what must hold. %s", len(house) + found, " ".join(house))
    return " ".join([f"{looked} servers, {len(house) + found} breaches.", *house])
