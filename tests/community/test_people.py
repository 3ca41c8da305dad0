"""What happens to people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.models import Member, MemberRole, User
from community.scope import cross_guild, guild_scope
from community.services.mirror.facts import News, PersonAsked
from community.services.mirror.news import tell_news
from community.services.people import (
    MemberFacts,
    end_run_out_roles,
    meet_member,
    meet_members,
    member_left,
    mirror_members,
)
from community.services.privacy import erase_person
from tests.factories import GuildFactory, MemberFactory, MemberRoleFactory, RoleFactory

pytestmark = pytest.mark.django_db
ADA = 4 * 10**17
DAY, JOINED = timedelta(days=1), datetime(2026, 3, 1, tzinfo=UTC)


def ada(**changes):
    return MemberFacts(**{"user_id": ADA, "username": "ada", **changes})


def test_a_person_is_written_down_at_first_sight(guild):
    role = RoleFactory(guild=guild)

    meet_member(guild_id=guild.pk, facts=ada(nickname="Countess", role_ids=frozenset({role.pk})))

    member = Member.objects.get()
    assert (member.user.username, member.nickname) == ("ada", "Countess")
    assert member.roles.get().role == role


def test_names_that_no_database_keeps_and_roles_that_are_not_known_yet_stop_nobody(guild):
    odd = ada(username="a\x00da", nickname="half \ud800", role_ids=frozenset({7}))

    meet_members(guild_id=guild.pk, facts=[odd, ada(user_id=ADA + 1, username="bob")])

    assert set(User.objects.values_list("username", flat=True)) == {"ada", "bob"}
    assert Member.objects.get(user_id=ADA).nickname == "half "
    assert not MemberRole.objects.exists()


def test_a_renamed_person_is_renamed_everywhere(guild):
    meet_member(guild_id=guild.pk, facts=ada())

    meet_member(guild_id=guild.pk, facts=ada(username="lovelace", nickname="Countess"))

    assert User.objects.get().username == "lovelace"
    assert Member.objects.get().nickname == "Countess"


def test_telling_the_same_again_writes_nothing(guild):
    role = RoleFactory(guild=guild)
    told = [ada(), ada(user_id=ADA + 1, role_ids=frozenset({role.pk}))]

    written = [mirror_members(guild_id=guild.pk, facts=told) for _ in range(2)]

    assert written == [5, 0]  # two users, two members, one role


def test_who_leaves_keeps_a_history_and_who_returns_is_the_same_member(guild):
    role = RoleFactory(guild=guild)
    same = {"joined_at": timezone.now()}
    member = meet_member(guild_id=guild.pk, facts=ada(role_ids=frozenset({role.pk}), **same))

    left = [member_left(guild_id=guild.pk, user_id=ADA) for _ in range(2)]
    assert left == [True, False]
    assert not MemberRole.objects.standing().exists()
    assert meet_member(guild_id=guild.pk, facts=ada(**same)) == member

    assert list(Member.objects.present()) == [member]
    assert MemberRole.objects.count() == 1


def test_news_of_leaving_that_is_older_than_a_role_still_ends_it(guild):
    held = MemberRoleFactory(guild=guild)
    before = held.assigned_at - timedelta(hours=1)

    member_left(guild_id=guild.pk, user_id=held.member.user_id, at=before)

    held.refresh_from_db()
    assert held.ended_at == held.assigned_at


def test_roles_that_discord_no_longer_tells_of_end_and_new_ones_begin(guild):
    old, kept, new = RoleFactory.create_batch(3, guild=guild)
    meet_member(guild_id=guild.pk, facts=ada(role_ids=frozenset({old.pk, kept.pk})))

    meet_member(guild_id=guild.pk, facts=ada(role_ids=frozenset({kept.pk, new.pk})))

    standing = MemberRole.objects.standing().values_list("role_id", flat=True)
    assert set(standing) == {kept.pk, new.pk}
    assert MemberRole.objects.count() == 3


def test_a_role_given_for_a_time_ends_when_the_time_is_up(guild):
    now = timezone.now()
    past = MemberRoleFactory(
        guild=guild, assigned_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )
    future = MemberRoleFactory(guild=guild, expires_at=now + timedelta(days=1))

    assert [end_run_out_roles(guild_id=guild.pk) for _ in range(2)] == [1, 0]
    assert set(MemberRole.objects.standing()) == {future}
    assert past.role_id != future.role_id


@pytest.fixture
def erased(guild):
    """Somebody who is still in the server, and wished to be forgotten."""
    meet_member(guild_id=guild.pk, facts=ada(nickname="Countess", joined_at=JOINED))
    erase_person(user_id=ADA, by=None)
    return User.objects.get(pk=ADA)


def test_who_was_erased_stays_erased_whatever_discord_goes_on_telling(guild, erased):
    elsewhere, told = GuildFactory(), ada(nickname="Engineer", joined_at=JOINED)
    bob = ada(user_id=ADA + 1, username="bob")

    again = [mirror_members(guild_id=guild.pk, facts=[told, bob]) for _ in range(2)]
    with cross_guild("they are in another server, too"):
        nameless = meet_member(guild_id=elsewhere.pk, facts=told)

    erased.refresh_from_db()
    assert (erased.username, erased.erased_at is None) == ("", False)
    assert (Member.objects.get(user=erased).nickname, nameless.nickname) == ("", "")
    assert (User.objects.get(pk=bob.user_id).username, again[1]) == ("bob", 0)


def test_somebody_who_was_erased_and_comes_in_anew_is_met_anew(guild, erased):
    member_left(guild_id=guild.pk, user_id=ADA)
    back = timezone.now() + timedelta(minutes=1)

    meet_member(guild_id=guild.pk, facts=ada(nickname="Engineer", joined_at=back))

    erased.refresh_from_db()
    assert (erased.username, erased.erased_at) == ("ada", None)
    assert Member.objects.get(user=erased).nickname == "Engineer"


@pytest.mark.parametrize(("after", "name"), [(timedelta(seconds=1), "ada"), (-DAY, "")])
def test_who_was_erased_and_uses_a_command_afterwards_is_met_anew(guild, erased, after, name):
    asked = PersonAsked(ada(joined_at=JOINED))

    tell_news(guild_id=guild.pk, news=[News(asked, timezone.now() + after)])

    erased.refresh_from_db()
    assert (erased.username, erased.erased_at is None) == (name, bool(name))


def test_a_command_tells_nothing_of_a_stranger(guild):
    tell_news(guild_id=guild.pk, news=[News(PersonAsked(ada()), timezone.now())])

    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.engine
def test_two_bots_that_tell_of_the_same_newcomers_write_each_once():
    guild, other = GuildFactory(), GuildFactory()
    told = [ada(user_id=ADA + n) for n in range(20)]

    def tell(guild_id):
        with guild_scope(guild_id):
            meet_members(guild_id=guild_id, facts=told)
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tell, [guild.pk, guild.pk, other.pk, other.pk]))

    assert User.objects.count() == 20
    for each in (guild, other):
        with guild_scope(each.pk):
            assert Member.objects.count() == 20


def test_a_member_mentions_itself_without_asking_the_database(guild, django_assert_num_queries):
    member = MemberFactory(guild=guild)

    with django_assert_num_queries(0):
        assert member.mention == f"<@{member.user_id}>"
