"""What we know about coins: who has how many, and every movement, never rewritten."""

from typing import Any

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.append_only import AppendOnly
from community.fields import GuildForeignKey, GuildScoped, GuildTally, SameGuildFK, guild_key
from community.models import Staff
from community.retention import archived_in_pages, kept_with_guild
from community.upkeep import appended, taken_up
from economy.querysets.wallets import (
    FIRST_PERSON,
    EconomyDayManager,
    PostingManager,
    TransferManager,
    WalletManager,
)

# Every program that reads JSON counts exactly so far, and further.
MOST_COINS = 10**15
AT_HAND = archived_in_pages(days=90, why="three months at hand, then in archive files")


class House(models.IntegerChoices):
    """The house's own wallets in every server: where coins come from, and where they go."""

    ISSUANCE = 1, "Issuance"
    SHOP = 2, "Shop"
    GAMBLING = 3, "Gambling"
    FINES = 4, "Fines"
    TAXES = 5, "Taxes"


def server_of_history() -> "models.ForeignKey[Any, Any]":
    """Return the server of a history: the database lets its rows go by one door only."""
    return models.ForeignKey(
        "community.Guild",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The server this belongs to.",
    )


class Wallet(GuildScoped):
    """What somebody has in one server; the house's own wallets may be in debt, and others never."""

    retention = kept_with_guild()
    upkeep = taken_up("listed by balance, which each transfer changes")

    owner_id = models.BigIntegerField(
        "owner",
        help_text="Discord id of the person; below 100 the house; negative when erased.",
    )
    balance = models.BigIntegerField(default=0, help_text="Coins in it.")
    archived = models.BigIntegerField(
        default=0, help_text="What the lines that left for an archive come to."
    )
    last_seq = models.PositiveBigIntegerField(default=0, help_text="Number of its last line.")
    opened_at = models.DateTimeField(default=timezone.now, help_text="When it was opened.")

    objects = WalletManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("economy_wallet"),
            models.UniqueConstraint(fields=["guild", "owner_id"], name="economy_wallet_once"),
            models.CheckConstraint(
                condition=Q(owner_id__gt=0, owner_id__lt=FIRST_PERSON) | Q(balance__gte=0),
                name="economy_wallet_not_in_debt",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=-MOST_COINS, balance__lte=MOST_COINS),
                name="economy_wallet_can_be_counted",
            ),
            models.CheckConstraint(
                condition=~Q(owner_id=0), name="economy_wallet_belongs_to_somebody"
            ),
        ]
        indexes = [models.Index(fields=["guild", "-balance"], name="economy_wallet_by_balance")]

    def __str__(self) -> str:
        if self.is_houses:
            return House(self.owner_id).label
        return f"Wallet of {self.owner_id}" if self.owner_id > 0 else "Wallet of an erased person"

    @property
    def is_houses(self) -> bool:
        """True for the house's own."""
        return 0 < self.owner_id < FIRST_PERSON


