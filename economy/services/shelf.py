"""What is for sale: put on the shelf, changed and put away by staff, each with before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from community.durations import say_duration
from community.errors import HouseError
from community.models import Grant, Guild, Role, Staff, StandingOrder
from community.scope import guild_scope
from community.services.audit import write_audit
from community.services.gifts import Gift, given_otherwise
from community.services.giving import agree_to_give, footing_of, why_not_give
from community.services.grants import require
from community.services.wishes import ROLE
from economy.models import ShopItem
from economy.services.showing import currency_of

SHOP = "shop"
MOST_ITEMS = 200
LONGEST = timedelta(days=3650)
PAGE = 8
OFFERED = 25
CHANGEABLE = (
    "name", "description", "price", "most_each", "required_role", "required_level", "lasts",
    "is_enabled", "place",
)  # fmt: skip
TOLD = (*CHANGEABLE, "role", "left")
NAME_IS_TAKEN = "There is another item of that name."


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of the shop, and what a server calls its coins."""

    items: list[ShopItem]
    currency: str
    page: int
    has_more: bool


@transaction.atomic
def add_item(
    *,
    guild_id: int,
    by: Staff,
    role: Role | None = None,
    left: int | None = None,
    owner_agrees: bool = False,
    **told: Any,
) -> ShopItem:
    """Put something on the shelf; a role may be sold by who may configure the server."""
    _take_turn(by, guild_id)
    if ShopItem.objects.of(guild_id).standing().count() >= MOST_ITEMS:
        raise HouseError(f"A shop has {MOST_ITEMS} items at most.")
    item = ShopItem(guild_id=guild_id, role=role, supply=left)
    if role is not None:
        require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
        item.agreed = agree_to_give(role=role, by=by) if owner_agrees else 0
        if against := why_not_sold(item):
            raise HouseError(*against.values())
    _set(item, told)
    _keep(item, by, "added", {}, told_of(item))
    return item


@transaction.atomic
def change_item(*, item: ShopItem, by: Staff, left: int | None = None, **told: Any) -> ShopItem:
    """Change what something costs, who may buy it and how much of it is left; its role stays."""
    _take_turn(by, item.guild_id)
    row = _locked(item)
    before = told_of(row)
    row.supply = None if left is None else row.sold + left
    _set(row, told)
    _keep(row, by, "changed", before, told_of(row))
    return row


@transaction.atomic
def archive_item(*, item: ShopItem, by: Staff) -> ShopItem:
    """Put something away for good; who bought it keeps it."""
    _take_turn(by, item.guild_id)
    row = _locked(item)
    before = told_of(row)
    row.archived_at = timezone.now()
    _keep(row, by, "archived", before, {})
    return row


def roles_given(*, guild_id: int) -> Iterator[Gift]:
    """Name the roles that the shop sells, and those it sold that somebody still has."""
    sold = ShopItem.objects.of(guild_id).filter(role__isnull=False)
    wished = StandingOrder.objects.of(guild_id).filter(kind=ROLE, wanted=True)
    running = sold.filter(role_id__in=wished.values("subject"), sold__gt=0)
    standing = sold.standing().order_by()
    for role_id in sorted(
        {*standing.values_list("role_id", flat=True)} | {*running.values_list("role_id", flat=True)}
    ):
        yield Gift(role_id, SHOP, "The shop sells {}.")


def why_not_sold(*items: ShopItem) -> dict[int, str]:
    """Say the roles of which of a server's items are not given as things stand, and why."""
    if not any(item.role_id for item in items):
        return {}
    guild_id = items[0].guild_id
    footing, elsewhere = footing_of(guild_id), given_otherwise(guild_id=guild_id, by=SHOP)
    told = {
        item.pk: why_not_give(role=item.role, agreed=item.agreed, footing=footing)
        or elsewhere.get(item.role.pk, "").format(item.role)
        for item in items
        if item.role
    }
    return {key: words for key, words in told.items() if words}


def shelf_of(*, guild_id: int, page: int = 0) -> Shelf:
    """Return one page of what can be bought, the first being 0."""
    with guild_scope(guild_id):
        first = page * PAGE
        found = list(ShopItem.objects.of(guild_id).for_sale()[first : first + PAGE + 1])
        return Shelf(found[:PAGE], currency_of(guild_id), page, has_more=len(found) > PAGE)


def items_like(*, guild_id: int, text: str) -> list[ShopItem]:
    """Return what can be bought and is called so, or holds these letters."""
    with guild_scope(guild_id):
        items = ShopItem.objects.of(guild_id).for_sale()
        return list(items.filter(name__icontains=text.strip())[:OFFERED])


def told_of(item: ShopItem) -> dict[str, Any]:
    """Return an item as history keeps it."""
    return {name: _plain(getattr(item, name)) for name in TOLD}


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.ECONOMY, guild_id=guild_id)
    # Items of one server change one after the other.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)


def _locked(item: ShopItem) -> ShopItem:
    """Return the item as it is now; who buys one waits, or was before us."""
    rows = ShopItem.objects.of(item.guild_id).standing().filter(pk=item.pk)
    row: ShopItem | None = rows.select_for_update(no_key=True).order_by().first()
    if row is None:
        raise HouseError("This was put away already.")
    return row


def _set(item: ShopItem, told: dict[str, Any]) -> None:
    for name in CHANGEABLE:
        if name in told:
            setattr(item, name, told[name])
    if item.lasts is not None and item.lasts > LONGEST:
        raise HouseError("A role lasts ten years at most; empty is for ever.")
    same = ShopItem.objects.of(item.guild_id).called(item.name).exclude(pk=item.pk)
    if same.exists():
        raise HouseError(NAME_IS_TAKEN)
    try:
        item.clean_fields(exclude=["guild", "role", "required_role"])
        item.validate_constraints(exclude=["guild"])
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error


def _keep(
    item: ShopItem, by: Staff, verb: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    changed = [name for name in TOLD if before.get(name) != after.get(name)]
    if before and not changed:
        return
    item.save()
    write_audit(
        verb=f"economy.shopitem.{verb}",
        subject=("shopitem", item.pk),
        by=by,
        guild_id=item.guild_id,
        before={name: before[name] for name in changed if before},
        after={name: after[name] for name in changed if after},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return say_duration(value)
    return str(value.pk) if isinstance(value, Role) else value
