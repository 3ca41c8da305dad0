"""What people do with Discord's own buttons becomes a case, once; what we did does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from community.kinds import ABSENT, order_kind
from community.models import CommandSync, GuildSettings, StandingOrder
from moderation.models import Punishment
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.deeds import ban_member, mute_member
from moderation.services.docket import Decision, Deed
from tests.factories import MemberFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
READER, MODERATOR, BOT = 400, 7, 99
UNTIL = "communication_disabled_until"


@pytest.fixture
def entry(guild):
    about = {"actor_id": MODERATOR, "target_id": READER, "at": NOW, "reason": "Spam"}
    return DiscordEntry(guild_id=guild.pk, entry_id=1, action=22, **about)


def punished(guild, punish, kind):
    decision = Decision(guild_id=guild.pk, moderator_id=MODERATOR, at=NOW - timedelta(hours=1))
    case = punish(decision=decision, deed=Deed(kind=kind, user_id=READER))
    shown = {"applied_rev": F("wanted_rev"), "confirmed_at": NOW - timedelta(minutes=59)}
    StandingOrder.objects.of(guild.pk).update(**shown)
    return case


@pytest.mark.parametrize(
    ("action", "changes", "kind"),
    [
        (20, {}, "kick"),
        (22, {}, "ban"),
        (23, {}, "unban"),
        (24, {UNTIL: NOW + timedelta(days=1)}, "mute"),
        (24, {UNTIL: None}, "unmute"),
        (73, {}, "purge"),
    ],
)
def test_each_deed_by_hand_is_one_case_under_who_did_it(guild, entry, action, changes, kind):
    told = replace(entry, action=action, changes=changes)

    cases = {note_discord_entry(entry=told) for _ in range(2)}

    (case,) = cases
    assert (case.kind, case.moderator_id, case.source) == (kind, MODERATOR, "discord")
    assert case.reason == "Spam"


def test_what_is_no_moderation_is_no_case(guild, entry):
    assert note_discord_entry(entry=replace(entry, action=24, changes={"nick": "Ada"})) is None
    assert note_discord_entry(entry=replace(entry, action=1)) is None


def test_our_own_echo_is_no_case(guild, entry):
    CommandSync.objects.create(application_id=BOT)

    assert note_discord_entry(entry=replace(entry, actor_id=BOT)) is None
    assert note_discord_entry(entry=replace(entry, actor_id=None, reason="[#1 - 7] x")) is None


def test_our_mark_in_somebody_elses_hand_hides_nothing(guild, entry):
    CommandSync.objects.create(application_id=BOT)

    assert note_discord_entry(entry=replace(entry, reason="[#1 - 7] x")) is not None


@pytest.mark.parametrize(
    ("punish", "kind", "action"), [(ban_member, "ban", 23), (mute_member, "mute", 24)]
)
def test_lifting_it_by_hand_ends_the_punishment(guild, entry, punish, kind, action):
    case = punished(guild, punish, kind)

    note_discord_entry(entry=replace(entry, action=action, changes={UNTIL: None}))

    ended = Punishment.objects.of(guild.pk).get(case=case)
    assert (ended.state, ended.ended_by, ended.ended_by_id) == ("revoked", "external", MODERATOR)
    assert not StandingOrder.objects.of(guild.pk).get().wanted


def test_who_lifted_it_is_known_also_when_a_look_was_sooner(guild, entry):
    case = punished(guild, ban_member, "ban")
    order = StandingOrder.objects.of(guild.pk).get()
    order_kind("ban").drifted(order, ABSENT, NOW)

    note_discord_entry(entry=replace(entry, action=23))

    assert Punishment.objects.of(guild.pk).get(case=case).ended_by_id == MODERATOR


@pytest.mark.parametrize(
    "later",
    [
        {"wanted_at": NOW + timedelta(seconds=1)},  # lifted before it was wished
        {"confirmed_at": NOW + timedelta(seconds=1)},  # Discord has shown it since
        {"wanted_rev": 7},  # Discord has not taken the last wish yet
    ],
)
def test_what_was_lifted_before_it_was_ours_still_holds(guild, entry, later):
    case = punished(guild, ban_member, "ban")
    StandingOrder.objects.of(guild.pk).update(**later)

    note_discord_entry(entry=replace(entry, action=23))

    assert Punishment.objects.of(guild.pk).get(case=case).is_open
    assert StandingOrder.objects.of(guild.pk).get().wanted


@pytest.fixture
def mute_role(guild):
    role = RoleFactory(guild=guild)
    GuildSettings.objects.of(guild.pk).update(mute_role=role)
    return role


def test_a_role_that_silences_given_or_taken_by_hand_is_a_case(guild, entry, mute_role):
    given = replace(entry, action=25, changes={"$add": frozenset({mute_role.pk})})
    taken = replace(entry, entry_id=2, action=25, changes={"$remove": frozenset({mute_role.pk})})
    other = replace(entry, entry_id=3, action=25, changes={"$remove": frozenset({5})})

    cases = [note_discord_entry(entry=each) for each in (given, taken, other)]

    assert [case and case.kind for case in cases] == ["mute", "unmute", None]


def test_who_takes_the_role_by_hand_lifts_the_mute(guild, entry, mute_role):
    case = punished(guild, mute_member, "mute")
    taken = {"$remove": frozenset({mute_role.pk})}

    note_discord_entry(entry=replace(entry, action=25, changes=taken))

    ended = Punishment.objects.of(guild.pk).get(case=case)
    assert (ended.state, ended.ended_by_id) == ("revoked", MODERATOR)
    assert not StandingOrder.objects.of(guild.pk).get().wanted


def test_a_bot_that_greets_newcomers_lifts_nothing(guild, entry, mute_role):
    punished(guild, mute_member, "mute")
    joined = NOW - timedelta(seconds=5)
    MemberFactory(guild=guild, user=UserFactory(pk=READER), joined_at=joined)
    UserFactory(pk=MODERATOR, is_bot=True)
    taken = replace(entry, action=25, changes={"$remove": frozenset({mute_role.pk})})

    assert note_discord_entry(entry=taken) is None


def test_a_timeout_lifted_by_hand_says_nothing_about_a_role_that_silences(guild, entry, mute_role):
    case = punished(guild, mute_member, "mute")

    lifted = note_discord_entry(entry=replace(entry, action=24, changes={UNTIL: None}))

    assert lifted.kind == "unmute"
    assert Punishment.objects.of(guild.pk).get(case=case).is_open
    assert StandingOrder.objects.of(guild.pk).get().wanted
