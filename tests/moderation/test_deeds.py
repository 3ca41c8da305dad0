"""A deed is one decision: its case, what it begins or ends, and what Discord is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.kinds import ABSENT, Seen, errand_kind, order_kind
from community.models import Errand, GuildSettings, StandingOrder
from community.services.orders import AT_ONCE
from community.words import plain
from moderation.errors import AskFirst, NothingToDo, NotOnThem
from moderation.models import Case, Punishment
from moderation.services import deeds
from moderation.services.docket import Decision, Deed
from moderation.services.overruling import overrule_case
from moderation.services.proof import breaches_of_history
from moderation.services.punishments import amend_duration
from moderation.services.telling import note_told
from moderation.services.warnings import warn_member
from tests.factories import (
    ChannelFactory,
    LadderStepFactory,
    MemberFactory,
    MemberRoleFactory,
    ProtectedRoleFactory,
    RoleFactory,
)

pytestmark = pytest.mark.django_db
READER, MODERATOR = 400, 7
DAY = timedelta(days=1)


@pytest.fixture
def decided(guild):
    return Decision(guild_id=guild.pk, moderator_id=MODERATOR, is_sure=True)


def deed(kind, duration=None, **more):
    return Deed(kind=kind, user_id=READER, reason="Spoilers", duration=duration, **more)


def order(guild, kind):
    return StandingOrder.objects.of(guild.pk).get(kind=kind)


def verbs(case):
    return [event.verb for event in case.events.in_order()]


def state(case):
    return Punishment.objects.of(case.guild_id).get(case=case).state


def test_a_mute_is_kept_true_until_its_end(guild, decided):
    case = deeds.mute_member(decision=decided, deed=deed("mute", DAY))

    kept = order(guild, "timeout")
    assert (kept.wanted, kept.until) == (True, case.created_at + DAY)
    assert kept.reason == f"[#1 {int(kept.until.timestamp())} {MODERATOR}] Spoilers"


def test_a_decision_told_twice_is_one_case(guild, decided):
    told = replace(decided, source_id="interaction 1")

    first, second = (deeds.ban_member(decision=told, deed=deed("ban")) for _ in range(2))

    assert first == second
    assert order(guild, "ban").wanted_rev == 1


def test_a_second_mute_changes_the_end_of_the_first(guild, decided):
    first = deeds.mute_member(decision=decided, deed=deed("mute", DAY))
    later = replace(decided, at=decided.at + timedelta(hours=1))

    again = deeds.mute_member(decision=later, deed=deed("mute", 2 * DAY))

    assert again == first
    assert order(guild, "timeout").until == later.at + 2 * DAY
    assert verbs(first) == ["opened", "duration_changed"]


def test_a_mute_that_moved_an_end_and_is_told_again_after_it_mutes_nobody_anew(guild, decided):
    first = deeds.mute_member(decision=decided, deed=deed("mute", DAY))
    moved = replace(decided, source_id="interaction 1")
    deeds.mute_member(decision=moved, deed=deed("mute", 2 * DAY))
    deeds.unmute_member(decision=decided, deed=deed("unmute"))

    again = deeds.mute_member(decision=moved, deed=deed("mute", 2 * DAY))

    assert again == first
    assert not order(guild, "timeout").wanted


def test_a_mute_role_silences_where_there_is_one(guild, decided):
    role = RoleFactory(guild=guild)
    GuildSettings.objects.of(guild.pk).update(mute_role=role)

    deeds.mute_member(decision=decided, deed=deed("mute", DAY))

    assert order(guild, "mute_role").subject == role.pk


def test_an_unmute_lifts_the_mute(guild, decided):
    mute = deeds.mute_member(decision=decided, deed=deed("mute", DAY))

    deeds.unmute_member(decision=decided, deed=deed("unmute"))

    assert state(mute) == "revoked"
    assert not order(guild, "timeout").wanted
    with pytest.raises(AskFirst, match="nothing silences them"):
        deeds.unmute_member(decision=replace(decided, is_sure=False), deed=deed("unmute"))


def test_a_ban_for_ever_supersedes_one_that_ends(guild, decided):
    short = deeds.ban_member(decision=decided, deed=deed("ban", DAY))

    deeds.ban_member(decision=decided, deed=deed("ban"))

    assert state(short) == "superseded"
    assert order(guild, "ban").until is None


def test_a_ban_for_ever_is_not_shortened_unasked(guild, decided):
    deeds.ban_member(decision=decided, deed=deed("ban"))

    with pytest.raises(AskFirst, match="for ever"):
        deeds.ban_member(decision=replace(decided, is_sure=False), deed=deed("ban", DAY))


def test_the_same_within_minutes_asks_first(guild, decided):
    hasty = replace(decided, is_sure=False)
    warn_member(decision=hasty, deed=deed("warn"))

    with pytest.raises(AskFirst, match="#1 did the same"):
        warn_member(decision=hasty, deed=deed("warn"))


def test_a_ban_waits_for_the_words_and_is_woken_by_them(guild, decided):
    MemberFactory(guild=guild, user__id=READER)

    case = deeds.ban_member(decision=decided, deed=deed("ban"))

    assert order(guild, "ban").next_check_at > timezone.now()
    note_told(guild_id=guild.pk, number=case.number, outcome="sent")
    assert order(guild, "ban").next_check_at == AT_ONCE
    case.refresh_from_db()
    assert case.message == "sent"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("They take no messages from the bot.", "closed"), ("Too late to be worth it.", "failed")],
)
def test_words_that_did_not_arrive_are_noted_with_why(guild, decided, error, outcome):
    MemberFactory(guild=guild, user__id=READER)
    case = deeds.mute_member(decision=decided, deed=deed("mute", DAY))
    errand = Errand.objects.of(guild.pk).get(kind="tell_person")
    errand.last_error = error

    errand_kind("tell_person").failed(errand)

    case.refresh_from_db()
    assert case.message == outcome


def test_who_is_not_here_is_banned_at_once_and_not_told(guild, decided):
    deeds.ban_member(decision=decided, deed=deed("ban"))

    assert order(guild, "ban").next_check_at == AT_ONCE
    assert not Errand.objects.of(guild.pk).filter(kind="tell_person").exists()


def test_a_kick_is_asked_for_once(guild, decided):
    MemberFactory(guild=guild, user__id=READER)

    deeds.kick_member(decision=decided, deed=deed("kick"))

    kinds = Errand.objects.of(guild.pk).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["tell_person", "kick"]


def test_who_is_not_here_cannot_be_kicked(guild, decided):
    with pytest.raises(NothingToDo, match="not here"):
        deeds.kick_member(decision=decided, deed=deed("kick"))


def test_nobody_punishes_themselves_or_the_owner(guild, decided):
    with pytest.raises(NotOnThem, match="themselves"):
        deeds.mute_member(decision=replace(decided, moderator_id=READER), deed=deed("mute"))
    guild.owner_id = READER
    guild.save()
    with pytest.raises(NotOnThem, match="owner"):
        deeds.mute_member(decision=decided, deed=deed("mute"))


def test_a_higher_rank_and_a_protected_role_are_out_of_reach(guild, decided):
    high = RoleFactory(guild=guild, position=9)
    MemberRoleFactory(guild=guild, role=high, member__user__id=READER)

    with pytest.raises(NotOnThem, match="not below yours"):
        deeds.mute_member(decision=decided, deed=deed("mute"))
    ProtectedRoleFactory(guild=guild, role=high)
    with pytest.raises(NotOnThem, match="protected"):
        deeds.mute_member(decision=replace(decided, moderator_id=None), deed=deed("mute"))


def test_without_discords_permission_nothing_is_done(guild, decided):
    with pytest.raises(NotAllowed, match="Ban Members"):
        deeds.ban_member(decision=replace(decided, permissions=1 << 1), deed=deed("ban"))

    assert not Case.objects.of(guild.pk).exists()


def test_a_served_punishment_is_closed_exactly_once(guild, decided):
    case = deeds.ban_member(decision=decided, deed=deed("ban", DAY))
    kept, end = order(guild, "ban"), case.created_at + DAY

    order_kind("ban").served(kept, end)
    order_kind("ban").served(kept, end)

    assert state(case) == "expired"
    assert verbs(case) == ["opened", "expired"]


@pytest.mark.parametrize(("seen", "end"), [(ABSENT, "revoked"), (Seen("foreign"), "superseded")])
def test_what_somebody_does_by_hand_ends_the_punishment(guild, decided, seen, end):
    case = deeds.ban_member(decision=decided, deed=deed("ban"))

    assert order_kind("ban").drifted(order(guild, "ban"), seen, timezone.now())

    assert state(case) == end


def test_a_confirmation_is_noted_once(guild, decided):
    case = deeds.mute_member(decision=decided, deed=deed("mute", DAY))
    later = case.created_at + timedelta(seconds=2)

    for _ in range(2):
        order_kind("timeout").confirmed(order(guild, "timeout"), Seen("ours"), later)

    assert verbs(case) == ["opened", "delivered"]
    assert case.events.get(verb="delivered").facts == {"took_ms": 2000}


def test_another_duration_counts_from_the_beginning(guild, decided):
    case = deeds.mute_member(decision=decided, deed=deed("mute", DAY))

    amend_duration(case=case, decision=decided, duration=2 * DAY)

    assert order(guild, "timeout").until == case.created_at + 2 * DAY
    late = replace(decided, at=decided.at + timedelta(hours=5))
    with pytest.raises(HouseError, match="in the past"):
        amend_duration(case=case, decision=late, duration=timedelta(hours=1))


def test_what_has_ended_is_not_made_longer(guild, decided):
    case = deeds.mute_member(decision=decided, deed=deed("mute", DAY))
    deeds.unmute_member(decision=decided, deed=deed("unmute"))

    with pytest.raises(HouseError, match="holds any more"):
        amend_duration(case=case, decision=decided, duration=2 * DAY)


def test_the_ladder_punishes_and_overruling_undoes_it_all(guild, decided):
    LadderStepFactory(guild=guild, points=3, kind="mute", duration=DAY)
    case, fire = warn_member(decision=decided, deed=deed("warn", points=3))
    assert fire.consequence.source == "rule"
    assert order(guild, "timeout").wanted

    overrule_case(case=case, decision=decided, reason="It was somebody else")

    assert state(fire.consequence) == "revoked"
    assert not order(guild, "timeout").wanted
    fire.refresh_from_db()
    assert fire.undone_at is not None
    assert verbs(case) == ["opened", "overruled"]
    assert list(breaches_of_history(guild_id=guild.pk)) == []


def test_a_warning_stands_when_the_ladder_cannot_punish(guild, decided):
    LadderStepFactory(guild=guild, points=1, kind="kick", duration=None)

    case, fire = warn_member(decision=decided, deed=deed("warn"))

    assert case.warnings.get().ended_at is None
    assert (fire.consequence, fire.words) == (None, "They are not here.")


def test_the_log_holds_one_line_a_case(guild, decided):
    channel = ChannelFactory(guild=guild)
    GuildSettings.objects.of(guild.pk).update(moderation_log=channel)
    deeds.mute_member(decision=decided, deed=deed("mute", DAY))

    deeds.unmute_member(decision=decided, deed=deed("unmute"))

    lines = Errand.objects.of(guild.pk).filter(kind="log_line").order_by("pk")
    assert [line.dedupe_key for line in lines] == ["line:case:1", "line:case:2"]
    assert "Lifted" in str(lines[0].payload)


def test_words_have_no_power_over_those_around_them():
    assert plain("**@everyone**\u202e\n[x](y)") == (
        r"\*\*" + "\\@\u200beveryone" + r"\*\*  \[x\]\(y\)"
    )
