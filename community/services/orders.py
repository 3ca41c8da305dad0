"""Standing orders: wished for, taken up, confirmed by Discord, and never lost in between.

Every wish counts `wanted_rev` up, also one that changes nothing, so that a confirmation of an older
one cannot pass for it. What is due is decided by Discord's time, which only the bot knows: it hands
it over as `now`. Whoever takes an order up gets a token; what an older token says does not count.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Least
from django.utils import timezone

from community.errors import HouseError
from community.kinds import Seen, known_orders, order_kind, signed_kinds
from community.models import AT_ONCE, Errand, Grant, Staff, StandingOrder
from community.querysets.outside import StandingOrderQuerySet
from community.scope import cross_guild, guild_scope
from community.services.audit import write_audit
from community.services.grants import require
from community.services.leases import require_lead

# Who dies with an order in hand gives it back by this.
IN_HAND = timedelta(seconds=30)
# A call that was on its way when its bot lost the lead has been heard by then, and told of.
LATE_CALLS = timedelta(days=1)
LOOK_AGAIN = timedelta(hours=6)
BETWEEN_PROBES = timedelta(minutes=1)
LONGEST_BETWEEN_PROBES = timedelta(minutes=30)
HINT = "guildhall_outside"

Hold = StandingOrder.Hold


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong out there, in words, and what that means for the next try."""

    words: str
    wait: timedelta
    hold: str = ""
    is_final: bool = False
    is_unsure: bool = False
    is_everybodys: bool = False


