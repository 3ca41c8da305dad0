"""Staff lift what holds, whoever gave it; what was given after they decided so, they do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.models import GuildSettings, StandingOrder
from moderation.errors import AskFirst
from moderation.models import Punishment
from moderation.services.answers import tell_done
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.deeds import ban_member, mute_member, unban_member, unmute_member
from moderation.services.docket import Decision, Deed
from moderation.services.lookups import banned_like
from moderation.services.overruling import overrule_case
from moderation.services.punishments import confirm_case
from tests.factories import MemberFactory, MemberRoleFactory, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
READER, MODERATOR, HOUR = 400, 7, timedelta(hours=1)
UNTIL = "communication_disabled_until"


@pytest.fixture
def by_hand(guild):
    def act(action, at=NOW, target=READER, changes=None):
        entry_id = int(at.timestamp() * 1000) + target
        entry = DiscordEntry(
            guild_id=guild.pk,
            entry_id=entry_id,
            action=action,
            actor_id=MODERATOR,
            target_id=target,
            at=at,
            changes=changes or {},
        )
        return note_discord_entry(entry=entry)

    return act


def decision(guild, at=NOW + HOUR, **more):
    return Decision(guild_id=guild.pk, moderator_id=MODERATOR, at=at, **more)


def orders(guild):
    theirs = StandingOrder.objects.of(guild.pk).order_by("kind")
    return [(each.kind, each.wanted, each.lifts_all_before) for each in theirs]


def test_a_ban_given_by_hand_is_lifted_without_a_question(guild, by_hand):
    given = by_hand(22)

    case = unban_member(decision=decision(guild), deed=Deed(kind="unban", user_id=READER))

    assert orders(guild) == [("ban", False, NOW + HOUR)]
    assert f"given by hand, as case {given.number}" in tell_done(case)


@pytest.mark.parametrize("back", [23, None], ids=["lifted since", "never given"])
def test_who_is_not_known_to_be_banned_is_asked_about_first(guild, by_hand, back):
    if back:
        by_hand(22)
        by_hand(back, at=NOW + timedelta(minutes=5))
    deed = Deed(kind="unban", user_id=READER)

    with pytest.raises(AskFirst, match="not banned"):
        unban_member(decision=decision(guild), deed=deed)
    case = unban_member(decision=decision(guild, is_sure=True), deed=deed)

    assert "not given through Guildhall" in tell_done(case)
    assert orders(guild) == [("ban", False, NOW + HOUR)]


def test_a_timeout_by_hand_that_is_over_is_asked_about(guild, by_hand):
    by_hand(24, changes={UNTIL: NOW + timedelta(minutes=10)})
    deed = Deed(kind="unmute", user_id=READER)

    assert unmute_member(decision=decision(guild, at=NOW + timedelta(minutes=9)), deed=deed)
    with pytest.raises(AskFirst, match="nothing silences"):
        unmute_member(decision=decision(guild), deed=deed)


def test_role_and_timeout_go_together(guild, by_hand):
    role = RoleFactory(guild=guild)
    GuildSettings.objects.of(guild.pk).update(mute_role=role)
    member = MemberFactory(guild=guild, user__id=READER, timed_out_until=NOW + 2 * HOUR)
    MemberRoleFactory(guild=guild, member=member, role=role)
    by_hand(24, changes={UNTIL: NOW + 2 * HOUR})

    unmute_member(decision=decision(guild), deed=Deed(kind="unmute", user_id=READER))

    assert orders(guild) == [
        ("mute_role", False, NOW + HOUR),
        ("timeout", False, NOW + HOUR),
    ]


def test_what_ends_or_is_overruled_lifts_only_ours(guild):
    mute = mute_member(
        decision=decision(guild), deed=Deed(kind="mute", user_id=READER, duration=HOUR)
    )

    overrule_case(case=mute, decision=decision(guild), reason="Mistaken")

    assert orders(guild) == [("timeout", False, None)]


def test_a_new_wish_forgets_that_all_was_to_go(guild):
    deed = Deed(kind="unban", user_id=READER)
    unban_member(decision=decision(guild, is_sure=True), deed=deed)

    ban_member(decision=decision(guild), deed=replace(deed, kind="ban"))

    assert orders(guild) == [("ban", True, None)]
    assert Punishment.objects.of(guild.pk).get().is_open


def test_who_is_banned_is_offered_whoever_did_it(guild, by_hand):
    UserFactory(pk=READER, username="loud")
    ban_member(decision=decision(guild), deed=Deed(kind="ban", user_id=401, reason="Raid"))
    by_hand(22)
    by_hand(22, target=402)
    by_hand(23, target=402, at=NOW + HOUR)

    offered = [[case.user_id for case, _ in banned_like(guild_id=guild.pk, text=typed)]
               for typed in ("", "lou", "401", "402")]  # fmt: skip

    assert offered == [[401, READER], [READER], [401], []]


def test_the_case_says_what_discord_showed(guild):
    deed = Deed(kind="unban", user_id=READER)
    case = unban_member(decision=decision(guild, is_sure=True), deed=deed)
    reason = StandingOrder.objects.of(guild.pk).get().reason

    confirm_case(guild_id=guild.pk, reason=reason, now=NOW + HOUR, result={"found": "It stays."})

    assert case.events.get(verb="delivered").facts["found"] == "It stays."
