"""The shop at the desk: what is for sale, how much of it is left, and what it earned."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from community.desk.actions import Asked, Deed, DeedForm, SpanField
from community.desk.base import DeskAdmin, noted, pill
from community.desk.current_guild import guild_of, staff_of
from community.desk.people import role_pill
from community.desk.registry import NavItem, nav_item
from community.desk.verbs import name_verbs
from community.durations import say_duration
from community.models import Grant, Role
from economy.models import Purchase, ShopItem
from economy.models.settings import MOST_AT_ONCE
from economy.services.shelf import add_item, archive_item, change_item, why_not_sold

SEE, ECONOMY = Grant.Capability.SEE, Grant.Capability.ECONOMY
OWNER = "I own this server: whoever buys it may have the staff permissions of this role"


class ItemForm(DeedForm):
    """Asks what an item is, and shows it as it stands."""

    name = forms.CharField(max_length=80)
    description = forms.CharField(
        required=False, max_length=300, widget=forms.Textarea({"rows": 2})
    )
    price = forms.IntegerField(min_value=1, max_value=MOST_AT_ONCE)
    left = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_AT_ONCE,
        label="How many are left",
        help_text="Empty: there is no end of it.",
    )
    most_each = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_AT_ONCE,
        label="Limit per member",
        help_text="Empty: everybody buys as many as they like.",
    )
    required_role = forms.ModelChoiceField(
        Role._base_manager.none(), required=False, empty_label="Everybody", label="Sold to"
    )
    required_level = forms.IntegerField(
        min_value=0,
        max_value=100_000,
        initial=0,
        label="From level",
        help_text="0: from the first.",
    )
    lasts = SpanField(
        required=False,
        label="The role lasts",
        help_text="Like 30d; bought again it lasts on. Empty: for ever.",
    )
    place = forms.IntegerField(
        min_value=0, max_value=32767, initial=0, help_text="Lower numbers stand further up."
    )
    is_enabled = forms.BooleanField(required=False, initial=True, label="For sale")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"role", "required_role"} & {*self.fields}:
            field: Any = self.fields[name]
            field.queryset = Role.objects.standing().order_by("-position", "pk")
        for item in self.targets[:1]:
            self.initial = {name: getattr(item, name) for name in self.fields}


class NewItemForm(ItemForm):
    """Asks what is put on the shelf, and which role it gives."""

    field_order = ["name", "description", "price", "role", "lasts", "owner_agrees"]
    role = forms.ModelChoiceField(
        Role._base_manager.none(),
        required=False,
        empty_label="None",
        label="Role it gives",
        help_text="It stays with the item: for another one add another item.",
    )
    owner_agrees = forms.BooleanField(
        required=False, label=OWNER, help_text="Only needed for a role that is for staff."
    )


def add(request: HttpRequest, _: None, asked: Asked) -> str:
    """Put something on the shelf."""
    item = add_item(guild_id=guild_of(request).pk, by=staff_of(request), **asked)
    return f"{item} is in the shop for {item.price:,}."


def change(request: HttpRequest, item: ShopItem, asked: Asked) -> str:
    """Change what something is, costs, or how much of it is left."""
    changed = change_item(item=item, by=staff_of(request), **asked)
    return f"{changed} is changed; what was sold before stays as it was."


def archive(request: HttpRequest, item: ShopItem, _: Asked) -> str:
    """Put something away."""
    archive_item(item=item, by=staff_of(request))
    return f"{item} is put away; who bought it keeps it."


def is_standing(item: ShopItem) -> bool:
    """Tell whether an item was not put away."""
    return item.archived_at is None


class Items(ChangeList):
    """Items with what they earned."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: Any = list(self.result_list)
        kept = Purchase.objects.kept().filter(item__in=[row.pk for row in rows]).order_by()
        earned = dict(kept.values_list("item").annotate(coins=Sum("price")))
        against = why_not_sold(*rows)
        for row in rows:
            row.earned, row.against = earned.get(row.pk, 0), against.get(row.pk, "")
        self.result_list = rows


