"""What looks at whether everything holds have found, server by server."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from community.models import Guild, Verdict
from community.scope import cross_guild

LISTED = 20
# What was found: of which check, in which words.
Named = tuple[str, str]


def servers_to_look_at(*, now: datetime, every: timedelta) -> list[int]:
    """Return the servers nobody has looked at for so long, those that wait longest in front."""
    with cross_guild("every server's rows are verified in turn"):
        lately = Verdict.objects.filter(looked_at__gt=now - every).values("guild_id")
        waiting = Guild.objects.present().exclude(pk__in=lately)
        looked = {each.guild_id: each for each in Verdict.objects.all()}
        keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    first = datetime.min.replace(tzinfo=now.tzinfo)
    return sorted(keys, key=lambda key: (key in looked and looked[key].looked_at) or first)


def look_under_way(*, guild_id: int) -> Verdict:
    """Return how far the look at a server has come."""
    Verdict.objects.bulk_create([Verdict(guild_id=guild_id)], ignore_conflicts=True)
    verdict: Verdict = Verdict.objects.of(guild_id).get()
    return verdict


@transaction.atomic
def note_progress(*, verdict: Verdict, seq: int, head: str, found: Sequence[Named]) -> None:
    """Write down how far a look has come, and what it has found on its way."""
    verdict.seq, verdict.hash = seq, head
    verdict.found = [*verdict.found, *found][:LISTED]
    verdict.save(update_fields=["seq", "hash", "found"])


@transaction.atomic
def note_verdict(*, verdict: Verdict, found: Sequence[Named], now: datetime) -> int:
    """Write down what a whole look has found; return how much that is."""
    named = [*map(tuple, verdict.found), *found]
    verdict.breaches, verdict.count = [words for _, words in named[:LISTED]], len(named)
    verdict.by_check = Counter(check for check, _ in named)
    verdict.looked_at = now
    verdict.found, verdict.seq, verdict.hash = [], 0, ""
    verdict.save()
    return verdict.count


def last_verdict(*, guild_id: int) -> Verdict | None:
    """Return what was found last; None when nobody has looked yet."""
    looked: Verdict | None = Verdict.objects.of(guild_id).exclude(looked_at=None).first()
    return looked
