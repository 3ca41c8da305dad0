"""What moderation comes to: acts by day and kind, and by moderator; one question each."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate, TruncWeek

from moderation.models import Case

# How kinds are told together, in the order in which they are drawn.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Warnings": ("warn",),
    "Mutes": ("mute",),
    "Kicks": ("kick", "softban"),
    "Bans": ("ban",),
    "Taken back": ("unmute", "unban"),
    "Everything else": ("note", "purge", "lock", "unlock", "slowmode"),
}
GROUP_OF = {kind: name for name, kinds in GROUPS.items() for kind in kinds}


@dataclass(slots=True)
class Share:
    """What one moderator did, by group; `undone` of it was overruled.

    Who has an account at the desk and no name on Discord goes by the account.
    """

    moderator_id: int | None
    account: str = ""
    acts: Counter[str] = field(default_factory=Counter)
    undone: int = 0


def acts_by_time(
    *, guild_id: int, since: datetime, until: datetime, by_week: bool = False
) -> dict[date, Counter[str]]:
    """Return how often what was done, by the first day of each day or week that saw anything."""
    start = TruncWeek("created_at") if by_week else TruncDate("created_at")
    rows = _between(guild_id, since, until).annotate(start=start).values("start", "kind")
    found: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows.annotate(many=Count("*")):
        day = row["start"].date() if isinstance(row["start"], datetime) else row["start"]
        found[day][GROUP_OF[row["kind"]]] += row["many"]
    return found


def acts_by_moderator(*, guild_id: int, since: datetime, until: datetime) -> list[Share]:
    """Return who did what, the most active first; what the ladder did by itself is nobody's."""
    rows = _between(guild_id, since, until).exclude(source=Case.Source.RULE)
    undone = Count("overruled_at")
    shares: dict[tuple[int | None, str], Share] = {}
    counted = rows.values("moderator_id", "staff__username", "kind")
    for row in counted.annotate(many=Count("*"), undone=undone):
        account = "" if row["moderator_id"] else row["staff__username"] or ""
        who = row["moderator_id"], account
        share = shares.setdefault(who, Share(*who))
        share.acts[GROUP_OF[row["kind"]]] += row["many"]
        share.undone += row["undone"]
    return sorted(shares.values(), key=lambda each: (-each.acts.total(), each.moderator_id or 0))


def acts_between(*, guild_id: int, since: datetime, middle: datetime) -> tuple[int, int]:
    """Return how many acts lie before and after a moment, of those since another."""
    rows = Case.objects.of(guild_id).filter(created_at__gte=since)
    after = Count("created_at", filter=Q(created_at__gte=middle))
    found = rows.aggregate(all=Count("*"), after=after)
    return found["all"] - found["after"], found["after"]


def _between(guild_id: int, since: datetime, until: datetime) -> QuerySet[Case]:
    rows = Case.objects.of(guild_id).filter(created_at__gte=since, created_at__lt=until)
    return rows.order_by()
