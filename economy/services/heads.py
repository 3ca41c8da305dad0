"""How many coins ever moved in each server: a backup's paper remembers, a restore is held to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Sum

from community.scope import cross_guild
from economy.models import Wallet

# Under which name a paper keeps it, server by server.
COINS = "coins"


def heads_of_history() -> dict[str, Any]:
    """Return how many lines each server's wallets have ever had."""
    with cross_guild("where every server's coins stand"):
        lines = Wallet.objects.order_by().values("guild_id").annotate(lines=Sum("last_seq"))
        return {COINS: {str(each["guild_id"]): each["lines"] for each in lines if each["lines"]}}


def missing_since(heads: Mapping[str, Any]) -> Iterator[str]:
    """Say how many lines the wallets had then that are not here; nothing where none are missing."""
    here = heads_of_history()[COINS]
    for guild_id, then in heads.get(COINS, {}).items():
        if (lost := then - here.get(guild_id, 0)) > 0:
            yield f"Server {guild_id}: {lost:,} of the lines of its wallets are not here."
