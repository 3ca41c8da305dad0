"""The list of every coin movement; one that was wrong is undone from here."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from community.desk.base import noted, pill
from community.desk.filters import DateRangeFilter
from community.desk.of_people import OfPeopleAdmin, members_by_id
from community.desk.outside import people_like
from community.desk.people import moment
from community.desk.registry import NavItem, nav_item
from community.models import Grant
from economy.admin.deeds import UNDO
from economy.admin.wallets import owner_cell
from economy.models import Posting, Transfer, TransferNote, Wallet

SEE = Grant.Capability.SEE


@admin.register(Transfer)
class TransferAdmin(OfPeopleAdmin):
    """Shows what moved, the newest above."""

    list_display = ("when", "what", "from_", "to", "coins")
    list_display_links = None
    list_select_related = ("source", "target", "staff")
    list_filter = ("kind", ("at", DateRangeFilter))
    ordering = ("-id",)
    search_fields = ["key"]
    deeds = (UNDO,)
    empty_words = "No coin has moved yet."

    def of_people(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        """Keep what they paid or got."""
        wallets = Wallet.objects.filter(owner_id__in=people_like(words))
        lines = Posting.objects.filter(wallet_id__in=list(wallets.values_list("pk", flat=True)))
        return queryset.filter(pk__in=lines.values("transfer_id"))

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each transfer whose its sides are, what was written to it, whether it is undone."""
        keys = [row.pk for row in rows]
        people = members_by_id([w.owner_id for row in rows for w in (row.source, row.target)])
        notes = TransferNote.objects.filter(transfer__in=keys).values_list("transfer", "words")
        words, undoing = dict(notes), Transfer.objects.filter(undoes_id__in=keys)
        undone = set(undoing.values_list("undoes_id", flat=True))
        for row in rows:
            row.sides = [people.get(w.owner_id) for w in (row.source, row.target)]
            row.words, row.is_undone = words.get(row.pk, ""), row.pk in undone
        return rows

    def call(self, row: Any) -> str:
        """Return what it was, and how much."""
        return f"{row.get_kind_display()}: {row.amount:,} coins"

    @admin.display(description="When", ordering="id")
    def when(self, row: Transfer) -> str:
        return moment(row.at)

    @admin.display(description="What")
    def what(self, row: Any) -> str:
        kind = pill("Undone", "warn") if row.is_undone else ""
        by = f"by {row.staff}" if row.staff else ""
        about = " · ".join(filter(None, [row.words, by]))
        return noted(format_html("{} {}", row.get_kind_display(), kind), about)

    @admin.display(description="From")
    def from_(self, row: Any) -> str:
        return owner_cell(row.sides[0], row.source)

    @admin.display(description="To")
    def to(self, row: Any) -> str:
        return owner_cell(row.sides[1], row.target)

    @admin.display(description="Coins", ordering="amount")
    def coins(self, row: Transfer) -> str:
        return format_html('<span class="dk-number">{}</span>', f"{row.amount:,}")


nav_item(
    NavItem(
        group="Coins",
        label="Transfers",
        url_name="economy_transfer_changelist",
        icon="updown",
        needs=SEE,
        order=210,
    )
)
