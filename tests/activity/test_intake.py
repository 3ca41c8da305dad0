"""Events of messages wait until the database has them: bounded, in order, and none lost unsaid."""

import asyncio

import pytest
from django.db import connections

from activity import intake as intakes
from activity.intake import Backlog, Intake
from activity.models import MemberDay, MessageEvent
from community.scope import cross_guild
from tests.activity.told import counted, message, stored
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)
KILN = 7 * 10**17


@pytest.fixture(autouse=True)
def _hurried(monkeypatch, settings):
    settings.ACTIVITY_BATCH, settings.ACTIVITY_BATCH_MS = 10, 20
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


def live(deed, **options):
    """Let an intake live while something is done with it; return what it kept."""
    backlog = options.setdefault("backlog", Backlog())

    async def living():
        await deed(Intake(**options))

    asyncio.run(living())
    return backlog


def taking(told, then=Intake.settled):
    async def deed(intake):
        for each in told:
            intake.take(each)
        await then(intake)

    return deed


def test_what_is_told_is_written_in_batches(monkeypatch):
    sizes, write = [], intakes.write_batch
    monkeypatch.setattr(
        intakes, "write_batch", lambda *, told: (sizes.append(len(told)), write(told=told))
    )
    told = [message(KILN) for _ in range(63)]

    backlog = live(taking(told))

    assert stored() == {each.id for each in told}
    assert MemberDay.objects.get().messages == 63
    assert (sizes, backlog.told) == ([50, 13], [])


def test_a_lone_message_waits_for_no_others():
    async def written(intake):
        intake.take(message(KILN))
        while intake.backlog.told:  # noqa: ASYNC110 - whatever writes it
            await asyncio.sleep(0.01)

    live(written)

    assert MessageEvent.objects.count() == 1


def test_messages_wait_for_a_database_that_is_away(database_away):
    async def returns(intake):
        await asyncio.sleep(0.1)
        assert len(intake.backlog.told) == 2
        database_away()
        await intake.settled()

    live(taking([message(KILN), message(KILN)], returns))

    assert MessageEvent.objects.count() == 2


def test_what_memory_cannot_hold_is_lost_and_said_so(database_away, caplog):
    told = [message(KILN) for _ in range(6)]

    async def returns(intake):
        database_away()
        await intake.settled()

    backlog = live(taking(told, returns), backlog=Backlog(most=4))

    assert stored() == {each.id for each in told[:4]}
    assert backlog.figures()["lost"] == 2
    assert backlog.figures()["lost_at"]
    assert "is being lost" in caplog.text
    assert "2 events of messages were lost" in caplog.text


def test_what_the_database_refuses_costs_only_itself(caplog):
    told = [message(KILN) for _ in range(8)]
    told[3] = told[3]._replace(id=-1)

    backlog = live(taking(told))

    assert MessageEvent.objects.count() == 7
    assert backlog.lost == 1
    assert "refuses a message" in caplog.text


def test_who_leaves_writes_down_what_waits(settings):
    settings.ACTIVITY_BATCH_MS = 600_000

    backlog = live(taking([message(KILN)], Intake.close))

    assert (MessageEvent.objects.count(), backlog.told) == (1, [])


def test_who_has_no_time_leaves_it_to_the_next(database_away):
    async def hurries(intake):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await intake.close()
        database_away()

    backlog = live(taking([message(KILN)], hurries))
    assert len(backlog.told) == 1

    live(Intake.settled, backlog=backlog)
    assert (MessageEvent.objects.count(), backlog.told) == (1, [])


def test_the_bot_counts_what_people_write(sandbox, settings):
    settings.DISCORD_INTENTS |= {"message_content"}
    place = a_place(sandbox)

    with LivingBot(sandbox):
        said = [sandbox.people.say(place.human, place.channel, "Two words") for _ in range(3)]
        sandbox.people.edit(place.channel, said[0]["id"], "Now three words")
        sandbox.people.delete(place.channel, said[1]["id"])

        becomes(lambda: set(MessageEvent.objects.values_list("words", flat=True)), {2})
        becomes(MessageEvent.objects.exclude(edited_at=None).count, 1)
        becomes(MessageEvent.objects.exclude(deleted_at=None).count, 1)

    assert stored() == {int(each["id"]) for each in said}
    assert MemberDay.objects.get(user_id=place.human).messages == 3
    assert sum(row[4] for row in counted()[1]) == 1
