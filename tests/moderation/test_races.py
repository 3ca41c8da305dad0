"""Moderators who act in the same instant: one of them is first, and nothing is done twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections

from community.errors import HouseError
from community.models import StandingOrder
from community.scope import guild_scope
from community.services.leases import LEAD, hold_lease
from community.services.orders import claim_orders
from moderation.models import Case, CaseEvent, LadderFire, Punishment
from moderation.services.deeds import ban_member, mute_member, unban_member, unmute_member
from moderation.services.docket import Decision, Deed
from moderation.services.overruling import overrule_case
from moderation.services.punishments import amend_duration
from moderation.services.verifying import breaches
from moderation.services.warnings import pardon_warning, warn_member
from tests.factories import GuildFactory, GuildSettingsFactory, LadderStepFactory

pytestmark = pytest.mark.django_db(transaction=True)
READER = 400
DAY = timedelta(days=1)


@pytest.fixture
def guild():
    guild = GuildFactory()
    GuildSettingsFactory(guild=guild)
    return guild


@pytest.fixture
def decided(guild):
    return Decision(guild_id=guild.pk, moderator_id=7, is_sure=True)


def deed(kind, user_id=READER, **more):
    return Deed(kind=kind, user_id=user_id, reason="Spoilers", **more)


def in_one_instant(guild, *acts):
    """Let everybody act at once, each in a thread; return what they got, refusals too."""
    ready = Barrier(len(acts))

    def act(one):
        try:
            with guild_scope(guild.pk):
                ready.wait(60)
                return one()
        except HouseError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(act, acts))


def whole(guild):
    """Tell whether the books hold, with numbers that have no gap."""
    with guild_scope(guild.pk):
        numbers = Case.objects.of(guild.pk).order_by("number").values_list("number", flat=True)
        return list(breaches()) == [] and list(numbers) == list(range(1, len(numbers) + 1))


def standing(guild):
    with guild_scope(guild.pk):
        return {each.kind: each.ends_at for each in Punishment.objects.of(guild.pk).standing()}


def kept(guild):
    with guild_scope(guild.pk):
        orders = StandingOrder.objects.of(guild.pk).filter(wanted=True)
        return {each.kind: each.until for each in orders}


def refusals(got):
    return [each for each in got if isinstance(each, HouseError)]


def test_forty_warnings_in_one_instant_climb_one_rung(guild, decided):
    with guild_scope(guild.pk):
        LadderStepFactory(guild=guild, points=35, kind="mute", duration=DAY)

    def warn():
        for _ in range(5):
            warn_member(decision=decided, deed=deed("warn"))

    in_one_instant(guild, *[warn] * 8)

    with guild_scope(guild.pk):
        assert LadderFire.objects.of(guild.pk).count() == 1
        assert Case.objects.of(guild.pk).filter(kind="mute").count() == 1
    assert whole(guild)


def test_six_who_write_many_cases_leave_no_gap_and_never_fail(guild, decided):
    def write(number):
        for each in range(20):
            warn_member(decision=decided, deed=deed("warn", READER + number * 100 + each))
        return 20

    got = in_one_instant(guild, *(lambda number=number: write(number) for number in range(6)))

    assert got == [20] * 6
    assert whole(guild)


def test_the_same_order_in_two_hands_counts_once(guild, decided):
    told = replace(decided, source_id="interaction 1")

    first, second = in_one_instant(
        guild, *[lambda: ban_member(decision=told, deed=deed("ban", duration=DAY))] * 2
    )

    assert first == second
    with guild_scope(guild.pk):
        assert Case.objects.of(guild.pk).count() == 1
    assert whole(guild)


def test_of_two_who_lift_one_is_asked_whether_there_is_more_to_lift(guild, decided):
    with guild_scope(guild.pk):
        mute_member(decision=decided, deed=deed("mute", duration=DAY))
    unsure = replace(decided, is_sure=False)

    got = in_one_instant(guild, *[lambda: unmute_member(decision=unsure, deed=deed("unmute"))] * 2)

    assert len(refusals(got)) == 1
    assert (standing(guild), kept(guild)) == ({}, {})
    assert whole(guild)


def test_of_two_who_mute_the_later_sets_the_end_of_one_case(guild, decided):
    spans = DAY, 2 * DAY

    first, second = in_one_instant(
        guild,
        *(
            lambda span=span: mute_member(decision=decided, deed=deed("mute", duration=span))
            for span in spans
        ),
    )

    assert first == second
    assert standing(guild)["mute"] in {decided.at + span for span in spans}
    assert kept(guild) == {"timeout": standing(guild)["mute"]}
    assert whole(guild)


def test_of_two_who_ban_one_supersedes_the_other(guild, decided):
    in_one_instant(guild, *[lambda: ban_member(decision=decided, deed=deed("ban"))] * 2)

    with guild_scope(guild.pk):
        states = Punishment.objects.of(guild.pk).values_list("state", flat=True)
        assert sorted(states) == ["active", "superseded"]
    assert kept(guild) == {"ban": None}
    assert whole(guild)


def test_a_ban_and_its_lift_leave_what_the_later_wanted(guild, decided):
    with guild_scope(guild.pk):
        ban_member(decision=decided, deed=deed("ban", duration=DAY))

    in_one_instant(
        guild,
        lambda: ban_member(decision=decided, deed=deed("ban")),
        lambda: unban_member(decision=decided, deed=deed("unban")),
    )

    assert standing(guild) == kept(guild)
    assert whole(guild)


def test_pardoned_and_overruled_at_once_a_warning_ends_once(guild, decided):
    with guild_scope(guild.pk):
        LadderStepFactory(guild=guild, points=1, kind="mute", duration=DAY)
        case, _ = warn_member(decision=decided, deed=deed("warn"))

    in_one_instant(
        guild,
        lambda: pardon_warning(case=case, decision=decided, reason="Mild"),
        lambda: overrule_case(case=case, decision=decided, reason="Mistaken"),
        lambda: overrule_case(case=case, decision=decided, reason="Mistaken"),
    )

    with guild_scope(guild.pk):
        told = CaseEvent.objects.of(guild.pk).filter(case=case, verb="overruled")
        assert told.count() == 1
    assert (standing(guild), kept(guild)) == ({}, {})
    assert whole(guild)


def test_a_ban_made_longer_in_its_last_instant_is_served_or_longer(guild, decided):
    with guild_scope(guild.pk):
        case = ban_member(decision=decided, deed=deed("ban", duration=DAY))
        StandingOrder.objects.of(guild.pk).update(next_check_at=decided.at)
    epoch = hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))

    in_one_instant(
        guild,
        lambda: amend_duration(case=case, decision=decided, duration=2 * DAY),
        lambda: claim_orders(now=decided.at + DAY, epoch=epoch, most=5),
    )

    assert standing(guild) == kept(guild)
    assert standing(guild) in ({}, {"ban": decided.at + 2 * DAY})
    assert whole(guild)