@admin.register(ShopItem)
class ShopItemAdmin(DeskAdmin):
    """Shows what is for sale in the order of the shop, and below it what was put away."""

    list_display = ("item", "price_", "gives", "sold_to", "left_", "sold_")
    list_display_links = None
    list_select_related = ("role", "required_role")
    list_filter = ("is_enabled",)
    ordering = (F("archived_at").asc(nulls_first=True), "place", "price", "pk")
    search_fields = ("name",)
    search_help_text = "The beginning of a name"
    empty_words = "Nothing is for sale yet. People buy with /shop and /buy."
    deeds = (
        Deed(
            name="add",
            label="Add an item",
            explains="People see it with /shop at once, and buy it with /buy.",
            needs=ECONOMY,
            do=add,
            form=NewItemForm,
            has_target=False,
        ),
        Deed(
            name="edit",
            label="Change",
            explains="What was sold before stays as it was sold.",
            needs=ECONOMY,
            do=change,
            form=ItemForm,
            is_offered=is_standing,
        ),
        Deed(
            name="archive",
            label="Put away",
            explains="Nobody can buy it any more. Who bought it keeps it, and its role to its end.",
            needs=ECONOMY,
            do=archive,
            is_offered=is_standing,
            is_danger=True,
        ),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Items

    @admin.display(description="Item", ordering="name")
    def item(self, row: Any) -> str:
        states = [
            ("Put away", "mute", row.archived_at is not None),
            ("Not for sale", "mute", is_standing(row) and not row.is_enabled),
            ("Sold out", "warn", is_standing(row) and row.left == 0),
            ("Cannot be given", "bad", is_standing(row) and bool(row.against)),
        ]
        pills = ((pill(words, tone),) for words, tone, holds in states if holds)
        name = format_html("<bdi>{}</bdi> {}", row.name, format_html_join(" ", "{}", pills))
        about = row.against if is_standing(row) and row.against else row.description
        return noted(name, format_html("<bdi>{}</bdi>", about))

    @admin.display(description="Price", ordering="price")
    def price_(self, row: ShopItem) -> str:
        return _number(row.price)

    @admin.display(description="Gives")
    def gives(self, row: ShopItem) -> str:
        if row.role is None:
            return "—"
        lasts = f"for {say_duration(row.lasts)}" if row.lasts else "for ever"
        return noted(role_pill(row.role), lasts)

    @admin.display(description="Sold to")
    def sold_to(self, row: ShopItem) -> str:
        level = f"from level {row.required_level:,}" if row.required_level else ""
        most = f"{row.most_each:,} each at most" if row.most_each else ""
        whom = role_pill(row.required_role) if row.required_role else "Everybody"
        return noted(whom, ", ".join(filter(None, [level, most])))

    @admin.display(description="Left")
    def left_(self, row: ShopItem) -> str:
        return "No end" if row.left is None else _number(row.left)

    @admin.display(description="Sold", ordering="sold")
    def sold_(self, row: Any) -> str:
        url = f"{reverse('admin:economy_purchase_changelist')}?item__id__exact={row.pk}"
        words = f"{row.sold:,} sold of {row}"
        link = '<a class="dk-number" href="{}" aria-label="{}">{}</a>'
        told = format_html(link, url, words, f"{row.sold:,}")
        return noted(told, f"{row.earned:,} coins" if row.earned else "")


def _number(number: int) -> str:
    return format_html('<span class="dk-number">{}</span>', f"{number:,}")


nav_item(
    NavItem(
        group="Coins",
        label="Shop",
        url_name="economy_shopitem_changelist",
        icon="shop",
        needs=SEE,
        order=212,
    )
)
name_verbs(
    {
        "economy.shopitem.added": "put an item in the shop",
        "economy.shopitem.changed": "changed an item of the shop",
        "economy.shopitem.archived": "put an item of the shop away",
        "economy.purchase.refunded": "refunded a purchase",
    }
)
