"""The shop sells what it has, once for each wish, and repays what Discord refuses to give."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.errors import HouseError
from community.models import (
    Archive,
    AuditEntry,
    Errand,
    Guild,
    GuildSettings,
    Member,
    StandingOrder,
)
from community.scope import cross_guild, guild_scope
from community.services.giving import footing_of
from community.services.retention import keep_retention
from community.services.returning import roles_to_return
from economy.errors import NoCoins, NotEnoughCoins
from economy.models import Purchase, PurchaseReturn, ShopItem, Transfer, Wallet
from economy.models.wallets import House
from economy.services.belongings import Belonging, belongings_of
from economy.services.buying import buy_item, try_to_buy
from economy.services.gestures import Gesture
from economy.services.keeping import Order, reverse_transfer
from economy.services.proof import find_breaches
from economy.services.returning import refund_purchase, role_refused
from economy.services.shelf import add_item, archive_item, change_item, shelf_of
from tests.activity.factories import LevelRewardFactory, ProgressFactory
from tests.community.factories import StayFactory
from tests.economy.factories import ADA, BO, ShopItemFactory, buy_and_return, give
from tests.factories import (
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
A_WEEK = timedelta(days=7)
NOW = timezone.now()


def furnish():
    guild = GuildSettingsFactory(guild=GuildFactory()).guild
    for person in (ADA, BO):
        MemberFactory(guild=guild, user__id=person)
        give(guild, person, 1000)
    return guild


@pytest.fixture
def guild():
    guild = furnish()
    with guild_scope(guild.pk):
        yield guild
        assert list(find_breaches(guild_id=guild.pk)) == []


@pytest.fixture
def keeper(guild):
    return GrantFactory(guild=guild, capabilities=["see", "economy", "configure"]).staff


def asks(guild, asked="1", *, now=NOW, user_id=ADA):
    return Gesture(guild_id=guild.pk, user_id=user_id, asked=asked, now=now, is_sure=True)


def buy(guild, item, asked="1", **about):
    return buy_item(gesture=asks(guild, asked, **about), item_id=item.pk, price=item.price)


def order(guild, keeper, key="a"):
    return Order(guild_id=guild.pk, by=keeper, reason="It broke", key=key)


def coins(guild, owner_id=ADA):
    return Wallet.objects.of(guild.pk).of_owner(owner_id).get().balance


def wish_for(guild, role, user_id=ADA):
    orders = StandingOrder.objects.of(guild.pk).about(user_id)
    return orders.get(kind="role", subject=role.pk)


def sold(item):
    item.refresh_from_db()
    return item.sold


def test_what_is_bought_is_paid_once_and_stands_in_the_inventory(guild):
    item = ShopItemFactory(guild=guild, name="Lantern", price=70, supply=2)

    bought = buy(guild, item)
    again = buy(guild, item)
    buy(guild, item, "2")

    assert again == bought
    assert (bought.left, coins(guild), coins(guild, House.SHOP)) == (930, 860, 140)
    assert sold(item) == 2
    has = belongings_of(guild_id=guild.pk, user_id=ADA, now=NOW)
    assert has == [Belonging("Lantern", 2)]
    with pytest.raises(NoCoins, match="Lantern is sold out"):
        buy(guild, item, "3")


def test_trying_says_what_it_would_come_to_and_leaves_nothing_behind(guild):
    role = RoleFactory(guild=guild)
    item = ShopItemFactory(guild=guild, name="Glow", role=role, lasts=A_WEEK, supply=1)

    told = try_to_buy(gesture=asks(guild), name=" glow ")

    assert (told.left, told.role_id, told.ends_at) == (900, role.pk, NOW + A_WEEK)
    assert (coins(guild), sold(item)) == (1000, 0)
    assert not Purchase.objects.of(guild.pk).exists()
    assert not StandingOrder.objects.of(guild.pk).exists()
    with pytest.raises(NoCoins, match="nothing of that name"):
        try_to_buy(gesture=asks(guild), name="Glo")


def test_nothing_is_sold_to_whom_it_is_not_for(guild):
    role = RoleFactory(guild=guild)
    told = {"required_role": role, "required_level": 3, "most_each": 1}
    item = ShopItemFactory(guild=guild, name="Lantern", **told)

    with pytest.raises(NoCoins, match="Only who has @Reader may buy Lantern"):
        buy(guild, item)
    MemberRoleFactory(guild=guild, member=Member.objects.get(user_id=ADA), role=role)
    with pytest.raises(NoCoins, match="reached level 3"):
        buy(guild, item)
    ProgressFactory(guild=guild, user_id=ADA, level=3)
    assert buy(guild, item).left == 900
    with pytest.raises(NoCoins, match="Nobody buys more than 1 of Lantern"):
        buy(guild, item, "2")


def test_nothing_is_sold_too_dear_at_another_price_or_to_the_frozen(guild):
    item = ShopItemFactory(guild=guild, name="Moon", price=1001)

    with pytest.raises(NotEnoughCoins, match="Moon costs 1,001 coins, and you do not have so many"):
        buy(guild, item)
    with pytest.raises(NoCoins, match="costs 1,001 now"):
        buy_item(gesture=asks(guild), item_id=item.pk, price=1000)
    ShopItem.objects.update(is_enabled=False)
    with pytest.raises(NoCoins, match="not for sale"):
        buy(guild, item)
    StandingOrderFactory(guild=guild, user_id=ADA, kind="timeout")
    with pytest.raises(NoCoins, match="frozen"):
        buy(guild, item)


def test_a_role_is_kept_true_until_its_end_and_bought_again_lasts_on(guild):
    role = RoleFactory(guild=guild)
    week = ShopItemFactory(guild=guild, name="A week", role=role, lasts=A_WEEK)
    ever = ShopItemFactory(guild=guild, name="For ever", role=role)

    buy(guild, week)
    second = buy(guild, week, "2", now=NOW + timedelta(days=1))
    late = buy(guild, week, "3", now=NOW + 5 * A_WEEK)

    assert second.ends_at == NOW + 2 * A_WEEK
    assert late.ends_at == NOW + 6 * A_WEEK
    assert (wish_for(guild, role).until, wish_for(guild, role).wanted_rev) == (late.ends_at, 3)
    soon = belongings_of(guild_id=guild.pk, user_id=ADA, now=NOW + 5 * A_WEEK)
    assert soon == [Belonging("A week", 1, role.pk, late.ends_at, has_come=False)]
    assert belongings_of(guild_id=guild.pk, user_id=ADA, now=NOW + 6 * A_WEEK) == []

    assert buy(guild, ever, "4", now=NOW + 5 * A_WEEK).ends_at is None
    assert wish_for(guild, role).until is None
    with pytest.raises(NoCoins, match="long enough already"):
        buy(guild, week, "5", now=NOW + 5 * A_WEEK)


def test_no_role_is_sold_that_cannot_be_given_or_is_there_already(guild):
    role = RoleFactory(guild=guild, name="Night owl")
    item = ShopItemFactory(guild=guild, name="Owl", role=role)
    MemberRoleFactory(guild=guild, member=Member.objects.get(user_id=BO), role=role)

    with pytest.raises(NoCoins, match="You have @Night owl already"):
        buy(guild, item, user_id=BO)
    role.permissions = 1 << 28
    role.save()
    with pytest.raises(NoCoins, match=r"nothing was bought\. @Night owl lets its"):
        buy(guild, item)
    assert coins(guild) == 1000


def test_what_discord_refuses_is_repaid_and_what_came_before_stays(guild):
    role = RoleFactory(guild=guild)
    item = ShopItemFactory(guild=guild, name="Glow", role=role, lasts=A_WEEK, supply=5)
    buy(guild, item)
    StandingOrder.objects.of(guild.pk).update(applied_rev=1)  # Discord has confirmed the first
    buy(guild, item, "2")
    wish = wish_for(guild, role)

    role_refused(order=wish, words="The role is gone.", now=NOW)
    wish.save()

    assert (coins(guild), sold(item)) == (900, 1)
    assert (wish.wanted, wish.until) == (True, NOW + A_WEEK)
    assert PurchaseReturn.objects.of(guild.pk).get().cause == "refused"
    told = Errand.objects.of(guild.pk).get()
    words = "You have your 100 coins for Glow back. The role is gone."
    assert (told.user_id, told.payload["message"]["content"]) == (ADA, words)
    repaid = Transfer.objects.of(guild.pk).get(kind="refund")
    assert Transfer.objects.of(guild.pk).get(pk=repaid.undoes_id).kind == "purchase"


def test_a_role_that_never_came_is_wished_no_more(guild):
    role = RoleFactory(guild=guild)
    buy(guild, ShopItemFactory(guild=guild, role=role))
    wish = wish_for(guild, role)
    wish.hold = "permission"

    role_refused(order=wish, words="The role is too high.", now=NOW)
    role_refused(order=wish, words="The role is too high.", now=NOW)
    wish.save()

    assert (wish.wanted, wish.hold, coins(guild)) == (False, "", 1000)
    assert not belongings_of(guild_id=guild.pk, user_id=ADA, now=NOW)


def test_a_refund_of_staff_repays_once_and_takes_the_role_back(guild, keeper):
    role = RoleFactory(guild=guild)
    item = ShopItemFactory(guild=guild, role=role, lasts=A_WEEK)
    buy(guild, item, now=NOW)
    buy(guild, item, "2", now=NOW)
    first, second = Purchase.objects.of(guild.pk).order_by("pk")

    refund_purchase(order=order(guild, keeper), purchase_id=first.pk)
    refund_purchase(order=order(guild, keeper), purchase_id=first.pk)

    assert wish_for(guild, role).until == NOW + A_WEEK
    with pytest.raises(HouseError, match="given back already"):
        refund_purchase(order=order(guild, keeper, "b"), purchase_id=first.pk)
    refund_purchase(order=order(guild, keeper, "c"), purchase_id=second.pk)
    assert not wish_for(guild, role).wanted
    assert (coins(guild), sold(item)) == (1000, 0)
    audit = AuditEntry.objects.of(guild.pk).filter(verb="economy.purchase.refunded")
    assert [entry.after["coins"] for entry in audit] == [100, 100]


def test_what_paid_in_the_shop_is_not_undone_behind_its_back(guild, keeper):
    buy(guild, ShopItemFactory(guild=guild))
    paid = Transfer.objects.of(guild.pk).get(kind="purchase")

    with pytest.raises(HouseError, match="refund the purchase instead"):
        reverse_transfer(order=order(guild, keeper), transfer_id=paid.pk)


def test_who_may_not_keep_coins_sells_and_refunds_nothing(guild):
    by = GrantFactory(guild=guild, capabilities=["see", "moderate"]).staff
    item = ShopItemFactory(guild=guild)
    buy(guild, item)
    mine = Purchase.objects.of(guild.pk).get()

    for deed in (
        lambda: refund_purchase(order=order(guild, by), purchase_id=mine.pk),
        lambda: add_item(guild_id=guild.pk, by=by, name="Moon", price=5),
        lambda: change_item(item=item, by=by, price=1),
        lambda: archive_item(item=item, by=by),
    ):
        with pytest.raises(HouseError):
            deed()
    assert coins(guild) == 900


def test_staff_fill_change_and_clear_the_shelf(guild, keeper):
    item = add_item(guild_id=guild.pk, by=keeper, name="Lantern", price=50, left=2)
    buy(guild, item)

    change_item(item=item, by=keeper, left=3, price=60)
    shelf = shelf_of(guild_id=guild.pk)
    with pytest.raises(HouseError, match="another item of that name"):
        add_item(guild_id=guild.pk, by=keeper, name="LANTERN", price=5)
    with pytest.raises(HouseError, match="costs a coin at least"):
        change_item(item=item, by=keeper, price=0)
    archive_item(item=item, by=keeper)

    item.refresh_from_db()
    assert (item.supply, item.sold, item.left) == (4, 1, 3)
    assert [(each.name, each.price) for each in shelf.items] == [("Lantern", 60)]
    assert shelf_of(guild_id=guild.pk).items == []
    with pytest.raises(HouseError, match="put away already"):
        change_item(item=item, by=keeper, price=5)
    audit = AuditEntry.objects.of(guild.pk).filter(verb="economy.shopitem.changed").get()
    assert (audit.before, audit.after) == ({"price": 50, "left": 1}, {"price": 60, "left": 3})


def test_a_role_is_sold_only_by_who_may_configure_and_given_by_nothing_else(guild, keeper):
    role = RoleFactory(guild=guild, name="Night owl")
    by = GrantFactory(guild=guild, capabilities=["see", "economy"]).staff
    told = {"guild_id": guild.pk, "name": "Owl", "price": 5, "role": role}

    with pytest.raises(HouseError):
        add_item(by=by, **told)
    reward = LevelRewardFactory(guild=guild, role=role)
    with pytest.raises(HouseError, match="A level brings @Night owl already"):
        add_item(by=keeper, **told)
    reward.delete()
    assert add_item(by=keeper, lasts=A_WEEK, **told).role == role


def test_a_bought_role_that_has_ended_does_not_come_back_with_who_returns(guild):
    plain, bought = RoleFactory(guild=guild), RoleFactory(guild=guild)
    ShopItemFactory(guild=guild, role=bought, lasts=A_WEEK)
    member, left_at = Member.objects.get(user_id=ADA), NOW - 9 * A_WEEK
    for role in (plain, bought):
        held = {"member": member, "role": role, "assigned_at": left_at - A_WEEK}
        MemberRoleFactory(guild=guild, **held, ended_at=left_at)
    StayFactory(guild=guild, member=member, joined_at=left_at, left_at=left_at, closed_at=left_at)
    stay = StayFactory(guild=guild, member=member, joined_at=NOW)
    settings = GuildSettings.objects.of(guild.pk).get()

    told = {"settings": settings, "footing": footing_of(guild.pk)}
    assert roles_to_return(stay=stay, **told) == [plain.pk]


def test_a_removed_servers_purchases_are_archived_and_go_with_it():
    guild = furnish()
    with guild_scope(guild.pk):
        buy(guild, ShopItemFactory(guild=guild))
        buy_and_return(guild, ADA)
    with cross_guild("the bot was removed"):
        Guild.objects.filter(pk=guild.pk).update(left_at=timezone.now() - timedelta(days=31))

        keep_retention()

        assert not Guild.objects.filter(pk=guild.pk).exists()
        assert not Purchase.objects.exists()
    archives = Archive.objects.filter(table_name__startswith="economy_purchase")
    assert {each.table_name: each.row_count for each in archives} == {
        "economy_purchase": 2,
        "economy_purchasereturn": 1,
    }


TAMPERINGS = {
    "another price": ("S1", "UPDATE economy_purchase SET price = price + 1 WHERE true"),
    "paid by nothing": ("S1", "UPDATE economy_purchase SET paid_by = paid_by + 99 WHERE true"),
    "repaid by nothing": ("S2", "UPDATE economy_purchasereturn SET repaid_by = 10^9 WHERE true"),
    "one more sold": ("S3", "UPDATE economy_shopitem SET sold = sold + 1 WHERE true"),
    "a till too full": ("S4", "UPDATE economy_wallet SET balance = balance + 1 WHERE owner_id = 2"),
    "nothing bought": ("S5", "DELETE FROM economy_purchase WHERE price = 100"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whoever_tampers_with_the_shop_is_found_out(what):
    rule, sql = TAMPERINGS[what]
    guild = furnish()
    with guild_scope(guild.pk):
        buy(guild, ShopItemFactory(guild=guild))
        buy_and_return(guild, ADA)
        assert list(find_breaches(guild_id=guild.pk)) == []

        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in ("economy_purchase", "economy_purchasereturn"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"{sql} AND guild_id = %s", [guild.pk])

        assert any(f"({rule})" in each for each in find_breaches(guild_id=guild.pk))


@pytest.mark.django_db(transaction=True)
def test_forty_who_buy_the_last_five_at_once_never_oversell_them():
    guild = furnish()
    item = ShopItemFactory(guild=guild, price=10, supply=5)

    def wants(number):
        try:
            with guild_scope(guild.pk):
                return buy(guild, item, str(number), user_id=(ADA, BO)[number % 2]).left
        except NoCoins:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        got = [left for left in pool.map(wants, range(40)) if left is not None]

    with guild_scope(guild.pk):
        assert (len(got), sold(item), Purchase.objects.of(guild.pk).count()) == (5, 5, 5)
        assert coins(guild, House.SHOP) == 50
        assert list(find_breaches(guild_id=guild.pk)) == []
