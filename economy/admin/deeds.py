"""What staff do with coins from the desk: grant, fine, and undo, each once for each form."""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest

from community.admin.members import offer_for_person
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.current_guild import guild_of, staff_of
from community.models import Grant, Member
from economy.models import Transfer
from economy.models.settings import MOST_AT_ONCE
from economy.services.keeping import OF_THE_SHOP, Order, fine_member, grant_coins, reverse_transfer
from economy.services.showing import purse_of

ECONOMY = Grant.Capability.ECONOMY
LONGEST_REASON = 200
NOT_UNDONE = {Transfer.Kind.REVERSAL, *OF_THE_SHOP}


class WhyForm(DeedForm):
    """Asks why; a form counts once, however often it is sent."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, help_text="Stands on their statement, and in the audit log."
    )
    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid.uuid4


class CoinsForm(WhyForm):
    """Asks how many coins, and why."""

    field_order = ("coins",)
    coins = forms.IntegerField(min_value=1, max_value=MOST_AT_ONCE)


def order_of(request: HttpRequest, asked: Asked, mark: object) -> Order:
    """Return who decides this in the desk."""
    key = f"{asked['once']}:{mark}"
    by = staff_of(request)
    return Order(guild_id=guild_of(request).pk, by=by, reason=asked["reason"], key=key)


def grant(request: HttpRequest, member: Member, asked: Asked) -> str:
    """Give a member coins."""
    order = order_of(request, asked, member.user_id)
    moved = grant_coins(order=order, user_id=member.user_id, coins=asked["coins"])
    return f"They have {moved.target_after:,} coins now."


def fine(request: HttpRequest, member: Member, asked: Asked) -> str:
    """Take coins from a member."""
    order = order_of(request, asked, member.user_id)
    moved = fine_member(order=order, user_id=member.user_id, coins=asked["coins"])
    return f"They have {moved.source_after:,} coins left."


def undo(request: HttpRequest, transfer: Transfer, asked: Asked) -> str:
    """Move back what a transfer moved."""
    reverse_transfer(order=order_of(request, asked, transfer.pk), transfer_id=transfer.pk)
    return "It is moved back, by a transfer of its own."


def tell_purse(targets: Sequence[Any]) -> dict[str, Any]:
    """Return what the one whom it is about has now."""
    if len(targets) != 1:
        return {}
    return {"purse": purse_of(guild_id=targets[0].guild_id, user_id=targets[0].user_id)}


_coins = partial(
    Deed,
    needs=ECONOMY,
    form=CoinsForm,
    is_for_many=True,
    brief="economy/purse.html",
    tell=tell_purse,
)
GRANT = _coins(
    name="grant_coins",
    label="Grant coins",
    explains="The coins come from the house, and stand on their statement with your reason.",
    do=grant,
)
FINE = _coins(
    name="fine",
    label="Fine",
    explains="The coins go to the house; nobody is fined more than they have.",
    do=fine,
    is_danger=True,
)
UNDO = Deed(
    name="undo",
    label="Undo",
    explains="What moved is moved back by a new transfer; refused when who got it has it no more.",
    needs=ECONOMY,
    do=undo,
    form=WhyForm,
    is_offered=lambda transfer: transfer.kind not in NOT_UNDONE,
    is_danger=True,
)
offer_for_person(GRANT, order=60)
offer_for_person(FINE, order=61)
