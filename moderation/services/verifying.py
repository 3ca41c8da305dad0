"""Whether everything holds that must: a plain sentence for each thing that does not."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models import Count, F, Q

from community.kinds import OrderKind, all_kinds
from community.models import StandingOrder
from community.scope import guild_scope
from community.services.checks import (
    HouseCheck,
    ServerCheck,
    checks_of_servers,
    find_breaches_in_servers,
    servers_to_verify,
)
from community.services.own_rules import rules_that_are_gone
from moderation.models import CaseEvent, LadderFire, MemberWarning, Punishment
from moderation.services.anchors import anchors_of, find_false_restores
from moderation.services.proof import breaches_of_history
from moderation.services.punishments import CARRIERS, VERBS, order_of

Breaches = Iterator[str]
Matter = tuple[int, str, int]
AT_ONCE = 1_000
ENDED = "moderation_punishment_stays_ended"
NO_ANCHORS = Path(os.devnull) / "anchors"
ENDINGS = list(VERBS.values())
ONCE = [
    CaseEvent.Verb.OPENED,
    CaseEvent.Verb.DELIVERED,
    CaseEvent.Verb.FAILED,
    CaseEvent.Verb.OVERRULED,
]


def house_checks() -> tuple[HouseCheck, ...]:
    """Return what must hold of moderation in every server alike."""
    return (
        HouseCheck(
            name="moderation.kinds",
            holds="Every kind of punishment has somebody who carries it out.",
            fix="An app is missing from the house: start the Guildhall that belongs to these rows.",
            look=_kinds_nobody_carries,
        ),
        HouseCheck(
            name="moderation.ends",
            holds="What has ended stays ended.",
            fix="Look who changed the tables. A backup that is put back has every rule.",
            look=lambda: (each for each in rules_that_are_gone(ENDED) if ENDED in each),
        ),
    )


def server_checks(*, anchors: Path) -> tuple[ServerCheck, ...]:
    """Return what must hold of one server's punishments, warnings and history."""
    decide = "Open the case at the desk and decide it again: what carries it out is written anew."
    ask = "Look who had the tables; compare with a backup from before, and with Discord's log."
    history = partial(_history_astray, anchors=anchors)
    told = partial(_told_of_restores, anchors=anchors)
    checks = (
        ("orders", "Every punishment is kept true, and ends on time.", decide, _orders_gone_astray),
        ("early", "No punishment ended before its time.", decide, _ended_too_early),
        ("told", "Each end is told by its case, once.", ask, _ends_untold),
        ("once", "Nothing that happens once to a case happened twice.", ask, _told_twice),
        ("ladder", "What warnings led to stands and falls with them.", decide, _ladder_astray),
        ("anchors", "What its anchors say of restores is true.", ask, told),
        ("history", "The history is as it was written, up to its anchors.", ask, history),
    )
    return tuple(
        ServerCheck(
            name=f"moderation.{name}", holds=holds, fix=fix, look=look, is_long=look is history
        )
        for name, holds, fix, look in checks
    )


def breaches(*, folder: Path | None = None) -> Breaches:
    """Yield what does not hold, server by server; histories also by the anchors in a folder."""
    yield from rules_that_are_gone(ENDED)
    yield from _kinds_nobody_carries()
    checks = checks_of_servers(anchors=folder or NO_ANCHORS)
    found = find_breaches_in_servers(checks, guild_ids=servers_to_verify())
    yield from (breach.words for breach in found)


def breaches_in(guild_id: int) -> list[str]:
    """Return what does not hold in one server, at one look, without anchors."""
    with guild_scope(guild_id):
        checks = checks_of_servers(anchors=NO_ANCHORS)
        return [words for check in checks for words in check.look(guild_id)]


def _history_astray(guild_id: int, *, anchors: Path) -> Breaches:
    known = anchors_of(guild_id=guild_id, folder=anchors)
    yield from breaches_of_history(guild_id=guild_id, anchors=known)


def _told_of_restores(guild_id: int, *, anchors: Path) -> Breaches:
    yield from find_false_restores(guild_id=guild_id, folder=anchors)


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
