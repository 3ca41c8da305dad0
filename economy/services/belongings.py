"""What somebody has from the shop, and until when; a role bought again lasts on from its end."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from community.models import StandingOrder
from community.scope import guild_scope
from community.services.wishes import ROLE
from economy.models import Purchase
from economy.querysets.shop import PurchaseQuerySet

NEVER = datetime.min.replace(tzinfo=UTC)
FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Some of one thing that somebody has; a role has an end, unless it stays for ever."""

    name: str
    count: int
    role_id: int | None = None
    ends_at: datetime | None = None
    has_come: bool = True


def ends_of(purchases: Iterable[Purchase]) -> dict[int, datetime]:
    """Return when each of these ends, all of one person and one role, the oldest first."""
    ends: dict[int, datetime] = {}
    last = NEVER
    for each in purchases:
        last = end_after(last, each)
        ends[each.pk] = last
    return ends


def end_after(last: datetime, purchase: Purchase) -> datetime:
    """Return when a role ends that is bought again while it lasts, or after that."""
    if purchase.lasts is None or last == FOR_EVER:
        return FOR_EVER
    return max(purchase.at, last) + purchase.lasts


def end_of(purchases: Iterable[Purchase]) -> datetime:
    """Return when the last of these ends; NEVER when there are none."""
    return max(ends_of(purchases).values(), default=NEVER)


def as_until(end: datetime) -> datetime | None:
    """Return an end as standing orders have it, which call no end none."""
    return None if end == FOR_EVER else end


def kept_of(guild_id: int, owner_id: int) -> PurchaseQuerySet:
    """Return what somebody bought and did not give back, the oldest first."""
    kept: PurchaseQuerySet = Purchase.objects.of(guild_id).of_owner(owner_id).kept()
    return kept


def belongings_of(*, guild_id: int, user_id: int, now: datetime) -> list[Belonging]:
    """Return what somebody has: things by their names, and roles that have not ended."""
    with guild_scope(guild_id):
        kept = list(kept_of(guild_id, user_id).select_related("item"))
        things: dict[int, list[Purchase]] = {}
        roles: dict[int, list[Purchase]] = {}
        for each in kept:
            if each.gives_role_id is None:
                things.setdefault(each.item_id, []).append(each)
            else:
                roles.setdefault(each.gives_role_id, []).append(each)
        plain = [Belonging(some[0].item.name, len(some)) for some in things.values()]
        return sorted(plain, key=lambda one: one.name) + _roles(guild_id, user_id, roles, now)


def _roles(
    guild_id: int, user_id: int, roles: dict[int, list[Purchase]], now: datetime
) -> list[Belonging]:
    """Return the roles that have not ended, those that end first in front."""
    running = {role: some for role, some in roles.items() if end_of(some) > now}
    wished = StandingOrder.objects.of(guild_id).about(user_id).filter(kind=ROLE)
    known = wished.filter(subject__in=running) if running else wished.none()
    confirmed = dict(known.values_list("subject", "applied_rev"))
    told = []
    for role_id, some in sorted(running.items(), key=lambda each: end_of(each[1])):
        has_come = some[-1].wish <= confirmed.get(role_id, 0)
        ends_at = as_until(end_of(some))
        told.append(Belonging(some[-1].item.name, 1, role_id, ends_at, has_come))
    return told
