"""Coins are neither made nor lost, whoever moves them, however often, and all at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection

from community.scope import cross_guild, guild_scope
from economy.errors import AlreadyDone, NotEnoughCoins, TooManyCoins
from economy.models import Posting, Transfer, TransferNote, Wallet
from economy.models.wallets import MOST_COINS, House
from economy.services import privacy
from economy.services.ledger import Movement, move_coins, undo_transfer
from economy.services.privacy import export_member, forget_member
from economy.services.proof import find_breaches
from tests.economy import factories
from tests.economy.factories import ADA, BO, give
from tests.factories import GuildFactory, GuildSettingsFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def guild():
    guild = GuildFactory()
    with guild_scope(guild.pk):
        yield guild


def payment(guild, amount=30, **told):
    wish = {"kind": "transfer", "source": ADA, "target": BO, "key": "one", **told}
    return Movement(guild_id=guild.pk, amount=amount, **wish)


def balances(guild):
    return dict(Wallet.objects.of(guild.pk).of_people().values_list("owner_id", "balance"))


def test_what_one_pays_the_other_gets_and_both_have_a_line(guild):
    give(guild, ADA, 100)

    moved = move_coins(movement=payment(guild, note="For the soup"))

    assert (moved.source_after, moved.target_after) == (70, 30)
    assert balances(guild) == {ADA: 70, BO: 30}
    lines = Posting.objects.of(guild.pk).filter(transfer_id=moved.transfer_id).order_by("amount")
    assert [(line.amount, line.after) for line in lines] == [(-30, 70), (30, 30)]
    assert TransferNote.objects.get().words == "For the soup"
    assert list(find_breaches(guild_id=guild.pk)) == []


def test_nobody_pays_what_they_do_not_have_and_nothing_is_written(guild):
    give(guild, ADA, 10)

    with pytest.raises(NotEnoughCoins, match="There are not 30 coins to give"):
        move_coins(movement=payment(guild))

    assert balances(guild)[ADA] == 10
    assert Transfer.objects.of(guild.pk).count() == 1


def test_the_same_wish_counts_once_and_is_answered_alike(guild):
    give(guild, ADA, 100)
    first = move_coins(movement=payment(guild))
    give(guild, ADA, 5)

    again = move_coins(movement=payment(guild))

    assert again == replace(first, is_new=False)
    assert balances(guild) == {ADA: 75, BO: 30}


@pytest.mark.parametrize("other", [{"amount": 31}, {"kind": "fine"}, {"source": BO, "target": ADA}])
def test_a_known_key_with_other_figures_is_refused(guild, other):
    give(guild, ADA, 100)
    give(guild, BO, 100)
    move_coins(movement=payment(guild))

    with pytest.raises(AlreadyDone, match="other figures"):
        move_coins(movement=replace(payment(guild), **other))


@pytest.mark.parametrize("amount", [0, -5, MOST_COINS + 1])
def test_no_wish_moves_nothing_or_more_than_there_can_be(guild, amount):
    with pytest.raises(NotEnoughCoins):
        move_coins(movement=payment(guild, amount))
    with pytest.raises(NotEnoughCoins, match="same"):
        move_coins(movement=payment(guild, source=BO))


def test_no_wallet_holds_more_than_can_be_counted(guild):
    give(guild, ADA, MOST_COINS)

    with pytest.raises(TooManyCoins):
        give(guild, ADA, 1)

    assert balances(guild) == {ADA: MOST_COINS}


def test_a_transfer_is_undone_once_by_a_new_one(guild):
    give(guild, ADA, 100)
    moved = move_coins(movement=payment(guild))
    by = payment(guild, kind="reversal", key="undo")

    undone = undo_transfer(guild_id=guild.pk, transfer_id=moved.transfer_id, by=by)
    again = undo_transfer(guild_id=guild.pk, transfer_id=moved.transfer_id, by=by)

    assert balances(guild) == {ADA: 100, BO: 0}
    assert (again.transfer_id, again.is_new) == (undone.transfer_id, False)
    for key, transfer_id in (("other", moved.transfer_id), ("back", undone.transfer_id)):
        with pytest.raises(AlreadyDone):
            undo_transfer(guild_id=guild.pk, transfer_id=transfer_id, by=replace(by, key=key))


def test_two_servers_have_nothing_to_do_with_each_other():
    here, there = GuildFactory(), GuildFactory()
    give(here, ADA, 100)
    give(there, ADA, 7)

    with guild_scope(here.pk):
        move_coins(movement=payment(here))
        assert balances(here) == {ADA: 70, BO: 30}

    with guild_scope(there.pk):
        assert balances(there) == {ADA: 7}


@pytest.mark.parametrize(
    ("refusal", "sql"),
    [
        (
            "not_in_debt",
            "UPDATE economy_wallet SET balance = -1 WHERE guild_id = %s AND owner_id > 9",
        ),
        (
            "can_be_counted",
            "UPDATE economy_wallet SET balance = 1000000000000001 WHERE guild_id = %s",
        ),
        (
            "source_in_same_guild",
            "INSERT INTO economy_transfer"
            " (guild_id, kind, source_id, target_id, amount, key, asked, at)"
            " SELECT guild_id + 1, 'grant', min(id), max(id), 1, 'x', '', now()"
            " FROM economy_wallet WHERE guild_id = %s GROUP BY 1",
        ),
        ("append-only", "UPDATE economy_posting SET amount = 9 WHERE guild_id = %s"),
        ("append-only", "DELETE FROM economy_transfer WHERE guild_id = %s"),
    ],
)
def test_the_database_itself_refuses_debt_and_a_rewritten_history(guild, refusal, sql):
    give(guild, ADA, 10)

    with connection.cursor() as cursor, pytest.raises(IntegrityError, match=refusal):
        cursor.execute(sql, [guild.pk])


TAMPERINGS = {
    "a coin is made": ("L2", "UPDATE economy_wallet SET balance = balance + 1 WHERE owner_id > 9"),
    "a coin is made long ago": (
        "L4b",
        "UPDATE economy_wallet SET balance = balance + 1, archived = archived + 1 WHERE id > 0",
    ),
    "coins are made for all": (
        "L4",
        "UPDATE economy_wallet SET balance = balance + 5 WHERE id > 0",
    ),
    "a transfer has no lines": ("L1c", "DELETE FROM economy_posting WHERE id > 0"),
    "a transfer undoes another": ("L6", "UPDATE economy_transfer SET undoes_id = id WHERE id > 0"),
    "lines leave without a paper": ("L5", "DELETE FROM economy_posting WHERE seq = 1"),
    "a line is changed": ("L1", "UPDATE economy_posting SET amount = amount + 1 WHERE amount > 0"),
    "a line is gone": ("L1", "DELETE FROM economy_posting WHERE amount < 0"),
    "another sum after": ("L7", "UPDATE economy_posting SET after = after + 1 WHERE seq = 1"),
    "a line is renumbered": ("L7", "UPDATE economy_posting SET seq = seq + 5 WHERE seq = 2"),
    "a transfer is changed": ("L1b", "UPDATE economy_transfer SET amount = amount + 1 WHERE true"),
    "lines are not counted": (
        "L7b",
        "UPDATE economy_wallet SET last_seq = 9 WHERE true",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whoever_tampers_with_coins_is_found_out(guild, what):
    rule, sql = TAMPERINGS[what]
    give(guild, ADA, 100)
    move_coins(movement=payment(guild))
    assert list(find_breaches(guild_id=guild.pk)) == []

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in ("economy_posting", "economy_transfer"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"{sql} AND guild_id = %s", [guild.pk])

    assert any(f"({rule})" in each for each in find_breaches(guild_id=guild.pk))


def test_a_forgotten_person_leaves_no_coin_unaccounted_for(guild):
    give(guild, ADA, 100)
    move_coins(movement=payment(guild, note="For the soup", actor_id=ADA))
    factories.ClaimFactory(guild=guild)
    GuildSettingsFactory(guild=guild)
    factories.buy_and_return(guild, ADA)

    with cross_guild("a test erases somebody"):
        copied = export_member(user_id=ADA)
        forget_member(user_id=ADA)
        assert not any(export_member(user_id=ADA).values())

    assert all(copied.values())
    assert TransferNote.objects.get(transfer__kind="transfer").words == ""
    assert balances(guild) == {BO: 30}
    issuance = Wallet.objects.of(guild.pk).of_owner(House.ISSUANCE).get()
    assert issuance.balance == -30
    assert list(find_breaches(guild_id=guild.pk)) == []


def test_what_comes_while_somebody_is_forgotten_is_given_back_too(guild):
    give(guild, ADA, 100)
    seen = Wallet.objects.of(guild.pk).of_owner(ADA).get()
    give(guild, ADA, 5)

    privacy._close(seen)

    assert Wallet.objects.of(guild.pk).get(pk=seen.pk).balance == 0


def test_nothing_is_given_back_to_somebody_who_was_forgotten(guild):
    give(guild, ADA, 100)
    moved, by = move_coins(movement=payment(guild)), payment(guild, kind="reversal", key="undo")
    with cross_guild("a test erases somebody"):
        forget_member(user_id=ADA)

    with pytest.raises(AlreadyDone, match="forgotten"):
        undo_transfer(guild_id=guild.pk, transfer_id=moved.transfer_id, by=by)


def test_every_table_has_a_factory():
    for model in apps.get_app_config("economy").get_models():
        assert hasattr(factories, f"{model.__name__}Factory"), model


@pytest.mark.django_db(transaction=True)
def test_sixteen_who_pay_from_one_wallet_at_once_never_overdraw_it():
    guild = GuildFactory()
    give(guild, ADA, 100)

    def pay(number):
        try:
            with guild_scope(guild.pk):
                sides = {"source": ADA, "target": BO + number % 3}
                return move_coins(movement=payment(guild, 10, key=f"k{number}", **sides)).is_new
        except NotEnoughCoins:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        paid = list(pool.map(pay, range(16)))

    with guild_scope(guild.pk):
        assert sum(paid) == 10
        assert balances(guild)[ADA] == 0
        assert list(find_breaches(guild_id=guild.pk)) == []


@pytest.mark.django_db(transaction=True)
def test_one_wish_told_by_eight_at_once_counts_once_and_both_ways_never_lock_each_other():
    guild = GuildFactory()
    give(guild, ADA, 1000)
    give(guild, BO, 1000)

    def pay(number):
        sides = {"source": ADA, "target": BO} if number % 2 else {"source": BO, "target": ADA}
        try:
            with guild_scope(guild.pk):
                same = move_coins(movement=payment(guild, 3))
                move_coins(movement=payment(guild, 5, key=f"k{number}", **sides))
                return same.is_new
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        paid = list(pool.map(pay, range(40)))

    with guild_scope(guild.pk):
        assert sum(paid) == 1
        assert balances(guild) == {ADA: 997, BO: 1003}
        assert list(find_breaches(guild_id=guild.pk)) == []
