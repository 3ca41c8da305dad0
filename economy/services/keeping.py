"""What the staff does with coins: grant, fine, and undo, each with a reason and written down."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from community.errors import HouseError
from community.models import Grant, Staff
from community.services.audit import write_audit
from community.services.grants import require
from economy.models import Transfer
from economy.models.wallets import House
from economy.services.ledger import Moved, Movement, move_coins, undo_transfer

Told = Mapping[str, int | str]
Kind = Transfer.Kind
OF_THE_SHOP: dict[str, str] = {
    Kind.PURCHASE: "That paid for something in the shop: refund the purchase instead.",
    Kind.REFUND: "That repaid something from the shop: it may be bought again instead.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a staff member decided about coins; the key is the form's, so that it counts once."""

    guild_id: int
    by: Staff
    reason: str
    key: str


@transaction.atomic
def grant_coins(*, order: Order, user_id: int, coins: int) -> Moved:
    """Give somebody coins that come from the house."""
    return _move(order, Transfer.Kind.GRANT, House.ISSUANCE, user_id, coins)


@transaction.atomic
def fine_member(*, order: Order, user_id: int, coins: int) -> Moved:
    """Take coins from somebody; never more than they have."""
    return _move(order, Transfer.Kind.FINE, user_id, House.FINES, coins)


@transaction.atomic
def reverse_transfer(*, order: Order, transfer_id: int) -> Moved:
    """Move back what a transfer moved; refused when who got it has it no more."""
    refuse_unless_may(order)
    kinds = Transfer.objects.of(order.guild_id).filter(pk=transfer_id)
    if words := OF_THE_SHOP.get(kinds.values_list("kind", flat=True).get()):
        raise HouseError(words)
    # The sides and the amount are those of what is undone.
    by = _movement(order, Transfer.Kind.REVERSAL, House.ISSUANCE, House.FINES, 1)
    moved = undo_transfer(guild_id=order.guild_id, transfer_id=transfer_id, by=by)
    if moved.is_new:
        write_down(order, "economy.transfer.reversed", ("transfer", transfer_id), {})
    return moved


def _move(order: Order, kind: str, source: int, target: int, coins: int) -> Moved:
    refuse_unless_may(order)
    moved = move_coins(movement=_movement(order, kind, source, target, coins))
    if moved.is_new:
        person = target if kind == Transfer.Kind.GRANT else source
        verb = "economy.coins.granted" if kind == Transfer.Kind.GRANT else "economy.coins.fined"
        write_down(order, verb, ("user", person), {"coins": coins})
    return moved


def _movement(order: Order, kind: str, source: int, target: int, coins: int) -> Movement:
    return Movement(
        guild_id=order.guild_id,
        kind=kind,
        source=source,
        target=target,
        amount=coins,
        key=f"desk:{order.key}",
        actor_id=order.by.discord_id,
        staff=order.by,
        note=order.reason,
    )


def refuse_unless_may(order: Order) -> None:
    """Refuse who may not keep the coins of the server, or does not say why."""
    require(order.by, Grant.Capability.ECONOMY, guild_id=order.guild_id)
    if not order.reason.strip():
        raise HouseError("Say why.")


def write_down(order: Order, verb: str, subject: tuple[str, object], told: Told) -> None:
    """Note in the audit log what was decided, and why."""
    write_audit(
        verb=verb,
        subject=subject,
        by=order.by,
        guild_id=order.guild_id,
        after={**told, "reason": order.reason},
    )
