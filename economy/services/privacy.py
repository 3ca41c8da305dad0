"""What the economy knows of a person: a copy of it, and what is left when they are forgotten."""

from django.db import models, transaction
from django.db.models import F

from community.scope import guild_scope
from community.services.privacy import Rows, plain_rows
from economy.models import (
    Claim,
    Posting,
    Purchase,
    PurchaseReturn,
    Transfer,
    TransferNote,
    Wallet,
)
from economy.models.wallets import House
from economy.services.ledger import Movement, move_coins

# Every table of this app that says something about a person, and the column that names them.
PERSONAL: dict[type[models.Model], str] = {
    Claim: "user_id",
    Posting: "wallet__owner_id",
    Purchase: "wallet__owner_id",
    PurchaseReturn: "purchase__wallet__owner_id",
    Wallet: "owner_id",
}


def export_member(*, user_id: int) -> dict[str, Rows]:
    """Return what this app knows about a person, table by table."""
    return {
        model._meta.label: plain_rows(model._base_manager.filter(**{column: user_id}))
        for model, column in PERSONAL.items()
    }


@transaction.atomic
def forget_member(*, user_id: int) -> int:
    """Close their wallets and empty what they wrote; every other coin stays accounted for."""
    closed = sum(_close(wallet) for wallet in Wallet.objects.of_owner(user_id).order_by("pk"))
    return closed + Claim.objects.filter(user_id=user_id).delete()[0]


def _close(wallet: Wallet) -> int:
    """Give what is left back to where coins come from, and make the wallet nobody's."""
    guild_id = wallet.guild_id
    with guild_scope(guild_id):
        if wallet.balance:
            left = Movement(
                guild_id=guild_id,
                kind=Transfer.Kind.CLOSING,
                source=wallet.owner_id,
                target=House.ISSUANCE,
                amount=wallet.balance,
                key=f"closing:{wallet.pk}",
            )
            move_coins(movement=left)
        theirs = TransferNote.objects.filter(transfer__actor_id=wallet.owner_id).exclude(words="")
        keys = list(theirs.values_list("pk", flat=True))
        emptied: int = TransferNote.objects.of(guild_id).filter(pk__in=keys).update(words="")
        return emptied + Wallet.objects.filter(pk=wallet.pk).update(owner_id=-F("id"))
