"""What becomes of sessions at the desk that have ended by themselves."""

from django.contrib.sessions.models import Session
from django.utils import timezone


def clear_ended_sessions() -> int:
    """Delete the sessions whose time is over; return how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
