"""What we can ask about wallets and what moved between them."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Self

from django.db.models import F

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from datetime import date

    from economy.models import EconomyDay, Posting, Transfer, Wallet

# Discord's ids are far above; the house's own wallets are numbered below.
FIRST_PERSON = 100


class WalletQuerySet(GuildQuerySet["Wallet"]):
    """Questions about wallets."""

    def of_people(self) -> Self:
        """Wallets of people, not the house's own."""
        return self.filter(owner_id__gte=FIRST_PERSON)

    def of_owner(self, owner_id: int) -> Self:
        """The wallet of one person, or one of the house's own."""
        return self.filter(owner_id=owner_id)

    def richest_first(self) -> Self:
        """Wallets with most coins first."""
        return self.order_by("-balance", "id")


class TransferQuerySet(GuildQuerySet["Transfer"]):
    """Questions about what moved."""

    def on(self, day: date) -> Self:
        """Transfers of one day (UTC)."""
        first, last = (datetime.combine(day, edge, UTC) for edge in (time.min, time.max))
        return self.filter(at__range=(first, last))


class PostingQuerySet(GuildQuerySet["Posting"]):
    """Questions about the lines of statements."""

    def in_wallet(self, wallet_id: int) -> Self:
        """Lines of one wallet, the newest first."""
        return self.filter(wallet_id=wallet_id).order_by("-seq")


class EconomyDayQuerySet(GuildQuerySet["EconomyDay"]):
    """Questions about days of the economy."""

    def between(self, first: date, last: date) -> Self:
        """Days from the first to the last, both included."""
        return self.filter(day__gte=first, day__lte=last).order_by(F("day"), "kind")


WalletManager = InScopeManager.from_queryset(WalletQuerySet)
TransferManager = InScopeManager.from_queryset(TransferQuerySet)
PostingManager = InScopeManager.from_queryset(PostingQuerySet)
EconomyDayManager = InScopeManager.from_queryset(EconomyDayQuerySet)
