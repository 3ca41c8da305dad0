"""Wishes about many people at once: a role that all of them shall have, or have no longer."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from community.models import AT_ONCE, StandingOrder
from community.querysets.outside import StandingOrderQuerySet
from community.services.orders import Hold, fit_reason, hint

# A role that is kept true, and one that is given once and then left to whoever gives and takes.
ROLE, GIVEN = "role", "role_given"
IN_ONE_STATEMENT = 1_000


@transaction.atomic
def want_role_of(
    *,
    guild_id: int,
    role_id: int,
    user_ids: Collection[int],
    until: datetime | None = None,
    reason: str = "",
) -> int:
    """Wish that each of these people have a role, until a moment or for ever; return how many."""
    told = {"wanted": True, "until": until, "reason": fit_reason(reason)}
    return _wish(_made(guild_id, role_id, user_ids, ROLE), told)


@transaction.atomic
def give_role_to(
    *, guild_id: int, role_id: int, user_ids: Collection[int], reason: str = ""
) -> int:
    """Give people a role once: who takes it from them by hand later has the last word."""
    told = {"wanted": True, "until": None, "reason": fit_reason(reason)}
    return _wish(_made(guild_id, role_id, user_ids, GIVEN), told)


@transaction.atomic
def take_role_from(
    *, guild_id: int, role_id: int, user_ids: Collection[int], reason: str = ""
) -> int:
    """Take a role from people, whoever gave it to them."""
    told = {"wanted": False, "until": None, "reason": fit_reason(reason)}
    return _wish(_made(guild_id, role_id, user_ids, GIVEN), told)


@transaction.atomic
def drop_role_of(
    *, guild_id: int, role_id: int, user_ids: Collection[int], reason: str = ""
) -> int:
    """Wish that these people have a role no longer; what nobody wished for them stays."""
    told = {"wanted": False, "until": None, "reason": fit_reason(reason)}
    return _wish(_locked(guild_id, role_id, user_ids).filter(wanted=True), told)


@transaction.atomic
def leave_role_to(*, guild_id: int, role_id: int, user_ids: Collection[int]) -> int:
    """Keep a role true for these people no longer, and leave it to those who have it."""
    return let_go(_locked(guild_id, role_id, user_ids).to_keep())


def let_go(orders: StandingOrderQuerySet) -> int:
    """Close orders as they are: whoever has one in hand finds that it is theirs no longer."""
    return orders.update(
        wanted=False,
        until=None,
        wanted_rev=F("wanted_rev") + 1,
        applied_rev=F("wanted_rev") + 1,
        token=F("token") + 1,
        next_check_at=None,
        closed_at=timezone.now(),
        reason="",
        last_error="",
    )


def _made(
    guild_id: int, role_id: int, user_ids: Collection[int], kind: str
) -> StandingOrderQuerySet:
    """Lock the orders about these people; who has none yet has one now."""
    matter = {"guild_id": guild_id, "kind": kind, "subject": role_id}
    # Rows of rev 0 are nobody's wish yet; the first one is counted like every other.
    fresh = [
        StandingOrder(**matter, user_id=user_id, wanted=False, wanted_rev=0)
        for user_id in sorted(set(user_ids))
    ]
    StandingOrder.objects.bulk_create(fresh, IN_ONE_STATEMENT, ignore_conflicts=True)
    return _locked(guild_id, role_id, user_ids, kind)


def _locked(
    guild_id: int, role_id: int, user_ids: Collection[int], kind: str = ROLE
) -> StandingOrderQuerySet:
    """Lock the orders about these people, always in one sequence."""
    rows = StandingOrder.objects.of(guild_id).filter(kind=kind, subject=role_id)
    theirs: StandingOrderQuerySet = rows.filter(user_id__in=sorted(set(user_ids)))
    list(theirs.select_for_update(no_key=True).order_by("user_id").values_list("pk"))
    return theirs


def _wish(orders: StandingOrderQuerySet, told: dict[str, Any]) -> int:
    waits = Case(When(hold=Hold.PERMISSION, then=Value(Hold.NOTHING.value)), default=F("hold"))
    count = orders.update(
        **told,
        wanted_rev=F("wanted_rev") + 1,
        wanted_at=timezone.now(),
        next_check_at=AT_ONCE,
        closed_at=None,
        attempts=0,
        last_error="",
        hold=waits,
    )
    if count:
        hint()
    return count
