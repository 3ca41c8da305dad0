"""What others gave with Discord's own buttons, and what of it still holds as far as is known."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from moderation.models import Case

# What is given, and what takes it back.
UNDONE_BY = {Case.Kind.BAN: Case.Kind.UNBAN, Case.Kind.MUTE: Case.Kind.UNMUTE}


def given_by_hand(*, guild_id: int, user_id: int, now: datetime) -> dict[str, Case]:
    """Return the cases under which others banned or silenced somebody, by what still holds."""
    theirs = Case.objects.of(guild_id).about(user_id)
    lasting = theirs.filter(kind__in=[*UNDONE_BY, *UNDONE_BY.values()])
    latest = lasting.order_by("kind", "-created_at", "-pk").distinct("kind")
    last = {each.kind: each for each in latest}
    found = {given: last.get(given) for given, taken in UNDONE_BY.items() if _is_last(last, given)}
    return {str(kind): case for kind, case in found.items() if case and _holds(case, now)}


def banned_by_hand(*, guild_id: int) -> QuerySet[Case]:
    """Return the cases under which others banned people who are still banned, the latest first."""
    later = Case.objects.of(guild_id).filter(
        user_id=OuterRef("user_id"),
        kind__in=[Case.Kind.BAN, Case.Kind.UNBAN],
        created_at__gt=OuterRef("created_at"),
    )
    bans: QuerySet[Case] = Case.objects.of(guild_id).filter(kind=Case.Kind.BAN)
    theirs = bans.filter(source=Case.Source.DISCORD).exclude(Exists(later))
    return theirs.order_by("-created_at", "-pk")


def _is_last(last: dict[str, Case], given: str) -> bool:
    """Tell whether nobody took it back since."""
    case, taken = last.get(given), last.get(UNDONE_BY[Case.Kind(given)])
    return case is not None and (taken is None or taken.created_at < case.created_at)


def _holds(case: Case, now: datetime) -> bool:
    is_over = case.duration is not None and case.created_at + case.duration <= now
    return case.source == Case.Source.DISCORD and not is_over
