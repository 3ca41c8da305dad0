"""Coins move here and nowhere else: one statement, two lines, nothing made and nothing lost."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from community.models import Staff
from economy.errors import AlreadyDone, NotEnoughCoins, TooManyCoins
from economy.models import Posting, Transfer, TransferNote, Wallet
from economy.models.wallets import MOST_COINS

# Both wallets are locked in the order of their ids before anything is written, so that two payments
# in opposite directions never wait for each other; while one is missing, neither is, so that nobody
# opens a wallet with another in hand. A key that is known already writes nothing.
MOVE = """
WITH turn AS MATERIALIZED (
    SELECT id, owner_id FROM economy_wallet
    WHERE guild_id = %(guild)s AND owner_id IN (%(source)s, %(target)s) AND 2 = (
        SELECT count(*) FROM economy_wallet
        WHERE guild_id = %(guild)s AND owner_id IN (%(source)s, %(target)s))
    ORDER BY id FOR NO KEY UPDATE
), sides AS (
    SELECT max(id) FILTER (WHERE owner_id = %(source)s) AS source_id,
           max(id) FILTER (WHERE owner_id = %(target)s) AS target_id
    FROM turn
), told AS (
    INSERT INTO economy_transfer (
        guild_id, kind, source_id, target_id, amount, key, asked, actor_id, staff_id, undoes_id, at
    )
    SELECT %(guild)s, %(kind)s, source_id, target_id, %(amount)s, %(key)s, %(asked)s,
           %(actor)s, %(staff)s, %(undoes)s, %(at)s
    FROM sides WHERE source_id IS NOT NULL AND target_id IS NOT NULL
    ON CONFLICT (guild_id, key) DO NOTHING
    RETURNING id, source_id, target_id, amount
), moved AS (
    UPDATE economy_wallet AS wallet
    SET balance = wallet.balance + CASE wallet.id
            WHEN told.source_id THEN -told.amount ELSE told.amount END,
        last_seq = wallet.last_seq + 1
    FROM told
    WHERE wallet.guild_id = %(guild)s AND wallet.id IN (told.source_id, told.target_id)
    RETURNING wallet.id, wallet.owner_id, wallet.balance, wallet.last_seq, told.id AS transfer_id,
        CASE wallet.id WHEN told.source_id THEN -told.amount ELSE told.amount END AS amount
), written AS (
    INSERT INTO economy_posting (guild_id, transfer_id, wallet_id, seq, amount, after, at)
    SELECT %(guild)s, transfer_id, id, last_seq, amount, balance, %(at)s FROM moved
)
SELECT owner_id, transfer_id, balance FROM moved
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A wish that coins move; the key is what makes it one wish, however often it is told."""

    guild_id: int
    kind: str
    source: int
    target: int
    amount: int
    key: str
    asked: str = ""
    actor_id: int | None = None
    staff: Staff | None = None
    note: str = ""
    undoes_id: int | None = None
    at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of a wish; what was known already is told as it was then."""

    transfer_id: int
    source_after: int
    target_after: int
    is_new: bool = True


@transaction.atomic
def move_coins(*, movement: Movement) -> Moved:
    """Move coins from one wallet to another, once; a known key with other figures is refused."""
    _refuse_nonsense(movement)
    moved = _write(movement) or _told_before(movement)
    if moved is None:
        open_wallets(guild_id=movement.guild_id, owner_ids=(movement.source, movement.target))
        moved = _write(movement) or _told_before(movement)
    assert moved is not None  # noqa: S101 - both wallets are open now
    if movement.note and moved.is_new:
        TransferNote.objects.create(
            guild_id=movement.guild_id, transfer_id=moved.transfer_id, words=movement.note[:200]
        )
    return moved


def open_wallets(*, guild_id: int, owner_ids: tuple[int, ...]) -> None:
    """Open the wallets that are missing, empty; those that are there stay as they are."""
    new = [Wallet(guild_id=guild_id, owner_id=owner_id) for owner_id in sorted(owner_ids)]
    Wallet.objects.bulk_create(new, ignore_conflicts=True)


def lock_wallets(*, guild_id: int, owner_ids: tuple[int, ...]) -> dict[int, int]:
    """Take wallets, in the order in which all take them; return what is in each."""
    open_wallets(guild_id=guild_id, owner_ids=owner_ids)
    wallets = Wallet.objects.of(guild_id).filter(owner_id__in=sorted(owner_ids))
    taken = wallets.select_for_update(no_key=True).order_by("pk")
    return {wallet.owner_id: wallet.balance for wallet in taken}