def hint() -> None:
    """Tell the bot, once this transaction is done, what it would find by looking a bit later."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {HINT}")


@transaction.atomic
def want_order(
    *,
    guild_id: int,
    user_id: int,
    kind: str,
    subject: int = 0,
    until: datetime | None = None,
    reason: str = "",
) -> StandingOrder:
    """Wish that something be so and stay so, until a moment or for ever; each wish counts."""
    order = lock_order(guild_id=guild_id, user_id=user_id, kind=kind, subject=subject)
    order.wanted, order.until, order.reason = True, until, fit_reason(reason)
    order.lifts_all_before = None
    _wish(order)
    return order


@transaction.atomic
def let_wait(*, order: StandingOrder, until: datetime) -> None:
    """Let a fresh wish wait a moment for something that must come first."""
    order.next_check_at = until
    order.save(update_fields=["next_check_at"])


@transaction.atomic
def hurry_order(*, guild_id: int, user_id: int, kind: str) -> bool:
    """Go on with a wish that waited for something else; True when one did."""
    fresh = StandingOrder.objects.of(guild_id).about(user_id).filter(kind=kind, attempts=0)
    waiting = fresh.filter(applied_rev__lt=F("wanted_rev"))
    if count := waiting.update(next_check_at=AT_ONCE):
        hint()
    return count > 0


@transaction.atomic
def drop_order(
    *,
    guild_id: int,
    user_id: int,
    kind: str,
    subject: int = 0,
    reason: str = "",
    lifts_all_before: datetime | None = None,
) -> StandingOrder | None:
    """Wish that something be so no longer; None when nobody ever wished it.

    With a moment at which staff decided so, what others set before then goes as well.
    """
    there = StandingOrder.objects.of(guild_id).about(user_id).filter(kind=kind, subject=subject)
    order: StandingOrder | None = there.select_for_update(no_key=True).first()
    if order is None and lifts_all_before is not None:
        order = lock_order(guild_id=guild_id, user_id=user_id, kind=kind, subject=subject)
    if order is not None:
        order.wanted, order.until, order.lifts_all_before = False, None, lifts_all_before
        order.reason = fit_reason(reason) or order.reason
        _wish(order)
    return order


@transaction.atomic
def claim_orders(
    *,
    now: datetime,
    epoch: int,
    most: int,
    besides: Collection[int] = (),
    busy: Collection[int] = (),
) -> list[StandingOrder]:
    """Take up what is due; what has run out is served in the same transaction.

    Nothing of `besides`, nor of busy servers; a server takes its turn with the others.
    """
    with cross_guild("what must be so out there, in every server"):
        require_lead(epoch)
        due = StandingOrder.objects.due(now, besides=besides, busy=busy)
        # Of a kind that no app registers any more, a row waits for its app, and stops no other.
        due = due.filter(kind__in=known_orders())
        if not due.exists():  # as mostly, and sooner said than whose turn it is
            return []
        chosen = due.in_turn(most)
        return [_take_up(order, now) for order in _one_probe_at_a_time(chosen, now)]


def settle_order(*, order: StandingOrder, seen: Seen, now: datetime, epoch: int) -> bool:
    """Write down that Discord shows what was wished; False when that is not ours to say."""
    with _in_hand(order, epoch) as row:
        if row is None:
            return False
        was_held = row.hold == Hold.PERMISSION
        row.applied_rev = max(row.applied_rev, order.wanted_rev)
        row.owner, row.marks = seen.owner, [seen.mark] if seen.mark else []
        row.attempts, row.last_error, row.hold = 0, seen.words[:300], Hold.NOTHING
        row.confirmed_at = now
        _plan_next_look(row, now)
        if row.is_settled:
            order_kind(row.kind).confirmed(row, seen, now)
        row.save()
        if was_held:
            _release_held(row)
        return True


def accept_drift(*, order: StandingOrder, seen: Seen, now: datetime, epoch: int) -> bool:
    """Write down that somebody changed by hand what was so; False when we want it as it was.

    Only a settled order drifts: one that was never confirmed is no proof of anybody's wish.
    """
    with _in_hand(order, epoch) as row:
        if row is None:
            return True
        if not row.is_settled or row.wanted_rev != order.wanted_rev:
            row.next_check_at = AT_ONCE
            row.save(update_fields=["next_check_at"])
            return False
        if order_kind(row.kind).drifted(row, seen, now):
            row.wanted, row.until = False, None
            row.wanted_rev += 1
            row.applied_rev = row.wanted_rev
            row.owner, row.marks, row.last_error = seen.owner, [], seen.words[:300]
            _plan_next_look(row, now)
        else:
            row.wanted_rev += 1
            row.next_check_at = AT_ONCE
        row.save()
        return row.is_settled


def fail_order(*, order: StandingOrder, trouble: Trouble, now: datetime, epoch: int) -> bool:
    """Write down what went wrong, and when it is tried again."""
    with _in_hand(order, epoch) as row:
        if row is None:
            return False
        row.last_error, row.hold = trouble.words[:300], trouble.hold
        again = now + trouble.wait
        if trouble.hold == Hold.PERMISSION:
            again = now + min(LONGEST_BETWEEN_PROBES, BETWEEN_PROBES * 2 ** min(row.attempts, 5))
            _postpone_like(row, StandingOrder.objects.of(row.guild_id).held(), again)
        elif trouble.is_everybodys:
            _postpone_like(row, StandingOrder.objects.of(row.guild_id).unsettled(), again)
        if trouble.is_final or trouble.hold == Hold.PERMISSION:
            order_kind(row.kind).refused(row, trouble.words, now)
        row.attempts += 1
        row.next_check_at = AT_ONCE if row.observe else row.no_later_than_its_end(again)
        row.save()
        return True


def next_moment(*, now: datetime) -> datetime | None:
    """Return when something falls due next out there; None when nothing does."""
    with cross_guild("when something is due next, in any server"):
        moments = (
            StandingOrder.objects.open().next_moment(now),
            Errand.objects.open().next_moment(now),
        )
    return min(filter(None, moments), default=None)


def is_current(*, order: StandingOrder, epoch: int) -> bool:
    """Tell whether an order is ours to carry out, still the last wish, and no news came of it."""
    with _in_hand(order, epoch) as row:
        return row is not None and row.wanted_rev == order.wanted_rev and not row.observe


@transaction.atomic
def keep_in_hand(*, orders: Iterable[StandingOrder], now: datetime) -> int:
    """Hold on to what is under way, so that nobody else takes it up."""
    kept = 0
    with cross_guild("what is under way in every server"):
        for order in orders:
            mine = StandingOrder.objects.of(order.guild_id).filter(pk=order.pk, token=order.token)
            at = order.no_later_than_its_end(now + IN_HAND)
            kept += mine.filter(next_check_at__gt=AT_ONCE).update(next_check_at=at)
    return kept


@transaction.atomic
def observe_orders(
    *,
    guild_id: int,
    user_ids: Collection[int] | None = None,
    kinds: Collection[str] | None = None,
) -> int:
    """Have a look soon: something happened out there, whatever it was."""
    orders = _worth_a_look(StandingOrder.objects.of(guild_id))
    if user_ids is not None:
        orders = orders.filter(user_id__in=user_ids)
    if kinds is not None:
        orders = orders.filter(kind__in=kinds)
    if count := orders.update(observe=True, next_check_at=AT_ONCE):
        hint()
    return count


@transaction.atomic
def wake_guild(*, guild_id: int) -> int:
    """Try at once one order of each kind that waits for a permission: somebody's rights changed.

    The others follow when it goes well; all at once would be refused all at once.
    """
    held = StandingOrder.objects.of(guild_id).held()
    probes = list(
        held.order_by("kind", "token", "pk").distinct("kind").values_list("pk", flat=True)
    )
    if count := held.filter(pk__in=probes).update(next_check_at=AT_ONCE):
        hint()
    return count


@transaction.atomic
def hold_guild(*, guild_id: int) -> int:
    """Leave a server's orders alone while Discord cannot reach it, or the bot was removed."""
    orders = StandingOrder.objects.of(guild_id).open().exclude(hold=Hold.RESTORED)
    return orders.update(hold=Hold.GUILD_AWAY)


@transaction.atomic
def release_guild(*, guild_id: int) -> int:
    """Take a server's orders up again, all of them: much may have happened meanwhile."""
    away = StandingOrder.objects.of(guild_id).filter(hold=Hold.GUILD_AWAY)
    away.update(hold=Hold.NOTHING)
    return observe_orders(guild_id=guild_id)


