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
from economy.services.ledger import Movement, lock_wallets, move_coins

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
    closed = sum(_close(wallet) for wallet in Wallet.objects.of_owner(user_id).order_by("guild_id"))
    return closed + Claim.objects.filter(user_id=user_id).delete()[0]


def _close(wallet: Wallet) -> int:
    """Give what is left back to where coins come from, and make the wallet nobody's."""
    guild_id, house = wallet.guild_id, House.ISSUANCE.value
    with guild_scope(guild_id):
        # Taken first: what comes meanwhile would lie in a wallet that is nobody's.
        held = lock_wallets(guild_id=guild_id, owner_ids=(wallet.owner_id, house))
        if coins := held[wallet.owner_id]:
            left = Movement(
                guild_id=guild_id,
                kind=Transfer.Kind.CLOSING,
                source=wallet.owner_id,
                target=house,
                amount=coins,
                key=f"closing:{wallet.pk}",
            )
            move_coins(movement=left)
        emptied = _empty_notes(wallet)
        return emptied + Wallet.objects.filter(pk=wallet.pk).update(owner_id=-F("id"))


def _empty_notes(wallet: Wallet) -> int:
    """Empty what they wrote, and what was written about them; another's words to them stay."""
    lines = Posting.objects.of(wallet.guild_id).filter(wallet=wallet)
    theirs = lines.exclude(amount__gt=0, transfer__kind=Transfer.Kind.PAYMENT)
    notes = TransferNote.objects.of(wallet.guild_id).exclude(words="")
    emptied: int = notes.filter(transfer_id__in=theirs.values("transfer_id")).update(words="")
    return emptied
