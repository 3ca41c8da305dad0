"""Whether everything holds that must: a plain sentence for each thing that does not."""

from collections.abc import Iterator

from django.db.models import Count, F

from community.kinds import OrderKind, all_kinds
from community.models import Guild, StandingOrder
from community.scope import cross_guild, guild_scope
from moderation.models import CaseEvent, LadderFire, MemberWarning, Punishment
from moderation.services.proof import breaches_of_history
from moderation.services.punishments import CARRIERS, order_of

Breaches = Iterator[str]
ONCE = [CaseEvent.Verb.OPENED, CaseEvent.Verb.DELIVERED, CaseEvent.Verb.OVERRULED]


def breaches() -> Breaches:
    """Yield what does not hold, server by server."""
    with cross_guild("every server's history is verified"):
        guild_ids = list(Guild.objects.order_by("pk").values_list("pk", flat=True))
    yield from _kinds_nobody_carries()
    for guild_id in guild_ids:
        with guild_scope(guild_id):
            found = [line for check in CHECKS for line in check(guild_id)]
            found += breaches_of_history(guild_id=guild_id)
        yield from found


def _kinds_nobody_carries() -> Breaches:
    carried = {
        getattr(each, "punishment", "") for each in all_kinds() if isinstance(each, OrderKind)
    }
    for kind in set(Punishment.Kind) - carried:
        yield f"Nothing carries out a {kind}."


def _orders_gone_astray(guild_id: int) -> Breaches:
    kept = StandingOrder.objects.of(guild_id).filter(kind__in=CARRIERS, wanted=True)
    orders = {(order.user_id, order.kind, order.subject): order for order in kept}
    for each in Punishment.objects.of(guild_id).standing().select_related("case"):
        order = orders.pop((each.user_id, order_of(each), each.role_id or 0), None)
        where = f"The {each.kind} of case #{each.case.number} in server {guild_id}"
        if order is None:
            yield f"{where} holds, and nobody keeps it true."
        elif order.until != each.ends_at:
            yield f"{where} ends at another time than what keeps it true."
    for user_id, kind, _ in orders:
        yield f"A {kind} of {user_id} in server {guild_id} is kept true without a punishment."


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
