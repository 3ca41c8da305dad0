"""Whether everything holds that must: a plain sentence for each thing that does not."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F

from community.kinds import OrderKind, all_kinds
from community.models import Guild, StandingOrder
from community.scope import cross_guild, guild_scope
from moderation.models import CaseEvent, LadderFire, MemberWarning, Punishment
from moderation.services.proof import breaches_of_history
from moderation.services.punishments import CARRIERS, order_of

Breaches = Iterator[str]
Matter = tuple[int, str, int]
AT_ONCE = 1_000
ONCE = [
    CaseEvent.Verb.OPENED,
    CaseEvent.Verb.DELIVERED,
    CaseEvent.Verb.FAILED,
    CaseEvent.Verb.OVERRULED,
]


def breaches() -> Breaches:
    """Yield what does not hold, server by server."""
    with cross_guild("every server's history is verified"):
        guild_ids = list(Guild.objects.order_by("pk").values_list("pk", flat=True))
    yield from _kinds_nobody_carries()
    for guild_id in guild_ids:
        with guild_scope(guild_id):
            found = breaches_in(guild_id)
            # What changed while we looked is no breach: a second look does not find it again.
            again = set(breaches_in(guild_id)) if found else set()
        yield from (line for line in found if line in again)


def breaches_in(guild_id: int) -> list[str]:
    """Return what does not hold in one server, at one look."""
    found = [line for check in CHECKS for line in check(guild_id)]
    return [*found, *breaches_of_history(guild_id=guild_id)]


def _kinds_nobody_carries() -> Breaches:
    carried = {
        getattr(each, "punishment", "") for each in all_kinds() if isinstance(each, OrderKind)
    }
    for kind in set(Punishment.Kind) - carried:
        yield f"Nothing carries out a {kind}."


def _orders_gone_astray(guild_id: int) -> Breaches:
    standing = Punishment.objects.of(guild_id).standing().select_related("case")
    kept = StandingOrder.objects.of(guild_id).filter(kind__in=CARRIERS, wanted=True)
    for some in _in_pages(standing):
        orders = {_matter(each): each for each in kept.filter(user_id__in=_people(some))}
        for each in some:
            yield from _carried_badly(each, orders.get(_carried_by(each)))
    for those in _in_pages(kept):
        theirs = standing.filter(user_id__in=_people(those))
        carried = {_carried_by(each) for each in theirs}
        for order in those:
            if _matter(order) not in carried:
                what = f"A {order.kind} of {order.user_id} in server {guild_id}"
                yield f"{what} is kept true without a punishment."


def _carried_badly(punishment: Punishment, order: StandingOrder | None) -> Breaches:
    number, server = punishment.case.number, punishment.guild_id
    where = f"The {punishment.kind} of case #{number} in server {server}"
    if order is None:
        yield f"{where} holds, and nobody keeps it true."
    elif order.until != punishment.ends_at:
        yield f"{where} ends at another time than what keeps it true."
    elif order.is_settled and _is_looked_at_too_late(order):
        yield f"{where} ends before anybody looks."


def _is_looked_at_too_late(order: StandingOrder) -> bool:
    looks_at = order.next_check_at
    return order.until is not None and (looks_at is None or looks_at > order.until)


def _carried_by(punishment: Punishment) -> Matter:
    return punishment.user_id, order_of(punishment), punishment.role_id or 0


def _matter(order: StandingOrder) -> Matter:
    return order.user_id, order.kind, order.subject


def _people(rows: list[Any]) -> set[int]:
    return {row.user_id for row in rows}


def _in_pages(rows: Any) -> Iterator[list[Any]]:
    """Read rows some at a time: of open bans there may be very many."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:AT_ONCE]):
        yield page
        last = page[-1].pk


def _ended_too_early(guild_id: int) -> Breaches:
    expired = Punishment.objects.of(guild_id).filter(state=Punishment.State.EXPIRED)
    for each in expired.filter(ended_at__lt=F("ends_at")).select_related("case"):
        yield f"The {each.kind} of case #{each.case.number} in server {guild_id} ended too early."


def _told_twice(guild_id: int) -> Breaches:
    once = CaseEvent.objects.of(guild_id).filter(verb__in=ONCE).order_by()
    twice = once.values("case__number", "verb").annotate(count=Count("id")).filter(count__gt=1)
    for each in twice:
        yield f"Case #{each['case__number']} of server {guild_id} was {each['verb']} twice."


def _ladder_astray(guild_id: int) -> Breaches:
    fires = LadderFire.objects.of(guild_id).select_related("warning__case", "consequence")
    overruled = MemberWarning.Ending.OVERRULED
    for fire in fires.filter(undone_at=None, warning__ending=overruled):
        number = fire.warning.case.number
        yield f"What followed warning #{number} of server {guild_id} was not undone with it."
    for fire in fires.filter(consequence=None, words=""):
        number = fire.warning.case.number
        yield f"Warning #{number} of server {guild_id} reached a rung and nothing followed."


CHECKS = (_orders_gone_astray, _ended_too_early, _told_twice, _ladder_astray)
