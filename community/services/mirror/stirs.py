"""What news of a server mean for what is kept true there: have a look, try again, or wait."""

from collections.abc import Callable, Sequence
from datetime import datetime

from community.models import Stay
from community.services.arrivals import (
    hear_arrivals,
    hear_leavers,
    hear_list,
    settle_stays,
)
from community.services.mirror import facts
from community.services.orders import hold_guild, observe_orders, release_guild, wake_guild
from community.services.panels import show_panels_with

Stir = Callable[[int, Sequence[facts.Told]], object]


def stir_orders(*, guild_id: int, told: Sequence[facts.Told]) -> None:
    """Let the orders know; what really happened, only a look at Discord tells."""
    if told and (stir := STIRS.get(type(told[0]))):
        stir(guild_id, told)


def stir_newcomers(*, guild_id: int, told: Sequence[facts.Told], at: datetime) -> None:
    """See to who came, was let in by accepting the rules, or left."""
    match told[0] if told else None:
        case facts.PersonJoined():
            hear_arrivals(guild_id=guild_id, user_ids=_people(told), now=at)
        case facts.PersonChanged():
            _let_in(guild_id, told, at)
        case facts.PersonLeft():
            hear_leavers(guild_id=guild_id, user_ids=_people(told), now=at)
        case facts.ListEnded():
            hear_list(guild_id=guild_id, at=at)
        case facts.RoleLost():
            lost = {each.role_id for each in told if isinstance(each, facts.RoleLost)}
            show_panels_with(guild_id=guild_id, role_ids=lost)


def _let_in(guild_id: int, told: Sequence[facts.Told], at: datetime) -> None:
    waiting = Stay.objects.of(guild_id).open().filter(member__user_id__in=_people(told))
    if keys := list(waiting.values_list("member_id", flat=True)):
        settle_stays(guild_id=guild_id, now=at, member_ids=keys)


def _people(told: Sequence[facts.Told]) -> set[int]:
    return {getattr(each, "user_id", 0) or each.person.user_id for each in told}  # type: ignore[union-attr]


def _about_people(guild_id: int, told: Sequence[facts.Told]) -> None:
    observe_orders(guild_id=guild_id, user_ids=_people(told))


STIRS: dict[type, Stir] = {
    facts.BanSeen: _about_people,
    facts.PersonJoined: _about_people,
    facts.PersonChanged: _about_people,
    facts.PersonLeft: _about_people,
    facts.RightsChanged: lambda guild_id, _: wake_guild(guild_id=guild_id),
    facts.GuildTold: lambda guild_id, _: release_guild(guild_id=guild_id),
    facts.GuildSilent: lambda guild_id, _: hold_guild(guild_id=guild_id),
    facts.GuildLeft: lambda guild_id, _: hold_guild(guild_id=guild_id),
}
