"""Whatever people do with coins in whatever order, the books are those of a child's notebook."""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from community.scope import guild_scope
from economy.errors import AlreadyDone, NotEnoughCoins, TooManyCoins
from economy.models import Wallet
from economy.models.wallets import MOST_COINS, House
from economy.services.ledger import Moved, Movement, move_coins, undo_transfer
from economy.services.proof import find_breaches
from tests.economy.factories import ADA
from tests.factories import GuildFactory

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "8"))
PEOPLE = st.integers(ADA, ADA + 3)
OWNERS = st.one_of(PEOPLE, st.sampled_from([each for each in House if each != House.SHOP]))
AMOUNTS = st.one_of(st.integers(1, 50), st.sampled_from([0, -1, MOST_COINS, MOST_COINS + 1]))
KEYS = st.integers(0, 12)


def agrees(got, outcome):
    """Tell whether what came is what a child expected; of two refusals either will do."""
    if isinstance(outcome, tuple):
        return isinstance(got, outcome)
    return isinstance(got, Moved) and got.is_new is outcome


class Coins(RuleBasedStateMachine):
    """Two servers, four people and the house, against a notebook of plain sums."""

    def __init__(self):
        super().__init__()
        self.mark = transaction.atomic()
        self.mark.__enter__()
        self.guilds = [GuildFactory(), GuildFactory()]
        self.notebook = [{}, {}]
        self.known = [{}, {}]
        self.undone = [set(), set()]

    def teardown(self):
        transaction.set_rollback(True)
        self.mark.__exit__(None, None, None)

    @rule(place=st.integers(0, 1), payer=OWNERS, payee=OWNERS, amount=AMOUNTS, key=KEYS)
    def move(self, place, payer, payee, amount, key):
        wish = (int(payer), int(payee), amount)
        outcome = self._outcome(place, key, wish)

        got = self._try(place, lambda: move_coins(movement=self._movement(place, key, wish)))

        assert agrees(got, outcome), (wish, got, outcome)
        if outcome is True:
            self._note(place, *wish)
            self.known[place][key] = (wish, got.transfer_id)

    @rule(place=st.integers(0, 1), key=KEYS)
    def undo(self, place, key):
        if key not in self.known[place]:
            return
        (source, target, amount), transfer_id = self.known[place][key]
        back = (target, source, amount)
        is_fresh = transfer_id not in self.undone[place]
        outcome = self._judge(place, back) if is_fresh else False
        by = self._movement(place, f"undo{transfer_id}", back, kind="reversal")

        about = {"guild_id": self.guilds[place].pk, "transfer_id": transfer_id}
        got = self._try(place, lambda: undo_transfer(**about, by=by))

        assert agrees(got, outcome), (back, got, outcome)
        if outcome is True:
            self._note(place, *back)
            self.undone[place].add(transfer_id)

    @invariant()
    def the_books_are_the_notebooks(self):
        for guild, notebook in zip(self.guilds, self.notebook, strict=True):
            with guild_scope(guild.pk):
                wallets = Wallet.objects.of(guild.pk).values_list("owner_id", "balance")
                assert {owner: coins for owner, coins in wallets if coins} == {
                    owner: coins for owner, coins in notebook.items() if coins
                }
            assert list(find_breaches(guild_id=guild.pk)) == []

    def _movement(self, place, key, wish, kind="transfer"):
        source, target, amount = wish
        sides = {"source": source, "target": target, "amount": amount}
        return Movement(guild_id=self.guilds[place].pk, kind=kind, key=f"k{key}", **sides)

    def _outcome(self, place, key, wish):
        """Return what a child would expect: True when it moves, False when it was known."""
        source, target, amount = wish
        if source == target or not 0 < amount <= MOST_COINS:
            return (NotEnoughCoins,)
        if key in self.known[place]:
            return False if self.known[place][key][0] == wish else (AlreadyDone,)
        return self._judge(place, wish)

    def _judge(self, place, wish):
        source, target, amount = wish
        after = self.notebook[place].get(source, 0) - amount
        came = self.notebook[place].get(target, 0) + amount
        refusals = []
        if source > 100 and after < 0:
            refusals.append(NotEnoughCoins)
        if after < -MOST_COINS or came > MOST_COINS:
            refusals.append(TooManyCoins)
        return tuple(refusals) or True

    def _try(self, place, deed):
        with guild_scope(self.guilds[place].pk):
            try:
                return deed()
            except (NotEnoughCoins, TooManyCoins, AlreadyDone) as refusal:
                return refusal

    def _note(self, place, source, target, amount):
        book = self.notebook[place]
        book[source] = book.get(source, 0) - amount
        book[target] = book.get(target, 0) + amount


@pytest.mark.django_db
def test_the_books_agree_with_a_notebook_whatever_happens():
    run_state_machine_as_test(
        Coins,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
