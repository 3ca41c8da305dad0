"""What people earn, pay and stake: once for each wish, by the server's rules."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from activity.cog.describing import describe_board
from activity.services.boards import board_of
from community.errors import HouseError
from community.models import GuildSettings
from community.scope import cross_guild, guild_scope
from economy.errors import AskFirst, NoCoins, NotEnoughCoins, TooEarly
from economy.models import EconomyDay, Transfer, TransferNote, Wallet
from economy.models.wallets import House
from economy.services import gambling
from economy.services.days import count_economy_days
from economy.services.earning import take_daily, work
from economy.services.gambling import GAMES, draw, gamble, odds
from economy.services.gestures import Gesture
from economy.services.keeping import Order, fine_member, grant_coins, reverse_transfer
from economy.services.paying import Paid, pay_member
from economy.services.privacy import forget_member
from economy.services.proof import find_breaches
from economy.tasks import count_days
from tests.economy.factories import ADA, BO, EconomySettingsFactory, give
from tests.factories import (
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    MemberFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture
def guild():
    guild = GuildSettingsFactory(guild=GuildFactory(tz="Europe/Berlin")).guild
    for person in (ADA, BO):
        MemberFactory(guild=guild, user__id=person)
    with guild_scope(guild.pk):
        yield guild
        assert list(find_breaches(guild_id=guild.pk)) == []


def asks(guild, asked="1", *, now=EVENING, user_id=ADA, is_sure=False):
    return Gesture(guild_id=guild.pk, user_id=user_id, asked=asked, now=now, is_sure=is_sure)


def balance(guild, owner_id=ADA):
    return Wallet.objects.of(guild.pk).get(owner_id=owner_id).balance


def test_a_days_coins_come_once_in_each_day_of_the_servers_zone(guild):
    first = take_daily(gesture=asks(guild))  # half past midnight in Berlin
    again = take_daily(gesture=asks(guild))
    with pytest.raises(TooEarly, match="There are more"):
        take_daily(gesture=asks(guild, "2", now=EVENING + timedelta(hours=23)))
    second = take_daily(gesture=asks(guild, "3", now=EVENING + timedelta(hours=24)))
    late = take_daily(gesture=asks(guild, "4", now=EVENING + timedelta(days=5)))

    assert again == first
    assert (first.coins, first.streak) == (200, 1)
    assert first.again_at == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert (second.coins, second.streak) == (210, 2)
    assert (late.coins, late.streak, late.balance) == (200, 1, 610)


def test_a_server_that_moves_to_where_it_is_yesterday_has_no_second_today(guild):
    type(guild).objects.filter(pk=guild.pk).update(tz="Pacific/Kiritimati")
    take_daily(gesture=asks(guild))
    type(guild).objects.filter(pk=guild.pk).update(tz="Pacific/Pago_Pago")

    with pytest.raises(TooEarly, match="today's coins"):
        take_daily(gesture=asks(guild, "2"))
    later = take_daily(gesture=asks(guild, "3", now=EVENING + timedelta(days=2)))
    assert (later.coins, later.streak) == (210, 2)


def test_a_day_is_as_long_as_it_is_where_clocks_are_changed(guild):
    eve = datetime(2026, 3, 28, 22, 59, tzinfo=UTC)  # a minute to midnight; the day has 23 hours

    first = take_daily(gesture=asks(guild, now=eve))
    second = take_daily(gesture=asks(guild, "2", now=first.again_at))

    assert first.again_at == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert second.again_at == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert second.streak == 2


def test_the_books_name_nobody_who_was_forgotten(guild, monkeypatch):
    monkeypatch.setattr(gambling.dice, "random", lambda: 0.0)
    take_daily(gesture=asks(guild))
    work(gesture=asks(guild, "2"))
    gamble(gesture=asks(guild, "3"), game="coin", stake=10)
    pay_member(gesture=asks(guild, "4"), to=BO, coins=5, note="From Ada")
    by_bo = Gesture(guild_id=guild.pk, user_id=BO, asked="5", now=EVENING)
    pay_member(gesture=by_bo, to=ADA, coins=1, note="From Bo")

    with cross_guild("a test erases somebody"):
        forget_member(user_id=ADA)

    told = Transfer.objects.of(guild.pk).values_list("actor_id", "key", "asked")
    assert str(ADA) not in str(list(told))
    assert set(TransferNote.objects.values_list("words", flat=True)) == {"", "From Bo"}


def test_a_streak_brings_no_more_after_its_days(guild):
    EconomySettingsFactory(guild=guild, streak_days=3, streak_coins=50)

    came = [
        take_daily(gesture=asks(guild, str(day), now=EVENING + timedelta(days=day))).coins
        for day in range(5)
    ]

    assert came == [200, 250, 300, 300, 300]


def test_work_pays_within_its_bounds_and_has_a_pause(guild):
    EconomySettingsFactory(guild=guild, work_least=5, work_most=7)

    done = work(gesture=asks(guild))
    again = work(gesture=asks(guild))
    with pytest.raises(TooEarly, match="just worked"):
        work(gesture=asks(guild, "2", now=EVENING + timedelta(minutes=59)))
    later = work(gesture=asks(guild, "3", now=EVENING + timedelta(minutes=60)))

    assert again == done
    assert 5 <= done.coins <= 7
    assert later.balance == done.coins + later.coins


def test_a_payment_reaches_the_other_less_the_tax_once(guild):
    EconomySettingsFactory(guild=guild, pay_tax=10)
    give(guild, ADA, 500)

    paid = pay_member(gesture=asks(guild), to=BO, coins=55, note="For the soup")
    again = pay_member(gesture=asks(guild), to=BO, coins=55, note="For the soup")

    assert paid == again == Paid(50, 5, 445)
    assert (balance(guild), balance(guild, BO), balance(guild, House.TAXES)) == (445, 50, 5)
    assert TransferNote.objects.get().words == "For the soup"


def test_a_large_payment_asks_first_and_odd_ones_are_refused(guild):
    give(guild, ADA, 5000)

    with pytest.raises(AskFirst, match="Pay 1,001 to"):
        pay_member(gesture=asks(guild), to=BO, coins=1001)
    assert pay_member(gesture=asks(guild, is_sure=True), to=BO, coins=1001).coins == 1001
    for to, coins in ((BO, 0), (BO, -5), (ADA, 5), (ADA + 99, 5)):
        with pytest.raises(NoCoins):
            pay_member(gesture=asks(guild, "2"), to=to, coins=coins)
    with pytest.raises(NotEnoughCoins):
        pay_member(gesture=asks(guild, "2", is_sure=True), to=BO, coins=4000)


def test_who_is_muted_moves_no_coins_unless_the_server_lets_them(guild):
    StandingOrderFactory(guild=guild, user_id=ADA, kind="timeout")

    with pytest.raises(NoCoins, match="frozen"):
        take_daily(gesture=asks(guild))
    EconomySettingsFactory(guild=guild, freezes_muted=False)
    assert take_daily(gesture=asks(guild)).coins == 200


def test_a_server_may_have_no_economy(guild):
    GuildSettings.objects.update(economy_enabled=False)

    with pytest.raises(NoCoins, match="switched its economy off"):
        take_daily(gesture=asks(guild))


@pytest.mark.parametrize(("luck", "back"), [(0.0, 20), (0.499, 0)])
def test_a_stake_comes_back_doubled_or_not_at_all_and_counts_once(guild, monkeypatch, luck, back):
    give(guild, ADA, 100)
    EconomySettingsFactory(guild=guild, house_edge=10)
    monkeypatch.setattr(gambling.dice, "random", lambda: luck)

    played = gamble(gesture=asks(guild), game="coin", stake=10)
    monkeypatch.setattr(gambling.dice, "random", lambda: 0.4)
    again = gamble(gesture=asks(guild), game="coin", stake=10)

    assert played == again
    assert (played.back, played.balance) == (back, 90 + back)
    assert balance(guild, House.GAMBLING) == 10 - back


def test_nobody_plays_for_coins_they_do_not_have_or_beyond_the_bounds(guild, monkeypatch):
    give(guild, ADA, 9)
    monkeypatch.setattr(gambling.dice, "random", lambda: 0.0)

    with pytest.raises(NotEnoughCoins):
        gamble(gesture=asks(guild), game="coin", stake=10)
    for game, stake in (("coin", 9), ("coin", 1001), ("chess", 10)):
        with pytest.raises(NoCoins):
            gamble(gesture=asks(guild), game=game, stake=stake)


def test_the_leaderboard_tells_who_has_most_coins_now(guild):
    give(guild, ADA, 5)
    give(guild, BO, 70)
    about = {"guild_id": guild.pk, "measure": "coins", "asked_by": ADA}

    board = board_of(**about, span="ever")

    assert [(line.user_id, line.value) for line in board.lines] == [(BO, 70), (ADA, 5)]
    assert board.mine.place == 2
    assert describe_board(board).footer.text == "You are #2 with 5 coins."
    with pytest.raises(HouseError, match="what people have now"):
        board_of(**about, span="week")


@pytest.mark.parametrize("game", GAMES)
def test_every_game_keeps_exactly_the_edge_that_is_set(game):
    for edge in (0, 3, 50):
        back = sum(times * share for times, share in odds(GAMES[game], edge))
        assert back == Fraction(100 - edge, 100)
    shares = [float(share) for _, share in odds(GAMES[game], 3)]
    borders = [sum(shares[: place + 1]) for place in range(len(shares))]
    drawn = [draw(GAMES[game], 3, border - 1e-9) for border in borders]
    assert drawn == [times for times, _ in GAMES[game]]
    assert draw(GAMES[game], 3, borders[-1] + 1e-9) == 0


@pytest.fixture
def keeper(guild):
    return GrantFactory(guild=guild, capabilities=["see", "economy"]).staff


def test_staff_grant_fine_and_undo_with_a_reason_that_is_written_down(guild, keeper):
    def order(key):
        return Order(guild_id=guild.pk, by=keeper, reason="Won the quiz", key=key)

    granted = grant_coins(order=order("a"), user_id=ADA, coins=100)
    grant_coins(order=order("a"), user_id=ADA, coins=100)
    fine_member(order=order("b"), user_id=ADA, coins=30)
    with pytest.raises(NotEnoughCoins):
        reverse_transfer(order=order("c"), transfer_id=granted.transfer_id)
    grant_coins(order=order("d"), user_id=ADA, coins=30)
    reverse_transfer(order=order("c"), transfer_id=granted.transfer_id)
    reverse_transfer(order=order("c"), transfer_id=granted.transfer_id)

    from community.models import AuditEntry

    assert balance(guild) == 0
    verbs = AuditEntry.objects.of(guild.pk).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "economy.coins.granted",
        "economy.coins.fined",
        "economy.coins.granted",
        "economy.transfer.reversed",
    ]


def test_days_tell_what_was_made_taken_and_moved_however_often_they_are_counted(guild, keeper):
    give(guild, ADA, 100)
    pay_member(gesture=asks(guild, now=datetime.now(UTC)), to=BO, coins=40)
    order = Order(guild_id=guild.pk, by=keeper, reason="Spam", key="a")
    fine_member(order=order, user_id=BO, coins=15)

    assert count_days() == "3 sums of days are up to date."
    count_economy_days(now=datetime.now(UTC))

    told = EconomyDay.objects.of(guild.pk).values_list("kind", "count", "minted", "sunk", "moved")
    assert set(told) == {
        ("grant", 1, 100, 0, 0),
        ("transfer", 1, 0, 0, 40),
        ("fine", 1, 0, 15, 0),
    }
