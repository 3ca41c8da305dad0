"""What somebody has from the shop, and until when; a role bought again lasts on from its end."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from community.models import StandingOrder
from community.scope import guild_scope
from community.services.wishes import ROLE
from economy.models import Purchase, PurchaseReturn
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


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a purchase: given back and why, or a role that has come, and ends."""

    returned: str = ""
    ends_at: datetime | None = None
    has_come: bool = True
    is_over: bool = False


def fates_of(*, guild_id: int, purchases: Iterable[Purchase], now: datetime) -> dict[int, Fate]:
    """Say what became of some purchases of one server, each with its wallet at hand."""
    asked = list(purchases)
    rows = PurchaseReturn.objects.of(guild_id).filter(purchase__in=[each.pk for each in asked])
    fates = {back.purchase_id: Fate(returned=back.get_cause_display()) for back in rows}
    roles = [each for each in asked if each.gives_role_id and each.pk not in fates]
    if not roles:
        return fates
    wallets, role_ids = (
        {each.wallet_id for each in roles},
        {each.gives_role_id or 0 for each in roles},
    )
    kept = Purchase.objects.of(guild_id).kept().filter(wallet__in=wallets)
    found = kept.filter(gives_role_id__in=role_ids).select_related("wallet")
    confirmed = _confirmed(guild_id, {each.wallet.owner_id for each in roles}, role_ids)
    for theirs in _by_matter(found).values():
        for each, end in zip(theirs, ends_of(theirs).values(), strict=True):
            rev = confirmed.get((each.wallet.owner_id, each.gives_role_id), 0)
            # Of what is over its order is forgotten after a while; it came.
            is_over = end <= now
            fates[each.pk] = Fate("", as_until(end), each.wish <= rev or is_over, is_over)
    return fates


def _by_matter(purchases: Iterable[Purchase]) -> dict[tuple[int, int | None], list[Purchase]]:
    """Sort purchases by whose they are and which role they bring."""
    sorted_: dict[tuple[int, int | None], list[Purchase]] = {}
    for each in purchases:
        sorted_.setdefault((each.wallet_id, each.gives_role_id), []).append(each)
    return sorted_


def _confirmed(
    guild_id: int, user_ids: set[int], role_ids: set[int]
) -> dict[tuple[int, int | None], int]:
    """Return which wish for a role Discord has confirmed, of each person."""
    orders = StandingOrder.objects.of(guild_id).filter(kind=ROLE)
    theirs = orders.filter(user_id__in=user_ids, subject__in=role_ids)
    told = theirs.values_list("user_id", "subject", "applied_rev")
    return {(user_id, role_id): rev for user_id, role_id, rev in told}


def kept_of(guild_id: int, owner_id: int) -> PurchaseQuerySet:
    """Return what somebody bought and did not give back, the oldest first."""
    kept: PurchaseQuerySet = Purchase.objects.of(guild_id).of_owner(owner_id).kept()
    return kept


def belongings_of(*, guild_id: int, user_id: int, now: datetime) -> list[Belonging]:
    """Return what somebody has: things by their names, and roles that have not ended."""
    with guild_scope(guild_id):
        kept = list(kept_of(guild_id, user_id).select_related("item", "wallet"))
        things = Counter(each.item.name for each in kept if each.gives_role_id is None)
        plain = [Belonging(name, count) for name, count in sorted(things.items())]
        fates = fates_of(guild_id=guild_id, purchases=kept, now=now)
        # Of what was bought again, the last one says until when.
        roles = {each.gives_role_id: each for each in kept if each.gives_role_id}
        return plain + [
            Belonging(each.item.name, 1, role_id, fate.ends_at, fate.has_come)
            for role_id, each in roles.items()
            if not (fate := fates[each.pk]).is_over
        ]
