"""Whether everything holds that must: a plain sentence for each thing that does not."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models import Count, F, Q

from community.kinds import OrderKind, all_kinds
from community.models import Guild, StandingOrder
from community.scope import cross_guild, guild_scope
from community.services.neighbours import apps_that_answer
from moderation.models import CaseEvent, LadderFire, MemberWarning, Punishment
from moderation.services.anchors import anchors_of
from moderation.services.own_rules import rules_that_are_gone
from moderation.services.proof import breaches_of_history
from moderation.services.punishments import CARRIERS, VERBS, order_of

Breaches = Iterator[str]
Matter = tuple[int, str, int]
AT_ONCE = 1_000
ENDINGS = list(VERBS.values())
ONCE = [
    CaseEvent.Verb.OPENED,
    CaseEvent.Verb.DELIVERED,
    CaseEvent.Verb.FAILED,
    CaseEvent.Verb.OVERRULED,
]


def breaches(*, folder: Path | None = None) -> Breaches:
    """Yield what does not hold, server by server; histories also by the anchors in a folder."""
    with cross_guild("every server's history is verified"):
        guild_ids = list(Guild.objects.order_by("pk").values_list("pk", flat=True))
    yield from breaches_of_house()
    for guild_id in guild_ids:
        with guild_scope(guild_id):
            found = found_twice(partial(breaches_in, guild_id, folder=folder))
        yield from found


def breaches_of_house() -> Breaches:
    """Yield what does not hold in every server alike."""
    yield from rules_that_are_gone()
    yield from _kinds_nobody_carries()


def breaches_of_rows(guild_id: int) -> Breaches:
    """Yield what does not hold in one server, its history aside; other apps add what they know."""
    for check in CHECKS:
        yield from check(guild_id)
    for app in apps_that_answer("find_breaches"):
        yield from app.find_breaches(guild_id=guild_id)


def found_twice(look: Callable[[], list[str]]) -> list[str]:
    """Return what a look finds, and finds again: what changed meanwhile is no breach."""
    found = look()
    again = set(look()) if found else set()
    return [line for line in found if line in again]


def breaches_in(guild_id: int, *, folder: Path | None = None) -> list[str]:
    """Return what does not hold in one server, at one look."""
    anchors = anchors_of(guild_id=guild_id, folder=folder) if folder else ()
    history = breaches_of_history(guild_id=guild_id, anchors=anchors)
    return [*breaches_of_rows(guild_id), *history]


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


def _ends_untold(guild_id: int) -> Breaches:
    """Find what ended without its case telling of it, or telling of it twice."""
    told = Count("case__events", filter=Q(case__events__verb__in=ENDINGS))
    ended: Any = Punishment.objects.of(guild_id).exclude(state=Punishment.State.ACTIVE)
    for each in ended.annotate(told=told).exclude(told=1).select_related("case"):
        where = f"The {each.kind} of case #{each.case.number} in server {guild_id}"
        yield f"{where} ended, and its case tells so {each.told} times."


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


CHECKS = (_orders_gone_astray, _ended_too_early, _ends_untold, _told_twice, _ladder_astray)
