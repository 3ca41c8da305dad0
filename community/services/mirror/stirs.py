"""What news of a server mean for what is kept true there: have a look, try again, or wait."""

from collections.abc import Callable, Sequence

from community.services.mirror import facts
from community.services.orders import hold_guild, observe_orders, release_guild, wake_guild

Stir = Callable[[int, Sequence[facts.Told]], object]


def stir_orders(*, guild_id: int, told: Sequence[facts.Told]) -> None:
    """Let the orders know; what really happened, only a look at Discord tells."""
    if told and (stir := STIRS.get(type(told[0]))):
        stir(guild_id, told)


def _about_people(guild_id: int, told: Sequence[facts.Told]) -> None:
    people = {getattr(each, "user_id", 0) or each.person.user_id for each in told}  # type: ignore[union-attr]
    observe_orders(guild_id=guild_id, user_ids=people)


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
