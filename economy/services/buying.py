"""Buying: one of something, at the price that was shown, once; a role of it is wished at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from activity.models import Progress
from community.models import MemberRole, StandingOrder
from community.services.giving import why_not_give
from community.services.orders import lock_order, want_order
from community.services.wishes import ROLE
from economy.errors import NoCoins, NotEnoughCoins
from economy.models import Purchase, ShopItem, Transfer, Wallet
from economy.models.wallets import House
from economy.services.belongings import as_until, end_after, end_of, kept_of
from economy.services.gestures import Gesture, settings_for
from economy.services.ledger import Moved, Movement, move_coins, transfer_known_as

# Who has a role for so long, or for ever, is sold no more of it.
LONG_ENOUGH = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Bought:
    """What a purchase came to; a role that it brought has an end, unless it stays for ever."""

    item: ShopItem
    price: int
    left: int
    role_id: int | None
    ends_at: datetime | None


def try_to_buy(*, gesture: Gesture, name: str) -> Bought:
    """Find out what buying it would come to, and leave nothing behind."""
    item = ShopItem.objects.of(gesture.guild_id).called(name.strip()).first()
    if item is None:
        raise NoCoins("The shop has nothing of that name: see /shop.")
    with transaction.atomic():
        try:
            return buy_item(gesture=gesture, item_id=item.pk, price=item.price)
        finally:
            transaction.set_rollback(True)


@transaction.atomic
def buy_item(*, gesture: Gesture, item_id: int, price: int) -> Bought:
    """Buy one of something at the price that was shown, once however often it is asked."""
    settings_for(gesture)
    item = _take_in_hand(gesture, item_id)
    key = f"buy:{gesture.asked}"
    if told := transfer_known_as(guild_id=gesture.guild_id, key=key):
        return _told_before(gesture, told)
    refusal = next(_refusals(gesture, item, price), "")
    if refusal:
        raise NoCoins(refusal)
    moved = _pay(gesture, item, key)
    item.sold += 1
    item.save(update_fields=["sold"])
    bought = Purchase(
        guild_id=gesture.guild_id,
        item=item,
        wallet=Wallet.objects.of(gesture.guild_id).of_owner(gesture.user_id).get(),
        price=item.price,
        paid_by=moved.transfer_id,
        gives_role_id=item.role_id,
        lasts=item.lasts,
        at=gesture.now,
    )
    until = _wish_for_role(gesture, bought) if item.role_id else None
    bought.save()
    return Bought(item, item.price, moved.source_after, item.role_id, until)


def _take_in_hand(gesture: Gesture, item_id: int) -> ShopItem:
    """Lock what is about to change: the order for its role first, as all do, then the item."""
    items = ShopItem.objects.of(gesture.guild_id).filter(pk=item_id)
    seen = items.first()
    if seen is None:
        raise NoCoins("The shop has no such thing.")
    if seen.role_id:
        about = {"guild_id": gesture.guild_id, "user_id": gesture.user_id}
        lock_order(**about, kind=ROLE, subject=seen.role_id)
    item: ShopItem = items.select_related("role").select_for_update(no_key=True, of=("self",)).get()
    return item


def _told_before(gesture: Gesture, told: Transfer) -> Bought:
    """Return what the same wish came to."""
    rows = Purchase.objects.of(gesture.guild_id).of_owner(gesture.user_id)
    bought = rows.select_related("item").get(paid_by=told.pk)
    left = told.postings.filter(wallet_id=told.source_id).values_list("after", flat=True).first()
    ends_at = None
    if bought.gives_role_id:
        before = kept_of(gesture.guild_id, gesture.user_id).for_role(bought.gives_role_id)
        ends_at = as_until(end_of(before.filter(pk__lte=bought.pk)))
    return Bought(bought.item, bought.price, left or 0, bought.gives_role_id, ends_at)


def _refusals(gesture: Gesture, item: ShopItem, price: int) -> Iterator[str]:
    """Say what stands against it, the plainest first."""
    if item.archived_at or not item.is_enabled:
        yield f"{item} is not for sale now."
    if item.left == 0:
        yield f"{item} is sold out."
    if price != item.price:
        yield f"{item} costs {item.price:,} now. Nothing was bought: ask again."
    yield from _of_the_buyer(gesture, item)
    if item.role_id:
        yield from _of_the_role(gesture, item)


def _of_the_buyer(gesture: Gesture, item: ShopItem) -> Iterator[str]:
    if item.required_role_id and not _holds(gesture, item.required_role_id):
        yield f"Only who has {item.required_role} may buy {item}."
    if item.required_level > _level_of(gesture):
        yield f"{item} is for those who have reached level {item.required_level:,}."
    if item.most_each is not None:
        mine = kept_of(gesture.guild_id, gesture.user_id).filter(item=item)
        if mine.count() >= item.most_each:
            yield f"Nobody buys more than {item.most_each:,} of {item}."


def _of_the_role(gesture: Gesture, item: ShopItem) -> Iterator[str]:
    assert item.role is not None and item.role_id  # noqa: S101, PT018 - for the type
    if words := why_not_give(role=item.role, agreed=item.agreed):
        yield f"{item} cannot be given at present, so nothing was bought. {words}"
    end = end_of(kept_of(gesture.guild_id, gesture.user_id).for_role(item.role_id))
    if end > gesture.now + LONG_ENOUGH:
        yield f"You have {item} for long enough already."
    orders = StandingOrder.objects.of(gesture.guild_id).about(gesture.user_id)
    is_ours = orders.filter(kind=ROLE, subject=item.role_id, wanted=True).exists()
    if not is_ours and _holds(gesture, item.role_id):
        yield f"You have {item.role} already."


def _holds(gesture: Gesture, role_id: int) -> bool:
    held = MemberRole.objects.standing().filter(guild_id=gesture.guild_id, role_id=role_id)
    return held.filter(member__user_id=gesture.user_id).exists()


def _level_of(gesture: Gesture) -> int:
    progress = Progress.objects.of(gesture.guild_id).of_person(gesture.user_id).first()
    return progress.level if progress else 0


def _pay(gesture: Gesture, item: ShopItem, key: str) -> Moved:
    wish = Movement(
        guild_id=gesture.guild_id,
        kind=Transfer.Kind.PURCHASE,
        source=gesture.user_id,
        target=House.SHOP,
        amount=item.price,
        key=key,
        asked=gesture.asked,
        actor_id=gesture.user_id,
        note=item.name,
    )
    try:
        return move_coins(movement=wish)
    except NotEnoughCoins:
        words = f"{item} costs {item.price:,} coins, and you do not have so many."
        raise NotEnoughCoins(words) from None


def _wish_for_role(gesture: Gesture, bought: Purchase) -> datetime | None:
    """Have the role kept true until the end of what they have of it, with this on top."""
    role_id = bought.gives_role_id or 0
    before = end_of(kept_of(gesture.guild_id, gesture.user_id).for_role(role_id))
    until = as_until(end_after(before, bought))
    order = want_order(
        guild_id=gesture.guild_id,
        user_id=gesture.user_id,
        kind=ROLE,
        subject=role_id,
        until=until,
        reason=f"Bought in the shop: {bought.item}",
    )
    bought.wish = order.wanted_rev
    return until
