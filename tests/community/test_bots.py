"""The bot as the rest of the house sees it."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from community.services.bots import (
    KnownCommands,
    are_commands_known,
    count_waiting,
    look_at_bot,
    note_commands,
)
from tests.factories import ErrandFactory, HeartbeatFactory, StandingOrderFactory

pytestmark = pytest.mark.django_db
LEADS = {"state": "on Discord", "leads_since": "2026-01-02T03:04:05+00:00", "waiting": 4}


def test_the_leading_bot_speaks_for_all_also_when_another_was_heard_later():
    HeartbeatFactory(process="bot@attic:1", figures=LEADS, seen_at=Now() - timedelta(seconds=2))
    HeartbeatFactory(process="bot@attic:2", figures={"state": "waits for the lead"}, seen_at=Now())

    facts = look_at_bot()

    assert (facts.process, facts.is_on_discord, facts.waiting) == ("bot@attic:1", True, 4)
    assert facts.leads_since.year == 2026


def test_a_bot_that_fell_silent_is_not_heard_of():
    HeartbeatFactory(process="bot@attic:1", figures=LEADS, seen_at=Now() - timedelta(minutes=1))

    assert look_at_bot() is None


def test_what_discord_has_not_confirmed_waits():
    ErrandFactory()
    ErrandFactory(state="done", ended_at=Now())
    StandingOrderFactory(wanted_rev=2, applied_rev=1, next_check_at=Now())
    StandingOrderFactory(wanted_rev=2, applied_rev=2, next_check_at=Now())

    assert count_waiting() == 2


@pytest.mark.parametrize("changed", ["application_id", "fingerprint", "receipt"])
def test_commands_are_known_until_anything_about_them_changes(changed):
    told = {"application_id": 1, "fingerprint": "a", "receipt": "b"}
    note_commands(known=KnownCommands(**told))

    assert are_commands_known(known=KnownCommands(**told))
    assert not are_commands_known(known=KnownCommands(**told | {changed: 2}))


def test_a_bot_from_the_future_is_not_heard_of():
    HeartbeatFactory(process="bot@attic:1", figures=LEADS, seen_at=Now() + timedelta(hours=1))

    assert look_at_bot() is None
