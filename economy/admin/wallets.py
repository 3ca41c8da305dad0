"""The list of who has how many coins."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from community.desk.base import bdi
from community.desk.of_people import OfPeopleAdmin
from community.desk.people import moment, person_cell
from community.desk.registry import NavItem, nav_item
from community.models import Grant, Member
from economy.models import Wallet

SEE = Grant.Capability.SEE


def owner_cell(member: Member | None, words: object, *, tab: str = "coins") -> str:
    """Return whose wallet it is, with the way to their statement."""
    if member is None:
        return bdi(words)
    url = f"{reverse('admin:person', args=[member.pk])}?tab={tab}"
    return format_html('<a href="{}">{}</a>', url, person_cell(member))


@admin.register(Wallet)
class WalletAdmin(OfPeopleAdmin):
    """Shows who has most above; the house's own wallets stand among them."""

    list_display = ("owner", "coins", "opened")
    list_display_links = None
    ordering = ("-balance", "id")
    owner_column = "owner_id"
    search_fields = ["owner_id"]
    empty_words = "Nobody has had a coin yet."

    @admin.display(description="Owner")
    def owner(self, row: Any) -> str:
        return owner_cell(row.member, row)

    @admin.display(description="Coins", ordering="balance")
    def coins(self, row: Wallet) -> str:
        return format_html('<span class="dk-number">{}</span>', f"{row.balance:,}")

    @admin.display(description="Opened", ordering="opened_at")
    def opened(self, row: Wallet) -> str:
        return moment(row.opened_at)


nav_item(
    NavItem(
        group="Coins",
        label="Wallets",
        url_name="economy_wallet_changelist",
        icon="coin",
        needs=SEE,
        order=200,
    )
)
