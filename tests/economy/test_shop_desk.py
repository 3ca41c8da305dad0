"""The shop at the desk: filled, changed, cleared and refunded by those who keep the coins."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from community.scope import guild_scope
from economy.models import Purchase, ShopItem, Transfer
from economy.services.buying import buy_item
from economy.services.gestures import Gesture
from economy.services.proof import find_breaches
from tests.economy.factories import ADA, ShopItemFactory, buy_and_return, give
from tests.factories import (
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    MemberFactory,
    RoleFactory,
)

pytestmark = pytest.mark.django_db
ITEMS = reverse("admin:economy_shopitem_changelist")
PURCHASES = reverse("admin:economy_purchase_changelist")
NEW = {"name": "Lantern", "price": 70, "left": 3, "required_level": 0, "place": 0}


@pytest.fixture
def guild():
    guild = GuildSettingsFactory(guild=GuildFactory()).guild
    MemberFactory(guild=guild, user__id=ADA, nickname="Ada")
    give(guild, ADA, 1000)
    with guild_scope(guild.pk):
        yield guild
        assert list(find_breaches(guild_id=guild.pk)) == []


@pytest.fixture
def signed_in(client, guild):
    def sign_in(*capabilities):
        client.force_login(GrantFactory(guild=guild, capabilities=list(capabilities)).staff)
        return client

    return sign_in


def buy(guild, item, asked="1"):
    wish = {"guild_id": guild.pk, "user_id": ADA, "asked": asked, "is_sure": True}
    gesture = Gesture(**wish, now=timezone.now())
    return buy_item(gesture=gesture, item_id=item.pk, price=item.price)


def deed_url(item, name):
    return reverse(f"admin:economy_shopitem_{name}", args=[item.pk])


def page_of(client, url):
    return client.get(url).content.decode()


def test_an_item_is_added_changed_and_put_away_and_the_list_says_what_it_earned(signed_in, guild):
    client, add = signed_in("see", "economy"), reverse("admin:economy_shopitem_add")

    client.post(add, {**NEW, "is_enabled": "on"})
    item = ShopItem.objects.of(guild.pk).get()
    buy(guild, item)
    shown = page_of(client, ITEMS)
    offered = client.get(deed_url(item, "edit")).context["form"].initial
    client.post(deed_url(item, "edit"), {**NEW, "price": 80, "left": ""})
    changed = page_of(client, ITEMS)
    client.post(deed_url(item, "archive"))

    assert 'aria-label="1 sold of Lantern"' in shown
    assert '<span class="dk-number">70</span>' in shown
    assert (offered["left"], offered["price"]) == (2, 70)
    assert "No end" in changed
    assert "Not for sale" in changed
    cleared = page_of(client, ITEMS)
    assert "Put away" in cleared
    assert deed_url(item, "edit") not in cleared
    refused = client.post(deed_url(item, "archive")).content.decode()
    assert "This was put away already." in refused


def test_a_role_that_cannot_be_given_is_refused_with_words_and_shown_when_it_cannot_any_more(
    signed_in, guild
):
    client = signed_in("see", "economy", "configure")
    role = RoleFactory(guild=guild, name="Warden", permissions=1 << 2)
    url = reverse("admin:economy_shopitem_add")

    refused = client.post(url, {**NEW, "role": role.pk}).content.decode()
    ShopItemFactory(guild=guild, role=role)

    assert "Warden lets its holders ban members" in refused
    assert "Cannot be given" in page_of(client, ITEMS)


def test_a_purchase_is_refunded_from_its_list_once(signed_in, guild):
    client, item = signed_in("see", "economy"), ShopItemFactory(guild=guild, name="Lantern")
    buy(guild, item)
    url = reverse("admin:economy_purchase_refund", args=[Purchase.objects.of(guild.pk).get().pk])
    before, asks = page_of(client, PURCHASES), page_of(client, url)

    client.post(url, {"reason": "It broke", "once": UUID(int=7)})
    client.post(url, {"reason": "It broke", "once": UUID(int=7)})

    assert url in before
    assert "Lantern for 100, bought by Ada" in asks
    assert Transfer.objects.of(guild.pk).filter(kind="refund").count() == 1
    after = page_of(client, PURCHASES)
    assert "Refunded by staff" in after
    assert url not in after
    undo = reverse("admin:economy_transfer_changelist")
    assert "/undo/" in page_of(client, f"{undo}?kind__exact=grant")
    assert "/undo/" not in page_of(client, f"{undo}?kind__exact=purchase")


def test_who_may_only_see_changes_nothing(signed_in, guild):
    client, item = signed_in("see"), ShopItemFactory(guild=guild)

    assert client.post(reverse("admin:economy_shopitem_add"), NEW).status_code == 403
    assert client.post(deed_url(item, "archive")).status_code == 403
    assert deed_url(item, "edit") not in page_of(client, ITEMS)


def test_the_person_page_shows_what_they_have_from_the_shop(signed_in, guild):
    client, member = signed_in("see"), MemberFactory._meta.model.objects.get(user_id=ADA)
    item = ShopItemFactory(guild=guild, name="Lantern")
    buy(guild, item)
    buy(guild, item, "2")
    buy(guild, ShopItemFactory(guild=guild, name="Glow", role=RoleFactory(guild=guild)), "3")

    page = client.get(reverse("admin:person", args=[member.pk]), {"tab": "coins"}).content.decode()

    assert "2 of it" in page
    assert "On its way" in page
    assert "for ever" in page


def test_more_rows_ask_no_more_questions(signed_in, guild):
    client = signed_in("see", "economy")

    def asked(url):
        for _ in range(3):
            ShopItemFactory(guild=guild, role=RoleFactory(guild=guild))
            buy_and_return(guild, ADA)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        return len(seen)

    for url in (ITEMS, PURCHASES):
        client.get(url)  # a session begins with questions of its own
        assert asked(url) == asked(url) <= 24
