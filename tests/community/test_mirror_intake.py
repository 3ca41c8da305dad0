"""News waits until the database has it: in order, bounded, and never lost without a word."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connections

from community.mirror import intake as intakes
from community.mirror.intake import Intake
from community.models import Channel, Guild, Member, Role
from community.scope import cross_guild
from community.services.guilds import GuildFacts
from community.services.mirror.facts import (
    ChannelFacts,
    ChannelsTold,
    GuildTold,
    ListEnded,
    News,
    PeopleTold,
    PersonJoined,
    PersonLeft,
    RoleFacts,
    RoleTold,
)
from community.services.people import MemberFacts
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db(transaction=True)
KILN, TRAINS = 7 * 10**17, 8 * 10**17
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(intakes, "GATHER", 0.01)
    monkeypatch.setattr(intakes, "PAUSES", (0.02,))
    with cross_guild("the test looks"):
        yield


@pytest.fixture
def database_away(monkeypatch):
    """Whoever connects anew finds nobody there; a call gives the database back."""
    facts = connections["default"].settings_dict
    connections["default"].ensure_connection()
    monkeypatch.setitem(facts, "NAME", "nowhere")
    return monkeypatch.undo


def told(name="Kiln"):
    return News(GuildTold(guild=GuildFacts(name=name)), NOW)


def person(number, **facts):
    return MemberFacts(user_id=number, username=f"reader{number}", **facts)


def take_all(*news, lost=None, deed=None, **options):
    """Let an intake have news of servers and write it all down."""
    lost = [] if lost is None else lost

    async def live():
        intake = Intake(lost=lost.append, **options)
        for guild_id, each in news:
            intake.take(guild_id, each)
        if deed:
            await deed(intake)
        await intake.settled()
        return intake.waiting

    return asyncio.run(live())


def test_news_of_servers_is_written_in_its_order():
    joined, left = (News(each, NOW) for each in (PersonJoined(person(5)), PersonLeft(5)))
    turns = [(KILN, joined), (TRAINS, joined), (KILN, left), (TRAINS, left), (TRAINS, joined)]

    waiting = take_all((KILN, told()), (TRAINS, told("Trains")), *turns)

    assert waiting == 0
    assert list(Guild.objects.order_by("pk").values_list("name", flat=True)) == ["Kiln", "Trains"]
    assert Member.objects.present().get().guild_id == TRAINS


def test_what_comes_while_a_batch_is_written_is_written_next():
    async def more(intake):
        await asyncio.sleep(0.02)
        for number in range(5, 55):
            intake.take(KILN, News(PersonJoined(person(number)), NOW))
            await asyncio.sleep(0)

    take_all((KILN, told()), deed=more)

    assert Member.objects.count() == 50


def test_news_waits_for_a_database_that_is_away(database_away):
    async def returns(intake):
        await asyncio.sleep(0.2)
        waited = intake.waiting
        database_away()
        assert waited == 2

    lost = []
    take_all((KILN, told()), (KILN, News(PersonJoined(person(5)), NOW)), lost=lost, deed=returns)

    assert Member.objects.get().user_id == 5
    assert lost == []


def test_news_that_the_database_refuses_costs_only_itself(caplog):
    # A channel's id that another server's channel has: Discord never does that.
    taken = ChannelFactory()
    bad = News(ChannelsTold((ChannelFacts(id=taken.pk, name="mine"),)), NOW)
    good = News(RoleTold(RoleFacts(id=7, name="Potter")), NOW)
    lost = []

    take_all((KILN, told()), (KILN, bad), (KILN, good), lost=lost)

    assert Role.objects.filter(guild_id=KILN).count() == 1
    assert Channel.objects.get(pk=taken.pk).guild_id == taken.guild_id
    assert lost == [KILN]
    assert "ChannelsTold" in caplog.text
    assert "mine" not in caplog.text


def test_news_beyond_what_memory_may_hold_is_lost_and_said_so(database_away):
    people = PeopleTold(tuple(person(n) for n in range(5, 15)))
    crowd = replace(News(people, NOW), weight=10)
    lost = []

    async def overflow(intake):
        for _ in range(3):
            intake.take(KILN, crowd)
        database_away()

    take_all((KILN, told()), lost=lost, deed=overflow, most=15)

    assert lost == [KILN, KILN]
    assert Member.objects.count() == 10


def test_a_long_list_is_written_in_many_transactions_and_ends_once():
    crowd = [tuple(person(n) for n in range(start, start + 700)) for start in (5, 705, 1405)]
    chunks = [(KILN, replace(News(PeopleTold(each), NOW), weight=700)) for each in crowd]
    ended = ListEnded(frozenset(range(5, 2105)))

    take_all((KILN, told()), (KILN, News(PersonJoined(person(3)), NOW)), *chunks,
             (KILN, News(ended, NOW)))  # fmt: skip

    assert Member.objects.present().count() == 2100
    assert Member.objects.get(user_id=3).left_at == NOW


def test_an_intake_that_closes_stops_waiting_for_the_database(database_away):
    async def live():
        intake = Intake(lost=print)
        intake.take(KILN, told())
        await asyncio.sleep(0.05)
        await asyncio.wait_for(intake.close(), 10)
        return intake.waiting

    assert asyncio.run(live()) == 1
    database_away()
