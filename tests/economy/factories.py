"""Coins for tests; wallets are filled by the ledger, as in the house."""

from datetime import date

import factory
from django.utils import timezone

from community.scope import guild_scope
from economy.models import (
    Claim,
    EconomyDay,
    EconomySettings,
    Posting,
    Purchase,
    PurchaseReturn,
    ShopItem,
    Transfer,
    TransferNote,
    Wallet,
)
from economy.models.wallets import House
from economy.services.buying import buy_item
from economy.services.gestures import Gesture
from economy.services.keeping import Order
from economy.services.ledger import Movement, move_coins
from economy.services.returning import refund_purchase
from tests.factories import SNOWFLAKE, GrantFactory, OfGuild, same_guild

ADA, BO = 4 * SNOWFLAKE, 4 * SNOWFLAKE + 1


def give(guild, owner_id, amount, *, key=None):
    """Let the house give somebody coins."""
    wish = Movement(
        guild_id=guild.pk,
        kind="grant",
        source=House.ISSUANCE,
        target=owner_id,
        amount=amount,
        key=key or f"given:{owner_id}:{timezone.now().timestamp()}",
    )
    with guild_scope(guild.pk):
        return move_coins(movement=wish)


def buy_and_return(guild, owner_id):
    """Let somebody who has coins buy something, and give it back."""
    with guild_scope(guild.pk):
        item = ShopItemFactory(guild=guild, price=5)
        wish = {"guild_id": guild.pk, "user_id": owner_id, "asked": f"buy{item.pk}"}
        gesture = Gesture(**wish, now=timezone.now(), is_sure=True)
        buy_item(gesture=gesture, item_id=item.pk, price=5)
        bought = Purchase.objects.of(guild.pk).get(item=item)
        by = GrantFactory(guild=guild, capabilities=["economy"]).staff
        order = Order(guild_id=guild.pk, by=by, reason="It broke", key=f"{item.pk}")
        return refund_purchase(order=order, purchase_id=bought.pk)


class EconomySettingsFactory(OfGuild):
    class Meta:
        model = EconomySettings


class WalletFactory(OfGuild):
    class Meta:
        model = Wallet

    owner_id = factory.Sequence(lambda n: 4 * SNOWFLAKE + n)


class TransferFactory(OfGuild):
    class Meta:
        model = Transfer

    kind = "transfer"
    source = same_guild(WalletFactory)
    target = same_guild(WalletFactory)
    amount = 5
    key = factory.Sequence(lambda n: f"transfer{n}")


class TransferNoteFactory(OfGuild):
    class Meta:
        model = TransferNote

    transfer = same_guild(TransferFactory)
    words = "For the soup"


class PostingFactory(OfGuild):
    class Meta:
        model = Posting

    transfer = same_guild(TransferFactory)
    wallet = same_guild(WalletFactory)
    seq = 1
    amount = 5
    after = 5


class EconomyDayFactory(OfGuild):
    class Meta:
        model = EconomyDay

    day = date(2026, 3, 1)
    kind = "daily"
    count = 3


class ClaimFactory(OfGuild):
    class Meta:
        model = Claim

    user_id = ADA
    kind = "daily"
    taken_at = factory.LazyFunction(timezone.now)


class ShopItemFactory(OfGuild):
    class Meta:
        model = ShopItem

    name = factory.Sequence(lambda n: f"Lantern {n}")
    price = 100


class PurchaseFactory(OfGuild):
    class Meta:
        model = Purchase

    item = same_guild(ShopItemFactory)
    wallet = same_guild(WalletFactory)
    price = 100
    paid_by = factory.Sequence(lambda n: 10**9 + n)


class PurchaseReturnFactory(OfGuild):
    class Meta:
        model = PurchaseReturn

    purchase = same_guild(PurchaseFactory)
    repaid_by = factory.Sequence(lambda n: 2 * 10**9 + n)
    cause = "staff"
