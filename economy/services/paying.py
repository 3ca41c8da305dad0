"""What one gives another of their own, and what of it goes to the house."""

from dataclasses import dataclass

from django.db import transaction

from economy.errors import AskFirst, NoCoins
from economy.models import Transfer
from economy.models.wallets import House
from economy.services.gestures import Gesture, refuse_absent, settings_for
from economy.services.ledger import Movement, lock_wallets, move_coins, transfer_known_as


@dataclass(frozen=True, slots=True)
class Paid:
    """What came of a payment: what the other got, what the house took, what is left."""

    coins: int
    tax: int
    left: int


@transaction.atomic
def pay_member(*, gesture: Gesture, to: int, coins: int, note: str = "") -> Paid:
    """Pay somebody of this server; a large payment is asked about first, and tax comes off it."""
    settings = settings_for(gesture)
    key = f"pay:{gesture.asked}"
    sides = (gesture.user_id, to, House.TAXES.value)
    lock_wallets(guild_id=gesture.guild_id, owner_ids=sides)
    if transfer_known_as(guild_id=gesture.guild_id, key=key) is None:
        _refuse_odd(gesture, to, coins)
        if coins > settings.ask_above and not gesture.is_sure:
            raise AskFirst(f"Pay {coins:,} to <@{to}>?")
    tax = coins * settings.pay_tax // 100
    left = _move(gesture, Transfer.Kind.PAYMENT, to, coins - tax, key, note) if coins > tax else 0
    if tax:
        left = _move(gesture, Transfer.Kind.TAX, House.TAXES, tax, f"{key}:tax")
    return Paid(coins - tax, tax, left)


def _move(gesture: Gesture, kind: str, to: int, coins: int, key: str, note: str = "") -> int:
    wish = Movement(
        guild_id=gesture.guild_id,
        kind=kind,
        source=gesture.user_id,
        target=to,
        amount=coins,
        key=key,
        asked=gesture.asked,
        actor_id=gesture.user_id,
        at=gesture.now,
        note=note,
    )
    return move_coins(movement=wish).source_after


def _refuse_odd(gesture: Gesture, to: int, coins: int) -> None:
    if coins < 1:
        raise NoCoins("Pay at least one coin.")
    if to == gesture.user_id:
        raise NoCoins("Your coins are yours already.")
    refuse_absent(gesture, to)
