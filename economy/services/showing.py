"""What people are shown of coins: their own balance and statement, and who is richest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import F, QuerySet

from community.models import GuildSettings, Member
from community.scope import guild_scope
from economy.models import Claim, EconomySettings, Posting, TransferNote, Wallet
from economy.models.wallets import House

LINES = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement, as its owner reads it."""

    at: datetime
    kind: str
    amount: int
    after: int
    other_id: int
    words: str

    @property
    def signed(self) -> str:
        """What came, or went."""
        return f"{self.amount:+,}"

    @property
    def left(self) -> str:
        """What was there after it."""
        return f"{self.after:,}"


@dataclass(frozen=True, slots=True)
class Purse:
    """What somebody has, what a server calls it, and their streak."""

    coins: int
    currency: str
    streak: int
    best: int

    @property
    def words(self) -> str:
        """How much that is, in the server's own coins."""
        return f"{self.coins:,} {self.currency}"


@dataclass(frozen=True, slots=True)
class Rich:
    """Somebody's place among all."""

    place: int
    name: str
    coins: int


def purse_of(*, guild_id: int, user_id: int) -> Purse:
    """Return what somebody has; who never had a coin has none."""
    with guild_scope(guild_id):
        wallet = Wallet.objects.of(guild_id).of_owner(user_id).first()
        claim = Claim.objects.of(guild_id).filter(user_id=user_id, kind=Claim.Kind.DAILY).first()
        return Purse(
            coins=wallet.balance if wallet else 0,
            currency=currency_of(guild_id),
            streak=claim.streak if claim else 0,
            best=claim.best if claim else 0,
        )


def currency_of(guild_id: int) -> str:
    """Return what a server calls its coins."""
    named = GuildSettings.objects.filter(guild_id=guild_id).values_list("currency_name", flat=True)
    return named.first() or "coins"


def statement_of(*, guild_id: int, user_id: int, most: int = LINES) -> list[Line]:
    """Return the newest lines of somebody's statement."""
    with guild_scope(guild_id):
        wallet = Wallet.objects.of(guild_id).of_owner(user_id).first()
        if wallet is None:
            return []
        lines = Posting.objects.of(guild_id).in_wallet(wallet.pk)
        told = list(lines.select_related("transfer__source", "transfer__target")[:most])
        return list(_lines(guild_id, told))


def _lines(guild_id: int, postings: list[Posting]) -> Iterator[Line]:
    keys = [posting.transfer_id for posting in postings]
    notes = TransferNote.objects.of(guild_id).filter(transfer_id__in=keys)
    words = dict(notes.values_list("transfer_id", "words"))
    for posting in postings:
        told = posting.transfer
        other = told.target if posting.amount < 0 else told.source
        yield Line(
            at=posting.at,
            kind=told.get_kind_display(),
            amount=posting.amount,
            after=posting.after,
            other_id=other.owner_id if not other.is_houses else 0,
            words=words.get(told.pk, ""),
        )


def richest(*, guild_id: int, most: int = LINES) -> list[Rich]:
    """Return who has most, of those who let themselves be shown."""
    with guild_scope(guild_id):
        shown = Member.objects.shown().filter(guild_id=guild_id).values("user_id")
        wallets = Wallet.objects.of(guild_id).of_people().filter(balance__gt=0)
        found = list(wallets.filter(owner_id__in=shown).richest_first()[:most])
        known = Member.objects.filter(
            guild_id=guild_id, user_id__in=[each.owner_id for each in found]
        )
        names = {
            each.user_id: each.nickname or str(each.user) for each in known.select_related("user")
        }
        return [
            Rich(place, names[each.owner_id], each.balance)
            for place, each in enumerate(found, start=1)
        ]


def coins_of_people(*, guild_id: int) -> QuerySet[Wallet, dict[str, int]]:
    """Return who has how many coins, in rows of a person and a value."""
    wallets = Wallet.objects.of(guild_id).of_people().filter(balance__gt=0)
    told: Any = wallets.values(user_id=F("owner_id"), value=F("balance"))
    return cast("QuerySet[Wallet, dict[str, int]]", told)


def rules_of(*, guild_id: int) -> EconomySettings:
    """Return how a server handles coins."""
    with guild_scope(guild_id):
        settings: EconomySettings = EconomySettings.objects.in_force(guild_id)
        return settings


def coins_about(*, guild_id: int) -> str:
    """Return how many coins people of a server hold together."""
    with guild_scope(guild_id):
        issued = Wallet.objects.of(guild_id).filter(owner_id__in=[house.value for house in House])
        return f"{-sum(issued.values_list('balance', flat=True)):,}"