class Transfer(AppendOnly, GuildScoped):
    """Coins that moved from one wallet to another, once; undone only by another transfer."""

    class Kind(models.TextChoices):
        """What for."""

        DAILY = "daily", "Daily"
        WORK = "work", "Work"
        GAMBLE = "gamble", "Gambling"
        PAYMENT = "transfer", "Payment"
        PURCHASE = "purchase", "Purchase"
        FINE = "fine", "Fine"
        GRANT = "grant", "Grant"
        TAX = "tax", "Tax"
        REFUND = "refund", "Refund"
        REVERSAL = "reversal", "Reversal"
        CLOSING = "closing", "Closing"

    retention = AT_HAND
    side_rows = ("notes",)
    upkeep = appended("only added to")

    guild = server_of_history()
    kind = models.CharField(max_length=10, choices=Kind, help_text="What for.")
    # Statements are read by their lines; an index for each side would cost more than the row.
    source = GuildForeignKey(
        Wallet,
        on_delete=models.DO_NOTHING,
        db_index=False,
        related_name="+",
        help_text="From where.",
    )
    target = GuildForeignKey(
        Wallet, on_delete=models.DO_NOTHING, db_index=False, related_name="+", help_text="To where."
    )
    amount = models.BigIntegerField(help_text="How many coins.")
    key = models.CharField(
        max_length=100, help_text="By this the same wish is known again, and counts once."
    )
    asked = models.CharField(
        max_length=100, blank=True, help_text="The very gesture: told twice, it is answered alike."
    )
    actor_id = models.BigIntegerField(
        "by", null=True, blank=True, help_text="Discord id of the one who decided it."
    )
    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        help_text="The account that did it, when it was in the desk.",
    )
    # Not a foreign key: what was undone may have left for an archive before what undid it.
    undoes_id = models.BigIntegerField(
        "undoes", null=True, blank=True, help_text="The transfer that this one undoes."
    )
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = TransferManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("economy_transfer"),
            *(
                SameGuildFK(field=field, name=f"economy_transfer_{field}_in_same_guild")
                for field in ("source", "target")
            ),
            models.UniqueConstraint(fields=["guild", "key"], name="economy_transfer_counts_once"),
            models.UniqueConstraint(
                fields=["guild", "undoes_id"],
                condition=Q(undoes_id__isnull=False),
                name="economy_transfer_is_undone_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=MOST_COINS),
                name="economy_transfer_moves_something",
            ),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="economy_transfer_has_two_sides"
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "-at"], name="economy_transfer_by_time"),
            # Young rows lie together: a few bytes find them in all servers.
            BrinIndex(fields=["at"], name="economy_transfer_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount}"


class TransferNote(GuildScoped):
    """What somebody wrote to a transfer, apart from it so that erasure can empty it."""

    retention = kept_with_guild("leaves with its transfer")

    transfer = GuildForeignKey(
        Transfer, on_delete=models.CASCADE, related_name="notes", help_text="The transfer."
    )
    words = models.CharField(max_length=200, blank=True, help_text="What they wrote.")

    class Meta:
        verbose_name = "note"
        constraints = [
            guild_key("economy_transfernote"),
            SameGuildFK(field="transfer", name="economy_transfernote_transfer_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "transfer"], name="economy_transfernote_once"),
        ]

    def __str__(self) -> str:
        return self.words


class Posting(AppendOnly, GuildScoped):
    """One line of a wallet's statement; the two of a transfer sum to nothing."""

    retention = AT_HAND
    upkeep = appended("only added to")

    guild = server_of_history()
    transfer = GuildForeignKey(
        Transfer,
        on_delete=models.DO_NOTHING,
        db_index=False,
        related_name="postings",
        help_text="What moved.",
    )
    wallet = GuildForeignKey(
        Wallet,
        on_delete=models.DO_NOTHING,
        db_index=False,
        related_name="postings",
        help_text="Whose line it is.",
    )
    seq = models.PositiveBigIntegerField(help_text="Its place in the statement, without gaps.")
    amount = models.BigIntegerField(help_text="What came; what went is negative.")
    after = models.BigIntegerField(help_text="Coins in the wallet after it.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = PostingManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("economy_posting"),
            SameGuildFK(field="transfer", name="economy_posting_transfer_in_same_guild"),
            SameGuildFK(field="wallet", name="economy_posting_wallet_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "wallet", "seq"], name="economy_posting_one_per_place"
            ),
            models.UniqueConstraint(
                fields=["guild", "transfer", "wallet"], name="economy_posting_one_per_side"
            ),
            models.CheckConstraint(condition=~Q(amount=0), name="economy_posting_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+}"


class EconomyDay(GuildTally):
    """What moved in one server on one day (UTC), by kind; counted from the transfers."""

    retention = kept_with_guild()

    day = models.DateField(help_text="The day, in UTC.")
    kind = models.CharField(max_length=10, choices=Transfer.Kind, help_text="What for.")
    count = models.PositiveIntegerField(default=0, help_text="Transfers.")
    minted = models.BigIntegerField(default=0, help_text="Coins that came from the house.")
    sunk = models.BigIntegerField(default=0, help_text="Coins that went to the house.")
    moved = models.BigIntegerField(default=0, help_text="Coins that went from one to another.")

    objects = EconomyDayManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "day of the economy"
        verbose_name_plural = "days of the economy"
        constraints = [
            models.UniqueConstraint(
                fields=["guild", "day", "kind"], name="economy_economyday_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_kind_display()}"


class Claim(GuildTally):
    """When somebody last took what may be taken only so often, and how many days in a row."""

    class Kind(models.TextChoices):
        """What was taken."""

        DAILY = "daily", "Daily"
        WORK = "work", "Work"

    retention = kept_with_guild()

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    kind = models.CharField(max_length=5, choices=Kind, help_text="What was taken.")
    taken_at = models.DateTimeField(help_text="When it was taken last.")
    day = models.DateField(null=True, blank=True, help_text="On which day of the server's zone.")
    streak = models.PositiveIntegerField(default=1, help_text="Days in a row, with that one.")
    best = models.PositiveIntegerField(default=1, help_text="Most days in a row ever.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guild", "user_id", "kind"], name="economy_claim_once_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.user_id}"
