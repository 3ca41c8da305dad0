"""What came of looking whether everything holds: written down by the clock, for the keepers."""

import logging
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Min

from community.models import CheckResult, Verdict
from community.scope import cross_guild
from community.services.checks import (
    HouseCheck,
    ServerCheck,
    checks_of_house,
    checks_of_servers,
    find_house_breaches,
)
from community.services.progress import tell_progress
from community.services.verdicts import LISTED

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one thing that must hold stood when somebody looked last; `servers` where it did not."""

    check: HouseCheck | ServerCheck
    looked_at: datetime | None
    took: timedelta | None
    count: int
    breaches: tuple[str, ...]
    servers: int = 0


def look_at_house(*, now: datetime, anew: bool = False) -> int:
    """Look at everything of the house that is due; return how much of it does not hold."""
    known = checks_of_house()
    CheckResult.objects.exclude(name__in=[check.name for check in known]).delete()
    # What did not hold is looked at each time: it may have been mended.
    lately = dict(CheckResult.objects.filter(count=0).values_list("name", "looked_at"))
    for number, check in enumerate(known):
        tell_progress(done=number, whole=len(known))
        looked_at = lately.get(check.name)
        if anew or looked_at is None or not now - check.every < looked_at <= now:
            _look(check, now)
    return sum(CheckResult.objects.values_list("count", flat=True))


@transaction.atomic
def _look(check: HouseCheck, now: datetime) -> None:
    begun = time.monotonic()
    found = [breach.words for breach in find_house_breaches(check)]
    if found:
        log.error("%s does not hold: %s", check.name, " ".join(found[:3]))
    told = {"looked_at": now, "count": len(found), "breaches": found[:LISTED]}
    told["took"] = timedelta(seconds=time.monotonic() - begun)
    CheckResult.objects.update_or_create(name=check.name, defaults=told)


def standings_of_house() -> list[Standing]:
    """Return how everything of the house stood last."""
    results = {result.name: result for result in CheckResult.objects.all()}
    return [_standing(check, results.get(check.name)) for check in checks_of_house()]


def standings_of_servers() -> list[Standing]:
    """Return in how many servers each thing did not hold; which and how, is told there."""
    with cross_guild("in how many servers what does not hold"):
        looked = Verdict.objects.exclude(looked_at=None)
        oldest = looked.aggregate(it=Min("looked_at"))["it"]
        counts, servers = _sums(looked.values_list("by_check", flat=True))
    return [
        Standing(check, oldest, None, counts[check.name], (), servers[check.name])
        for check in checks_of_servers(anchors=Path())
    ]


def count_failing() -> tuple[int, int]:
    """Return how many things do not hold in the house, and in how many servers some do not."""
    house = CheckResult.objects.filter(count__gt=0).count()
    with cross_guild("in how many servers something does not hold"):
        return house, Verdict.objects.filter(count__gt=0).count()


def _sums(told: Iterable[dict[str, int]]) -> tuple[Counter[str], Counter[str]]:
    counts: Counter[str] = Counter()
    servers: Counter[str] = Counter()
    for by_check in told:
        counts.update(by_check)
        servers.update(by_check.keys())
    return counts, servers


def _standing(check: HouseCheck, result: CheckResult | None) -> Standing:
    if result is None:
        return Standing(check, None, None, 0, ())
    breaches = tuple(result.breaches)
    return Standing(check, result.looked_at, result.took, result.count, breaches)
