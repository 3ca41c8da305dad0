"""Rights that one process holds at a time; the database's clock decides, never a process's own."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from community.errors import HouseError
from community.models import Lease

# Who holds it speaks for the house on Discord.
LEAD = "bot"


class LostLead(HouseError):
    """Another bot leads by now, or will in a moment."""


@transaction.atomic
def hold_lease(*, name: str, holder: str, span: timedelta) -> int | None:
    """Take or renew a lease; return its epoch, or None while somebody else holds it.

    The epoch rises with every change of hands: a write that names an old one can be refused.
    """
    Lease.objects.get_or_create(name=name)
    mine = Lease.objects.filter(name=name, holder=holder, until__gt=Now())
    if not mine.update(until=Now() + span):
        free = Lease.objects.filter(Q(until__lte=Now()) | Q(holder=""), name=name)
        if not free.update(holder=holder, until=Now() + span, epoch=F("epoch") + 1):
            return None
    return Lease.objects.values_list("epoch", flat=True).get(name=name)


def require_lead(epoch: int) -> None:
    """Refuse the word of a bot that leads no more; the one that follows has done it, or will."""
    held = Lease.objects.filter(name=LEAD, epoch=epoch, until__gt=Now()).exclude(holder="")
    if not held.exists():
        raise LostLead("This bot does not lead any more.")


def drop_lease(*, name: str, holder: str) -> bool:
    """Let go of a lease at once; True when it was held."""
    return bool(Lease.objects.filter(name=name, holder=holder).update(holder="", until=Now()))


def holder_of(*, name: str) -> str:
    """Return who holds a lease now; nobody is an empty name."""
    held = Lease.objects.filter(name=name, until__gt=Now())
    return held.values_list("holder", flat=True).first() or ""
