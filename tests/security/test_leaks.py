"""Nobody sees, finds out about or changes what belongs to a server that was not granted to them."""

import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine

from community.fields import InScope
from community.models import Grant
from community.scope import guild_scope
from tests.factories import StaffFactory
from tests.security.crawler import Crawler, Report
from tests.security.routes import dealt, routes
from tests.security.world import (
    HOUSE,
    HOUSE_OWN,
    OURS,
    THEIRS,
    factory_of,
    hire,
    hire_through_a_role,
    house_models,
    make_world,
)

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# So that nobody has to walk alone.
HANDS = 6
LEAST_REQUESTS = 5_000 / HANDS / 2


@pytest.fixture
def world():
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield make_world()


@pytest.fixture
def tell(capsys):
    """Say something on the terminal, from a worker of xdist too."""

    def say(words):
        with capsys.disabled():
            sys.stderr.write(words)

    return say


def expect_nothing(report: Report) -> None:
    kinds = Counter(fault.what for fault in report.faults)
    assert not report.faults, "\n".join([str(dict(kinds)), *map(str, report.faults[:40])])


@pytest.mark.parametrize("hand", range(HANDS))
def test_a_moderator_of_one_server_finds_nothing_of_another(world, tell, hand):
    moderator = hire(world, *Grant.Capability.values)

    report = Crawler(world, moderator).crawl(among=dealt(hand, HANDS))

    leaks = Counter(fault.what for fault in report.faults)
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.asked.most_common())
    tell(f"\nleak crawler: {report.requests} requests, {leaks.total()} leaks ({kinds})\n")
    expect_nothing(report)
    assert report.requests >= LEAST_REQUESTS


def test_every_page_is_in_one_hand():
    hands = [route.name for hand in range(HANDS) for route in dealt(hand, HANDS)]

    assert sorted(hands) == sorted(route.name for route in routes())


def nobody(world):
    return None


def a_stranger(world):
    return hire(world)


def whose_grant_ran_out(world):
    return hire(world, "moderate", "configure", given_at=LONG_AGO, expires_at=LONG_AGO)


def whose_role_was_taken(world):
    staff, held = hire_through_a_role(world)
    held.assigned_at, held.ended_at = LONG_AGO, datetime.now(UTC)
    with guild_scope(held.guild_id):
        held.save()
    return staff


def whose_account_was_switched_off(world):
    staff = hire(world, "moderate")
    type(staff).objects.filter(pk=staff.pk).update(is_active=False)
    return staff


@pytest.mark.parametrize(
    "somebody",
    [
        nobody,
        a_stranger,
        whose_grant_ran_out,
        whose_role_was_taken,
        whose_account_was_switched_off,
    ],
)
def test_who_was_granted_nothing_finds_nothing_of_any_server(world, somebody):
    everything = (OURS, THEIRS, HOUSE)
    crawler = Crawler(world, somebody(world), secret=everything, sees_only=True)

    expect_nothing(crawler.crawl(within=[]))


def test_a_keeper_without_a_grant_sees_no_server(world):
    keeper = StaffFactory(keeper=True)
    crawler = Crawler(world, keeper, secret=(OURS, THEIRS), sees_only=True)

    expect_nothing(crawler.crawl(within=[]))


@pytest.mark.parametrize("hand", range(2))
def test_who_may_only_see_changes_nothing_in_their_own_server_either(world, hand):
    crawler = Crawler(world, hire(world, "see"), sees_only=True)

    expect_nothing(crawler.crawl(among=dealt(hand, 2), within=["posts"]))


def test_every_pattern_of_the_resolver_is_visited(world):
    report = Report()
    for person in (None, StaffFactory(keeper=True), hire(world, *Grant.Capability.values)):
        report.add(Crawler(world, person, secret=()).visit())

    assert {route.name for route in routes()} - report.visited() == set()


def test_every_model_is_a_servers_or_says_why_not():
    free = {model.__name__ for model in house_models() if not issubclass(model, InScope)}

    assert free == set(HOUSE_OWN)


def test_every_servers_model_has_a_row_in_the_world(world):
    scoped = [model for model in house_models() if issubclass(model, InScope)]

    assert [model for model in scoped if not factory_of(model)] == []
    assert set(scoped) <= set(world.a) & set(world.b)
