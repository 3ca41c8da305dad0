"""What we know about the shop: what is for sale, who bought what, and what was given back."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from community.append_only import AppendOnly
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Role
from community.retention import archived_with_guild, kept_with_guild
from economy.models.settings import MOST_AT_ONCE
from economy.models.wallets import MOST_COINS, Wallet, server_of_history
from economy.querysets.shop import PurchaseManager, PurchaseReturnManager, ShopItemManager

SHORTEST = timedelta(minutes=1)


class ShopItem(GuildScoped):
    """One thing that people can buy; what nobody buys any more is put away, never deleted."""

    retention = kept_with_guild()

    name = models.CharField(max_length=80, help_text="What it is called.")
    description = models.CharField(
        max_length=300, blank=True, help_text="What people read about it."
    )
    price = models.PositiveIntegerField(help_text="What one costs, in coins.")
    supply = models.PositiveIntegerField(
        null=True, blank=True, help_text="How many were ever put on the shelf; empty: no end of it."
    )
    sold = models.PositiveIntegerField(
        default=0, help_text="How many are sold, less those that were given back."
    )
    most_each = models.PositiveIntegerField(
        "limit per member", null=True, blank=True, help_text="Nobody buys more; empty: no limit."
    )
    required_role = GuildForeignKey(
        Role,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only who has this role may buy it; empty: everybody.",
    )
    required_level = models.PositiveIntegerField(
        default=0, help_text="Only who has reached this level may buy it."
    )
    role = GuildForeignKey(
        Role,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="The role that it gives; empty: none.",
    )
    agreed = models.BigIntegerField(
        default=0, help_text="Staff permissions of the role to which the owner agreed, as bits."
    )
    lasts = models.DurationField(
        null=True, blank=True, help_text="How long the role stays; empty: for ever."
    )
    is_enabled = models.BooleanField("for sale", default=True, help_text="Can be bought.")
    place = models.PositiveSmallIntegerField(
        default=0, help_text="Lower numbers stand further up in the shop."
    )
    archived_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was put away; empty while it is in the shop."
    )

    objects = ShopItemManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "item"
        constraints = [
            guild_key("economy_shopitem"),
            SameGuildFK(field="role", name="economy_shopitem_role_in_same_guild"),
            SameGuildFK(field="required_role", name="economy_shopitem_required_in_same_guild"),
            models.UniqueConstraint(
                F("guild"),
                Lower("name"),
                condition=Q(archived_at=None),
                name="economy_shopitem_names_differ",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="economy_shopitem_has_a_name"),
            models.CheckConstraint(
                condition=Q(price__gt=0, price__lte=MOST_AT_ONCE),
                name="economy_shopitem_costs_something",
                violation_error_message="It costs a coin at least, and a billion at most.",
            ),
            models.CheckConstraint(
                condition=Q(supply=None) | Q(sold__lte=F("supply")),
                name="economy_shopitem_never_oversold",
            ),
            models.CheckConstraint(
                condition=Q(most_each=None) | Q(most_each__gt=0),
                name="economy_shopitem_limit_is_one_or_more",
                violation_error_message="The limit per member is one at least.",
            ),
            models.CheckConstraint(
                condition=Q(lasts=None) | Q(role__isnull=False, lasts__gte=SHORTEST),
                name="economy_shopitem_only_roles_end",
                violation_error_message="Only a role ends, after a minute at least.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int | None:
        """How many are left; None where there is no end of it."""
        return None if self.supply is None else self.supply - self.sold


class PurchaseReturn(AppendOnly, GuildScoped):
    """Something bought was given back, once, and its price repaid by a transfer of its own."""

    class Cause(models.TextChoices):
        """Why."""

        STAFF = "staff", "Refunded by staff"
        REFUSED = "refused", "Refused by Discord"

    retention = archived_with_guild("history; a removed server's is archived first")

    guild = server_of_history()
    purchase = GuildForeignKey(
        "economy.Purchase",
        on_delete=models.DO_NOTHING,
        related_name="+",
        related_query_name="returned",
        help_text="What was given back.",
    )
    repaid_by = models.BigIntegerField(
        "transfer", help_text="Number of the transfer that repaid it; it may be archived by now."
    )
    cause = models.CharField(max_length=7, choices=Cause, help_text="Why.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = PurchaseReturnManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "return"
        constraints = [
            guild_key("economy_purchasereturn"),
            SameGuildFK(field="purchase", name="economy_purchasereturn_purchase_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "purchase"], name="economy_purchasereturn_once"
            ),
            models.UniqueConstraint(
                fields=["guild", "repaid_by"], name="economy_purchasereturn_has_its_transfer"
            ),
        ]

    def __str__(self) -> str:
        return self.get_cause_display()


class Purchase(AppendOnly, GuildScoped):
    """Somebody bought one of something; it is never changed, at most given back."""

    retention = archived_with_guild("history; a removed server's is archived first")

    guild = server_of_history()
    item = GuildForeignKey(
        ShopItem, on_delete=models.DO_NOTHING, related_name="+", help_text="What was bought."
    )
    wallet = GuildForeignKey(
        Wallet, on_delete=models.DO_NOTHING, related_name="+", help_text="Whose wallet paid it."
    )
    price = models.BigIntegerField(help_text="What it cost.")
    paid_by = models.BigIntegerField(
        "transfer", help_text="Number of the transfer that paid it; it may be archived by now."
    )
    gives_role_id = models.BigIntegerField(
        "role", null=True, blank=True, help_text="Discord id of the role that came with it."
    )
    lasts = models.DurationField(
        null=True, blank=True, help_text="How long the role stays; empty: for ever."
    )
    wish = models.PositiveIntegerField(
        default=0, help_text="Which wish for the role it was; once that is confirmed, it came."
    )
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = PurchaseManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("economy_purchase"),
            SameGuildFK(field="item", name="economy_purchase_item_in_same_guild"),
            SameGuildFK(field="wallet", name="economy_purchase_wallet_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "paid_by"], name="economy_purchase_has_its_transfer"
            ),
            models.CheckConstraint(
                condition=Q(price__gt=0, price__lte=MOST_COINS),
                name="economy_purchase_cost_something",
            ),
            models.CheckConstraint(
                condition=Q(lasts=None) | Q(gives_role_id__isnull=False),
                name="economy_purchase_only_roles_end",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "wallet", "item"], name="economy_purchase_by_wallet"),
            models.Index(fields=["guild", "item"], name="economy_purchase_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item} for {self.price:,}"
