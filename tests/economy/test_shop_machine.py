"""Whatever people buy, give back and lose in whatever order, the shop is that of a notebook."""

import os
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from community.errors import HouseError
from community.models import StandingOrder
from community.scope import guild_scope
from economy.models import Purchase, ShopItem, Wallet
from economy.services.buying import buy_item
from economy.services.gestures import Gesture
from economy.services.keeping import Order
from economy.services.proof import find_breaches
from economy.services.returning import refund_purchase, role_refused
from tests.economy.factories import ADA, ShopItemFactory, give
from tests.factories import GrantFactory, GuildFactory, GuildSettingsFactory, RoleFactory

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "4"))
PEOPLE = st.sampled_from([ADA, ADA + 1])
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
# Name, price, how many there are, how many each may have, the role it gives, for how many days.
WARES = [("tea", 5, None, None, None, None), ("seat", 20, 3, 1, None, None)]
ROLES = [
    ("glow", 30, 6, None, 0, 3),
    ("gleam", 50, None, None, 0, 7),
    ("ever", 90, None, 9, 1, None),
]


class Shop(RuleBasedStateMachine):
    """Two people, five items and two roles, against a notebook of what was bought."""

    def __init__(self):
        super().__init__()
        self.mark = transaction.atomic()
        self.mark.__enter__()
        self.guild = GuildSettingsFactory(guild=GuildFactory()).guild
        self.keeper = GrantFactory(guild=self.guild, capabilities=["economy"]).staff
        self.roles = [RoleFactory(guild=self.guild) for _ in range(2)]
        self.wares, self.items = [*WARES, *ROLES], []
        for name, price, supply, most, role, days in self.wares:
            told = {"name": name, "price": price, "supply": supply, "most_each": most}
            given = None if role is None else self.roles[role]
            lasts = days and days * A_DAY
            item = ShopItemFactory(guild=self.guild, role=given, lasts=lasts, **told)
            self.items.append(item)
        for person in (ADA, ADA + 1):
            give(self.guild, person, 300)
        self.now, self.notes, self.coins = BEGIN, [], {ADA: 300, ADA + 1: 300}

    def teardown(self):
        try:
            assert list(find_breaches(guild_id=self.guild.pk)) == []
        finally:
            transaction.set_rollback(True)
            self.mark.__exit__(None, None, None)

    @rule(days=st.integers(1, 5))
    def wait(self, days):
        self.now += days * A_DAY

    @rule(person=PEOPLE, place=st.integers(0, 4), key=st.integers(0, 40))
    def buy(self, person, place, key):
        known = next((note for note in self.notes if note["key"] == (person, key)), None)
        place = known["place"] if known else place
        wanted = known is None and self._may_buy(person, place)
        item = self.items[place]
        wish = {"guild_id": self.guild.pk, "user_id": person, "asked": f"{person}:{key}"}
        gesture = Gesture(**wish, now=self.now, is_sure=True)

        deed = {"gesture": gesture, "item_id": item.pk, "price": item.price}
        got = self._try(lambda: buy_item(**deed))

        assert (not isinstance(got, HouseError)) is (wanted or known is not None), (got, place)
        if wanted:
            note = {"key": (person, key), "person": person, "place": place, "at": self.now}
            self.notes.append({**note, "is_kept": True, "has_come": False})
            self.coins[person] -= item.price

    @rule(person=PEOPLE, role=st.integers(0, 1))
    def discord_confirms(self, person, role):
        if (order := self._order(person, role)) is not None:
            order.applied_rev = order.wanted_rev
            self._save(order)
            for note in self._of_role(person, role):
                note["has_come"] = True

    @rule(person=PEOPLE, role=st.integers(0, 1))
    def discord_refuses(self, person, role):
        if (order := self._order(person, role)) is None:
            return
        ends = self._ends(person, role)
        self._try(lambda: role_refused(order=order, words="It is gone.", now=self.now))
        self._save(order)
        for note, end in zip(self._of_role(person, role), ends, strict=True):
            if not note["has_come"] and end > self.now:
                self._give_back(note)

    @rule(number=st.integers(0, 20))
    def staff_refund(self, number):
        if number >= len(self.notes):
            return
        keys = self._try(lambda: list(Purchase.objects.order_by("pk").values_list("pk", flat=True)))
        order = Order(guild_id=self.guild.pk, by=self.keeper, reason="x", key=f"{self.now}{number}")
        was_kept = self.notes[number]["is_kept"]

        with time_machine.travel(self.now, tick=False):
            self._try(lambda: refund_purchase(order=order, purchase_id=keys[number]))

        if was_kept:
            self._give_back(self.notes[number])

    @invariant()
    def the_shop_is_the_notebooks(self):
        with guild_scope(self.guild.pk):
            wallets = Wallet.objects.of(self.guild.pk).of_people()
            assert dict(wallets.values_list("owner_id", "balance")) == self.coins
            sold = dict(ShopItem.objects.values_list("pk", "sold"))
        assert [sold[item.pk] for item in self.items] == [
            len(self._kept(place=place)) for place in range(len(self.items))
        ]
        for person, role in ((ADA, 0), (ADA, 1), (ADA + 1, 0), (ADA + 1, 1)):
            self._compare_wish(person, role)

    def _compare_wish(self, person, role):
        end = max(self._ends(person, role), default=BEGIN)
        order = self._order(person, role)
        if end > self.now:
            assert order.wanted
            assert (order.until or datetime.max.replace(tzinfo=UTC)) == end
        elif order is not None and order.wanted:
            assert order.until is not None
            assert order.until <= self.now

    def _may_buy(self, person, place):
        _, price, supply, most, role, _ = self.wares[place]
        ends = [] if role is None else self._ends(person, role)
        return (
            self.coins[person] >= price
            and (supply is None or len(self._kept(place=place)) < supply)
            and (most is None or len(self._kept(place=place, person=person)) < most)
            and max(ends, default=BEGIN) < self.now + 3650 * A_DAY
        )

    def _kept(self, **about):
        kept = (note for note in self.notes if note["is_kept"])
        return [note for note in kept if all(note[name] == about[name] for name in about)]

    def _of_role(self, person, role):
        mine = self._kept(person=person)
        return [note for note in mine if self.wares[note["place"]][4] == role]

    def _ends(self, person, role):
        """Return when each of somebody's purchases of a role ends, in a row."""
        ends, last = [], BEGIN
        for note in self._of_role(person, role):
            days = self.wares[note["place"]][5]
            end = max(last, note["at"]) + days * A_DAY if days else None
            last = end or datetime.max.replace(tzinfo=UTC)
            ends.append(last)
        return ends

    def _give_back(self, note):
        note["is_kept"] = False
        self.coins[note["person"]] += self.wares[note["place"]][1]

    def _order(self, person, role):
        orders = StandingOrder._base_manager.filter(guild_id=self.guild.pk, user_id=person)
        return orders.filter(subject=self.roles[role].pk, wanted_rev__gt=0).first()

    def _save(self, order):
        with guild_scope(self.guild.pk):
            order.save()

    def _try(self, deed):
        with guild_scope(self.guild.pk):
            try:
                return deed()
            except HouseError as refusal:
                return refusal


@pytest.mark.django_db
def test_the_shop_agrees_with_a_notebook_whatever_happens():
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
