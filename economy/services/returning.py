"""Giving back: at staff's word, or because Discord refuses the role; the price is repaid."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import StandingOrder
from community.services.errands import send_errand
from community.services.orders import Hold, drop_order, lock_order, want_order
from community.services.wishes import ROLE
from economy.errors import AlreadyDone
from economy.models import Purchase, PurchaseReturn, ShopItem, Transfer
from economy.models.wallets import House
from economy.services.belongings import as_until, end_of, ends_of, kept_of
from economy.services.keeping import Order, Told, refuse_unless_may, write_down
from economy.services.ledger import Movement, move_coins

Cause = PurchaseReturn.Cause
REFUNDED = "What they bought was refunded"


@transaction.atomic
def refund_purchase(*, order: Order, purchase_id: int) -> Purchase:
    """Repay somebody what they bought, once, and take its role back."""
    refuse_unless_may(order)
    rows = Purchase.objects.of(order.guild_id).select_related("wallet", "item")
    bought: Purchase = rows.get(pk=purchase_id)
    user_id = bought.wallet.owner_id
    if user_id < 0:
        raise HouseError("Who bought it was erased: there is nobody to repay.")
    if bought.gives_role_id:
        about = {"guild_id": order.guild_id, "user_id": user_id}
        lock_order(**about, kind=ROLE, subject=bought.gives_role_id)
    if _give_back(bought, Cause.STAFF, order):
        told: Told = {"user": str(user_id), "coins": bought.price}
        write_down(order, "economy.purchase.refunded", ("purchase", bought.pk), told)
        if bought.gives_role_id:
            _shorten(bought, now=timezone.now())
    return bought


def role_refused(*, order: StandingOrder, words: str, now: datetime) -> None:
    """Repay what was bought of a role that Discord refuses to give; what came before stays.

    The order is in the caller's hand, who saves it.
    """
    if order.kind != ROLE:
        return
    kept = kept_of(order.guild_id, order.user_id).for_role(order.subject)
    bought = list(kept.select_related("wallet", "item"))
    ends = ends_of(bought)
    # Orders that are long over are forgotten, and a new one counts its wishes from the first.
    came_not = [b for b in bought if b.wish > order.applied_rev and ends[b.pk] > now]
    for each in came_not:
        if _give_back(each, Cause.REFUSED):
            _tell(each, order.user_id, words)
    if came_not:
        _wish_for_the_rest(order, [b for b in bought if b not in came_not], now)


def _give_back(bought: Purchase, cause: str, order: Order | None = None) -> bool:
    """Repay a purchase and put it back on the shelf; False when the same was done before."""
    item = (
        ShopItem.objects.of(bought.guild_id).select_for_update(no_key=True).get(pk=bought.item_id)
    )
    asked = f"desk:{order.key}" if order else ""
    if back := PurchaseReturn.objects.of(bought.guild_id).filter(purchase=bought).first():
        if order and _was_asked_so(back, asked):
            return False
        raise AlreadyDone("This was given back already.")
    repaid = move_coins(
        movement=Movement(
            guild_id=bought.guild_id,
            kind=Transfer.Kind.REFUND,
            source=House.SHOP,
            target=bought.wallet.owner_id,
            amount=bought.price,
            key=f"refund:{bought.pk}",
            asked=asked,
            actor_id=order.by.discord_id if order else None,
            staff=order.by if order else None,
            note=f"{item}: {order.reason}" if order else f"{item}: the role was refused",
            undoes_id=bought.paid_by,
        )
    )
    told = {"guild_id": bought.guild_id, "repaid_by": repaid.transfer_id}
    PurchaseReturn.objects.create(**told, purchase=bought, cause=cause)
    item.sold -= 1
    item.save(update_fields=["sold"])
    return True


def _was_asked_so(back: PurchaseReturn, asked: str) -> bool:
    transfers = Transfer.objects.of(back.guild_id)
    return transfers.filter(pk=back.repaid_by, asked=asked).exists()


def _shorten(bought: Purchase, now: datetime) -> None:
    """Have the role end when what is left of it ends, or now."""
    guild_id, user_id = bought.guild_id, bought.wallet.owner_id
    role_id = bought.gives_role_id or 0
    matter = {"guild_id": guild_id, "user_id": user_id, "kind": ROLE, "subject": role_id}
    end = end_of(kept_of(guild_id, user_id).for_role(role_id))
    if end > now:
        want_order(**matter, until=as_until(end), reason=REFUNDED)
    else:
        drop_order(**matter, reason=REFUNDED)


def _wish_for_the_rest(order: StandingOrder, rest: list[Purchase], now: datetime) -> None:
    """Wish for what is left of a role that is refused, or for nothing any more."""
    end = end_of(rest)
    order.wanted_rev += 1
    order.wanted, order.until = end > now, as_until(end) if end > now else None
    if not order.wanted:
        order.hold = Hold.NOTHING


def _tell(bought: Purchase, user_id: int, words: str) -> None:
    told = f"You have your {bought.price:,} coins for {bought.item} back. {words}"
    send_errand(
        guild_id=bought.guild_id,
        kind="direct_message",
        dedupe_key=f"refund:{bought.pk}",
        payload={"message": {"content": told}},
        user_id=user_id,
    )
