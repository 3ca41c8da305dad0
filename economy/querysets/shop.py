"""What we can ask about the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from economy.models import Purchase, PurchaseReturn, ShopItem


class ShopItemQuerySet(GuildQuerySet["ShopItem"]):
    """Questions about what is for sale."""

    def standing(self) -> Self:
        """Items that were not put away, as the shop shows them."""
        return self.filter(archived_at=None).order_by("place", "price", "pk")

    def for_sale(self) -> Self:
        """Items that can be bought."""
        return self.standing().filter(is_enabled=True)

    def called(self, name: str) -> Self:
        """The standing item of this name, however it is written."""
        return self.standing().filter(name__iexact=name)


class PurchaseQuerySet(GuildQuerySet["Purchase"]):
    """Questions about what was bought."""

    def of_owner(self, owner_id: int) -> Self:
        """What one person bought."""
        return self.filter(wallet__owner_id=owner_id)

    def kept(self) -> Self:
        """What was not given back, the oldest first."""
        return self.filter(returned=None).order_by("pk")

    def for_role(self, role_id: int) -> Self:
        """What brought a role."""
        return self.filter(gives_role_id=role_id)


class PurchaseReturnQuerySet(GuildQuerySet["PurchaseReturn"]):
    """Questions about what was given back."""


ShopItemManager = InScopeManager.from_queryset(ShopItemQuerySet)
PurchaseManager = InScopeManager.from_queryset(PurchaseQuerySet)
PurchaseReturnManager = InScopeManager.from_queryset(PurchaseReturnQuerySet)
