"""What must hold is verified, and each breach is one plain sentence."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from community.models import StandingOrder
from moderation import tasks
from moderation.models import LadderFire, MemberWarning, Punishment
from moderation.services.deeds import ban_member
from moderation.services.docket import Decision, Deed
from moderation.services.verifying import breaches
from moderation.services.warnings import warn_member
from tests.factories import LadderStepFactory

pytestmark = pytest.mark.django_db
READER = 400
DAY = timedelta(days=1)


def decided(guild, **more):
    return Decision(guild_id=guild.pk, moderator_id=7, is_sure=True, **more)


@pytest.fixture
def banned(guild):
    deed = Deed(kind="ban", user_id=READER, duration=DAY)
    ban_member(decision=decided(guild, at=timezone.now() - 2 * DAY), deed=deed)
    return guild


def test_what_holds_is_not_complained_of(banned):
    assert list(breaches()) == []


def test_a_ban_nobody_keeps_true_shows(banned):
    StandingOrder.objects.of(banned.pk).update(kind="role")

    assert "nobody keeps it true" in next(breaches())


def test_a_ban_without_a_punishment_shows(banned):
    Punishment.objects.of(banned.pk).update(
        state="revoked", ended_at=timezone.now(), ended_by="command"
    )

    assert "without a punishment" in next(breaches())


def test_a_punishment_that_ended_too_early_shows(banned):
    StandingOrder.objects.of(banned.pk).update(wanted=False, until=None)
    Punishment.objects.of(banned.pk).update(
        state="expired", ended_at=timezone.now() - 2 * DAY, ended_by="expiry"
    )

    assert "ended too early" in next(breaches())


def test_a_rung_that_nothing_followed_shows(guild):
    LadderStepFactory(guild=guild, points=1, duration=DAY)
    warn_member(decision=decided(guild), deed=Deed(kind="warn", user_id=READER))
    LadderFire.objects.of(guild.pk).update(consequence=None)

    assert "nothing followed" in next(breaches())


def test_the_command_says_it_and_fails(banned):
    StandingOrder.objects.of(banned.pk).update(kind="role")
    said = StringIO()

    with pytest.raises(SystemExit):
        call_command("verify", "--json", stdout=said)

    assert json.loads(said.getvalue())["ok"] is False


def test_overdue_punishments_are_looked_at_and_not_ended(banned):
    StandingOrder.objects.of(banned.pk).update(next_check_at=timezone.now() + DAY)

    assert tasks.hurry_overdue_punishments() == "1 overdue"

    assert StandingOrder.objects.of(banned.pk).get().observe
    assert Punishment.objects.of(banned.pk).get().is_open


def test_warnings_run_out_by_the_clock(guild):
    deed = Deed(kind="warn", user_id=READER, duration=DAY)
    case, _ = warn_member(decision=decided(guild, at=timezone.now() - 2 * DAY), deed=deed)

    assert tasks.end_run_out_warnings() == "1 warnings"

    assert MemberWarning.objects.of(guild.pk).get().ending == "expired"
    assert case.events.filter(verb="expired").exists()
