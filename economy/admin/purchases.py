"""The list of what was bought: by whom, what became of it, and how it is refunded."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from community.desk.actions import Asked, Deed
from community.desk.base import bdi, noted, pill
from community.desk.current_guild import guild_of
from community.desk.filters import AutocompleteFilter, DateRangeFilter
from community.desk.of_people import OfPeopleAdmin, members_by_id
from community.desk.outside import people_like
from community.desk.people import moment, name_of
from community.desk.registry import NavItem, nav_item
from community.models import Grant
from economy.admin.deeds import WhyForm, order_of
from economy.admin.wallets import owner_cell
from economy.models import Purchase, Wallet
from economy.services.belongings import Fate, fates_of
from economy.services.returning import refund_purchase

SEE, ECONOMY = Grant.Capability.SEE, Grant.Capability.ECONOMY


def refund(request: HttpRequest, purchase: Purchase, asked: Asked) -> str:
    """Repay a purchase."""
    refund_purchase(order=order_of(request, asked, purchase.pk), purchase_id=purchase.pk)
    return f"Their {purchase.price:,} coins are back with them."


@admin.register(Purchase)
class PurchaseAdmin(OfPeopleAdmin):
    """Shows what was bought, the newest above."""

    list_display = ("when", "who", "what", "cost", "state")
    list_display_links = None
    list_filter = (("item", AutocompleteFilter), ("at", DateRangeFilter))
    ordering = ("-id",)
    search_fields = ["wallet__owner_id"]
    empty_words = "Nobody has bought anything yet."
    deeds = (
        Deed(
            name="refund",
            label="Refund",
            explains="They have their coins back, and what they bought is taken from them: "
            "a role lasts no longer than what is left of it.",
            needs=ECONOMY,
            do=refund,
            form=WhyForm,
            is_offered=lambda purchase: not purchase.fate.returned,
            is_danger=True,
        ),
    )

    def of_people(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        """Keep what they bought."""
        wallets = Wallet.objects.filter(owner_id__in=people_like(words))
        return queryset.filter(wallet_id__in=[wallet.pk for wallet in wallets])

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each purchase who made it, and what became of it."""
        people = members_by_id([row.wallet.owner_id for row in rows])
        here, now = guild_of(request).pk, timezone.now()
        fates = fates_of(guild_id=here, purchases=rows, now=now)
        for row in rows:
            row.member, row.fate = people.get(row.wallet.owner_id), fates.get(row.pk, Fate())
        return rows

    def call(self, row: Any) -> str:
        """Return what was bought, and by whom."""
        return f"{row}, bought by {name_of(row.member) if row.member else row.wallet.owner_id}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("item", "wallet")

    @admin.display(description="When", ordering="id")
    def when(self, row: Purchase) -> str:
        return moment(row.at)

    @admin.display(description="Who")
    def who(self, row: Any) -> str:
        return owner_cell(row.member, row.wallet)

    @admin.display(description="What")
    def what(self, row: Purchase) -> str:
        return bdi(row.item)

    @admin.display(description="Cost", ordering="price")
    def cost(self, row: Purchase) -> str:
        return format_html('<span class="dk-number">{}</span>', f"{row.price:,}")

    @admin.display(description="What became of it")
    def state(self, row: Any) -> str:
        fate = row.fate
        if fate.returned:
            return pill(fate.returned, "warn")
        if row.gives_role_id is None:
            return pill("Theirs", "ok")
        words = "It has ended" if fate.is_over else "They have the role"
        end = format_html("until {}", moment(fate.ends_at)) if fate.ends_at else "for ever"
        told = pill(words if fate.has_come else "On its way", "mute" if fate.is_over else "ok")
        return noted(told, end)


nav_item(
    NavItem(
        group="Coins",
        label="Purchases",
        url_name="economy_purchase_changelist",
        icon="coin",
        needs=SEE,
        order=214,
    )
)
