"""The list of who has how many coins."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from community.desk.base import DeskAdmin, bdi
from community.desk.outside import people_like
from community.desk.people import moment, person_cell
from community.desk.registry import NavItem, nav_item
from community.models import Grant, Member
from economy.models import Wallet

SEE = Grant.Capability.SEE


class Purses(ChangeList):
    """Wallets with their owners."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: Any = list(self.result_list)
        people = members_by_id([row.owner_id for row in rows])
        for row in rows:
            row.member = people.get(row.owner_id)
        self.result_list = rows


def members_by_id(user_ids: list[int]) -> dict[int, Member]:
    """Return the members of this server with these ids."""
    found = Member.objects.filter(user_id__in=user_ids).select_related("user")
    return {member.user_id: member for member in found}


def owner_cell(member: Member | None, words: object, *, tab: str = "coins") -> str:
    """Return whose wallet it is, with the way to their statement."""
    if member is None:
        return bdi(words)
    url = f"{reverse('admin:person', args=[member.pk])}?tab={tab}"
    return format_html('<a href="{}">{}</a>', url, person_cell(member))


@admin.register(Wallet)
class WalletAdmin(DeskAdmin):
    """Shows who has most above; the house's own wallets stand among them."""

    list_display = ("owner", "coins", "opened")
    list_display_links = None
    ordering = ("-balance", "id")
    search_fields = ("owner_id",)
    search_help_text = "The beginning of a name, or an id"
    empty_words = "Nobody has had a coin yet."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Purses

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a wallet by its owner's name."""
        term = search_term.replace("\0", "").strip()
        return (queryset.filter(owner_id__in=people_like(term)) if term else queryset), False

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