@transaction.atomic
def look_at_everything(*, guild_ids: Collection[int] | None = None) -> int:
    """Have a look at every order of some servers, or of all: events may have been missed."""
    with cross_guild("a look at everything that must be so", among=guild_ids):
        orders = _worth_a_look(StandingOrder.objects.all())
        if count := orders.update(observe=True, next_check_at=AT_ONCE):
            hint()
        return count


@transaction.atomic
def retry_order(*, order: StandingOrder, by: Staff) -> None:
    """Try an order again at once; whoever may moderate may."""
    require(by, Grant.Capability.MODERATE, guild_id=order.guild_id)
    there = StandingOrder.objects.of(order.guild_id).filter(pk=order.pk).to_keep()
    held = there.exclude(hold__in=[Hold.GUILD_AWAY, Hold.RESTORED])
    if not held.update(next_check_at=AT_ONCE, hold=Hold.NOTHING, attempts=0, observe=True):
        raise HouseError("There is nothing to try: it has ended, or its server is away.")
    write_audit(
        verb="community.order.retried",
        subject=("order", order.pk),
        by=by,
        guild_id=order.guild_id,
    )
    hint()


def fit_reason(text: str) -> str:
    """Return a reason as Discord's audit log takes it: one line of at most 512 characters."""
    return "".join(c if c.isprintable() else " " for c in text).strip()[:512]


def lock_order(*, guild_id: int, user_id: int, kind: str, subject: int = 0) -> StandingOrder:
    """Lock an order, before anything that what comes of it locks too; nobody's wish at first."""
    matter = {"guild_id": guild_id, "user_id": user_id, "kind": kind, "subject": subject}
    # A row of rev 0 is nobody's wish yet; the first one is counted like every other.
    fresh = StandingOrder(**matter, wanted=False, wanted_rev=0)
    StandingOrder.objects.bulk_create([fresh], ignore_conflicts=True)
    order: StandingOrder = StandingOrder.objects.select_for_update(no_key=True).get(**matter)
    return order


def _wish(order: StandingOrder) -> None:
    order.wanted_rev += 1
    order.wanted_at = timezone.now()
    order.next_check_at, order.closed_at = AT_ONCE, None
    order.attempts, order.last_error = 0, ""
    if order.hold == Hold.PERMISSION:
        order.hold = Hold.NOTHING
    order.save()
    hint()


def _one_probe_at_a_time(due: list[StandingOrder], now: datetime) -> list[StandingOrder]:
    """Of what waits for a permission, try one order of a kind in a server; the others wait."""
    probed: set[tuple[int, str]] = set()
    chosen = []
    for order in due:
        if order.hold == Hold.PERMISSION and not order.has_served(now):
            if (order.guild_id, order.kind) in probed:
                order.next_check_at = order.no_later_than_its_end(now + BETWEEN_PROBES)
                order.save(update_fields=["next_check_at"])
                continue
            probed.add((order.guild_id, order.kind))
        chosen.append(order)
    return chosen


def _take_up(order: StandingOrder, now: datetime) -> StandingOrder:
    if order.has_served(now):
        with guild_scope(order.guild_id):
            order_kind(order.kind).served(order, now)
    if not order.wanted:
        order.until = None
    elif mark := order_kind(order.kind).mark(order, now):
        # Written down before it is set: should we die between, it is known as ours.
        order.marks = [*order.marks, *({mark} - set(order.marks))]
    order.token += 1
    order.observe = False
    order.next_check_at = order.no_later_than_its_end(now + IN_HAND)
    order.save()
    return order


@contextmanager
def _in_hand(order: StandingOrder, epoch: int) -> Iterator[StandingOrder | None]:
    """Lock the row, within its server; None when the one who speaks of it has it no longer."""
    with transaction.atomic(), guild_scope(order.guild_id):
        require_lead(epoch)
        mine = StandingOrder.objects.of(order.guild_id).filter(pk=order.pk, token=order.token)
        yield mine.select_for_update(no_key=True).first()


def _plan_next_look(row: StandingOrder, now: datetime) -> None:
    if row.observe or not row.is_settled:
        row.next_check_at = AT_ONCE
    elif row.wanted:
        looks = [row.until, order_kind(row.kind).renew_at(row, now)]
        row.next_check_at = min(filter(None, looks), default=None)
    else:
        row.next_check_at, row.closed_at = None, row.closed_at or timezone.now()


def _postpone_like(tried: StandingOrder, waiting: Any, again: datetime) -> None:
    """Let the others of its kind in its server wait as long as the one that was tried."""
    its_end = Case(When(wanted=True, then=F("until")))
    others = waiting.filter(kind=tried.kind, next_check_at__lt=again).exclude(pk=tried.pk)
    others.update(next_check_at=Least(Value(again), its_end), attempts=tried.attempts + 1)


def _release_held(row: StandingOrder) -> None:
    """Try the others of its kind at once: the permission is there."""
    held = StandingOrder.objects.of(row.guild_id).held().filter(kind=row.kind)
    if held.update(hold=Hold.NOTHING, next_check_at=AT_ONCE, attempts=0):
        hint()


def _worth_a_look(orders: StandingOrderQuerySet) -> StandingOrderQuerySet:
    return orders.worth_a_look(signed_kinds(), timezone.now() - LATE_CALLS)
