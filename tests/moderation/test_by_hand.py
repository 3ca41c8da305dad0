"""What people do with Discord's own buttons becomes a case, once; what we did does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.models import CommandSync, Errand, StandingOrder
from moderation.models import Case, Punishment
from moderation.services.byhand import DiscordEntry, import_what_holds, note_discord_entry
from moderation.services.deeds import ban_member, mute_member
from moderation.services.docket import Decision, Deed

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
    return punish(decision=decision, deed=Deed(kind=kind, user_id=READER))


@pytest.mark.parametrize(
    ("action", "changes", "kind"),
    [
        (20, {}, "kick"),
        (22, {}, "ban"),
        (23, {}, "unban"),
        (24, {UNTIL: "2030-05-02T12:00:00+00:00"}, "mute"),
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


def test_what_held_before_we_came_is_written_down_once_and_nobody_is_told(guild):
    found = {
        "bans": {READER: "Spam", 401: "[#1 - 7] ours"},
        "timeouts": {402: NOW + timedelta(days=1), 403: NOW - timedelta(days=1)},
    }

    for _ in range(2):
        import_what_holds(guild_id=guild.pk, **found, at=NOW)

    cases = Case.objects.of(guild.pk).order_by("pk")
    assert [(case.kind, case.user_id) for case in cases] == [("ban", READER), ("mute", 402)]
    assert not Errand.objects.of(guild.pk).exists()
    assert not Punishment.objects.of(guild.pk).exists()
