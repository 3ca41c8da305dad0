"""A right that one process holds at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from community.models import Lease
from community.services.leases import drop_lease, hold_lease

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
TEN_SECONDS = timedelta(seconds=10)


def hold(holder):
    return hold_lease(name="leader", holder=holder, span=TEN_SECONDS)


def test_one_holds_it_and_renews_it_without_a_new_epoch():
    assert [hold("a"), hold("b"), hold("a")] == [1, None, 1]


def test_when_it_falls_free_another_takes_it_with_a_new_epoch():
    hold("a")
    Lease.objects.update(until=Now())

    assert [hold("b"), hold("a")] == [2, None]


def test_who_lets_go_lets_the_next_in_at_once():
    hold("a")

    assert [drop_lease(name="leader", holder="b"), drop_lease(name="leader", holder="a")] == [
        False,
        True,
    ]
    assert hold("b") == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_reach_for_it_one_gets_it():
    def reach(number):
        epoch = hold(f"process {number}")
        connection.close()
        return epoch

    with ThreadPoolExecutor(8) as threads:
        epochs = list(threads.map(reach, range(24)))

    assert sorted(epoch for epoch in epochs if epoch) == [1]