def transfer_known_as(*, guild_id: int, key: str) -> Transfer | None:
    """Return the transfer that a wish made before."""
    return Transfer.objects.of(guild_id).filter(key=key).first()


@transaction.atomic
def undo_transfer(*, guild_id: int, transfer_id: int, by: Movement) -> Moved:
    """Move back what a transfer moved, once; `by` says who decided it, why and by what key."""
    known = Transfer.objects.of(guild_id).select_related("source", "target")
    told = known.filter(pk=transfer_id).first()
    if told is None:
        raise AlreadyDone("That is not at hand: it is over 90 days old and left for the archive.")
    if told.kind == Transfer.Kind.REVERSAL:
        raise AlreadyDone("That undid something itself: make a new transfer instead.")
    if min(told.source.owner_id, told.target.owner_id) < 0:
        raise AlreadyDone("One of them was forgotten; there is nobody to give it back.")
    before = Transfer.objects.of(guild_id).filter(undoes_id=told.pk).exclude(key=by.key).first()
    if before is not None:
        raise AlreadyDone("That was undone already.")
    back = Movement(
        guild_id=guild_id,
        kind=by.kind,
        source=told.target.owner_id,
        target=told.source.owner_id,
        amount=told.amount,
        key=by.key,
        asked=by.asked,
        actor_id=by.actor_id,
        staff=by.staff,
        note=by.note,
        undoes_id=told.pk,
    )
    return move_coins(movement=back)


def _refuse_nonsense(movement: Movement) -> None:
    if not 0 < movement.amount <= MOST_COINS:
        raise NotEnoughCoins("Move at least one coin, and no more than there can be.")
    if movement.source == movement.target:
        raise NotEnoughCoins("From one wallet to the same nothing moves.")


def _write(movement: Movement) -> Moved | None:
    """Write the movement; None when a wallet is missing, or the key is known."""
    sides = (movement.source, movement.target)
    told: dict[str, Any] = {
        "guild": movement.guild_id,
        "kind": movement.kind,
        "source": movement.source,
        "target": movement.target,
        "amount": movement.amount,
        "key": movement.key,
        "asked": movement.asked,
        # Who moves their own is known by the wallet: a name here would outlive being forgotten.
        "actor": None if movement.actor_id in sides else movement.actor_id,
        "staff": movement.staff.pk if movement.staff else None,
        "undoes": movement.undoes_id,
        "at": movement.at,
    }
    with connection.cursor() as cursor:
        try:
            cursor.execute(MOVE, told)
        except IntegrityError as error:
            raise _words_for(error, movement) from error
        found = {owner: (transfer, after) for owner, transfer, after in cursor.fetchall()}
    if not found:
        return None
    (transfer_id, source_after), (_, target_after) = (found[side] for side in sides)
    return Moved(transfer_id, source_after, target_after)


def _words_for(error: IntegrityError, movement: Movement) -> Exception:
    rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if rule == "economy_wallet_not_in_debt":
        return NotEnoughCoins(f"There are not {movement.amount:,} coins to give.")
    if rule == "economy_wallet_can_be_counted":
        return TooManyCoins("No wallet holds more than a quadrillion coins.")
    if rule == "economy_transfer_is_undone_once":
        return AlreadyDone("That was undone already.")
    return error


def _told_before(movement: Movement) -> Moved | None:
    """Return what the same wish came to; refuse when it was another one by the same key."""
    told = transfer_known_as(guild_id=movement.guild_id, key=movement.key)
    if told is None:
        return None
    same = (told.kind, told.source.owner_id, told.target.owner_id, told.amount, told.undoes_id)
    wish = (
        movement.kind,
        movement.source,
        movement.target,
        movement.amount,
        movement.undoes_id,
    )
    if same != wish:
        raise AlreadyDone("The same was asked before with other figures; nothing moved now.")
    lines = Posting.objects.of(movement.guild_id).filter(transfer=told)
    after = dict(lines.values_list("wallet_id", "after"))
    return Moved(told.pk, after.get(told.source_id, 0), after.get(told.target_id, 0), is_new=False)
