"""What people do in the shop on Discord: from the command to the role, or back to the coins."""

from datetime import timedelta

import pytest

from community.models import GuildSettings, Role, StandingOrder
from economy.models import Purchase
from economy.services.proof import find_breaches
from tests.economy.factories import ShopItemFactory, give
from tests.economy.test_on_discord import coins
from tests.living_bot import becomes, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(here):
    """A shop with a lantern and a role, and somebody with a thousand coins."""
    guild = GuildSettings.objects.get(guild_id=here.guild_id).guild
    give(guild, here.human, 1000)
    plain = Role.objects.filter(guild_id=here.guild_id, permissions=0, managed=False)
    role = plain.exclude(pk=here.guild_id).order_by("position").first()
    ShopItemFactory(guild=guild, name="Lantern", price=40, supply=3)
    glow = {"name": "Glow", "price": 100, "role": role, "lasts": timedelta(days=7)}
    return ShopItemFactory(guild=guild, **glow)


def test_a_role_is_looked_up_bought_once_and_taken_back_when_it_ends(here, shop):
    human, role = here.place.human, str(shop.role_id)
    orders = StandingOrder.objects.filter(guild_id=here.guild_id, subject=shop.role_id)

    shelf = here.use("shop", by=human)["embeds"][0]
    asked = here.use("buy", by=human, item="glow")
    here.sandbox.add_fault("interaction_twice", times=1)
    bought = here.press(asked, "Buy", by=human)["content"]
    eventually(lambda: role in here.roles())
    has = here.use("inventory", by=human)["embeds"][0]["description"]

    assert [(field["name"], field["value"]) for field in shelf["fields"]] == [
        ("Lantern: 40 coins", "3 left"),
        ("Glow: 100 coins", f"Gives <@&{role}> for 7 days."),
    ]
    assert here.offered("buy", "item", "lan") == [("Lantern (40)", "Lantern")]
    assert asked["content"].startswith(f"Buy **Glow** for **100**? It brings <@&{role}> until <t:")
    assert bought.endswith("You have 900 left.")
    assert (coins(here, human), Purchase.objects.count()) == (900, 1)
    assert has.startswith(f"**Glow**: <@&{role}> until <t:")

    becomes(lambda: orders.get().is_settled, wanted=True)
    orders.update(until=orders.get().wanted_at, next_check_at=orders.get().wanted_at)
    eventually(lambda: role not in here.roles())
    assert list(find_breaches(guild_id=here.guild_id)) == []


def test_who_buys_a_role_that_discord_refuses_has_their_coins_back_and_is_told(here, shop):
    human, role = here.place.human, str(shop.role_id)

    def lose_it(heart):
        del heart.world.guilds[here.place.guild].roles[role]

    here.sandbox.do(lose_it)  # and nobody was told
    asked = here.use("buy", by=human, item="Glow")
    here.press(asked, "Buy", by=human)
    told = eventually(here.told)

    assert told == ["You have your 100 coins for Glow back. The role is gone."]
    assert coins(here, human) == 1000
    assert not StandingOrder.objects.get(subject=shop.role_id).wanted
    nothing = here.use("inventory", by=human)["embeds"][0]["description"]
    assert nothing == "You have nothing from the shop yet."
    refused = here.use("buy", by=human, item="Moon")["content"]
    assert refused == "The shop has nothing of that name: see /shop."
    assert list(find_breaches(guild_id=here.guild_id)) == []
