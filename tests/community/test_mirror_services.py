"""What Discord tells of a server is written down: what differs, and what is gone ends."""

from datetime import UTC, datetime, timedelta

import pytest

from community.models import (
    AuditEntry,
    Channel,
    Guild,
    Invite,
    Member,
    MemberRole,
    Overwrite,
    Role,
)
from community.scope import cross_guild, guild_scope
from community.services.guilds import GuildFacts, leave_guild
from community.services.mirror.facts import (
    ChannelFacts,
    GuildTold,
    InviteFacts,
    News,
    OverwriteFacts,
    PersonJoined,
    PersonLeft,
    RoleFacts,
    RolesGiven,
)
from community.services.mirror.guilds import mirror_channels, mirror_guild
from community.services.mirror.invites import mirror_invites, write_invites
from community.services.mirror.news import tell_news
from community.services.mirror.rights import may_see_invites, permissions_of
from community.services.mirror.shards import guilds_not_told_of
from community.services.people import MemberFacts, members_not_told_of, mirror_members
from tests.factories import (
    ChannelFactory,
    GuildFactory,
    InviteFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIBRARY = ChannelFacts(id=50, kind="category", name="Library")
POETRY = ChannelFacts(
    id=51, name="poetry", parent_id=50, overwrites=(OverwriteFacts(target_id=61, allow=1 << 52),)
)
HAIKU = ChannelFacts(id=52, kind="thread", name="haiku", parent_id=51)
READER = RoleFacts(id=61, name="Reader", permissions=8)


def told(*channels, roles=(READER,), **facts):
    return GuildTold(guild=GuildFacts(name="Kiln", **facts), roles=roles, channels=channels)


def standing(model):
    return set(model.objects.standing().values_list("pk", flat=True))


def ada(**changes):
    return MemberFacts(**{"user_id": 4 * 10**17, "username": "ada", **changes})


def tell(guild, *each):
    tell_news(guild_id=guild.pk, news=[News(one, NOW) for one in each])


def test_a_server_is_mirrored_with_what_is_in_it(guild):
    mirror_guild(guild_id=guild.pk, told=told(POETRY, LIBRARY, HAIKU))

    assert standing(Channel) == {50, 51, 52}
    assert Channel.objects.get(pk=52).parent.parent.name == "Library"
    assert Role.objects.get().permissions == 8
    assert Overwrite.objects.get().allow == 1 << 52


def test_what_discord_no_longer_tells_of_is_gone_but_threads_sleep(guild):
    held = MemberRoleFactory(guild=guild, role=RoleFactory(guild=guild, id=60))
    mirror_guild(guild_id=guild.pk, told=told(LIBRARY, POETRY, HAIKU))

    mirror_guild(guild_id=guild.pk, told=told(LIBRARY, POETRY))
    assert (standing(Channel), standing(Role)) == ({50, 51, 52}, {61})

    mirror_guild(guild_id=guild.pk, told=told(LIBRARY), at=NOW)
    held.refresh_from_db()
    assert standing(Channel) == {50}
    assert Channel.objects.get(pk=52).deleted_at == NOW
    assert held.ended_at is not None


def test_what_a_telling_leaves_out_stays(guild):
    mirror_guild(guild_id=guild.pk, told=told(LIBRARY, POETRY, member_count=7, joined_at=NOW))

    mirror_guild(guild_id=guild.pk, told=GuildTold(guild=GuildFacts(name="Kiln & Clay")))

    found = Guild.objects.get()
    assert (found.name, found.member_count, found.joined_at) == ("Kiln & Clay", 7, NOW)
    assert (standing(Channel), standing(Role)) == ({50, 51}, {61})


def test_what_comes_back_stands_again(guild):
    mirror_guild(guild_id=guild.pk, told=told(LIBRARY))
    mirror_guild(guild_id=guild.pk, told=told(roles=()))

    mirror_guild(guild_id=guild.pk, told=told(LIBRARY))

    assert (standing(Channel), standing(Role)) == ({50}, {61})


def test_a_telling_that_says_nothing_new_writes_nothing(guild, django_assert_max_num_queries):
    same = told(LIBRARY, POETRY, HAIKU)
    mirror_guild(guild_id=guild.pk, told=same)

    with django_assert_max_num_queries(14) as seen:
        mirror_guild(guild_id=guild.pk, told=same)

    written = ("INSERT", "UPDATE", "DELETE")
    assert not [each for each in seen.captured_queries if each["sql"].startswith(written)]


def test_rights_that_change_are_changed_and_those_taken_back_are_gone(guild):
    mirror_channels(guild_id=guild.pk, channels=[LIBRARY, POETRY])
    rights = (OverwriteFacts(target_id=61, deny=4), OverwriteFacts(target="member", target_id=9))
    changed = ChannelFacts(id=51, name="poetry", overwrites=rights)

    mirror_channels(guild_id=guild.pk, channels=[changed])
    found = Overwrite.objects.order_by("target_id").values_list("target", "allow", "deny")
    assert list(found) == [("member", 0, 0), ("role", 0, 4)]

    mirror_channels(guild_id=guild.pk, channels=[ChannelFacts(id=51, name="poetry")])
    assert not Overwrite.objects.exists()


def test_a_parent_that_is_unknown_or_oneself_is_none(guild):
    odd = [ChannelFacts(id=50, name="a", parent_id=50), ChannelFacts(id=51, name="b", parent_id=9)]

    mirror_channels(guild_id=guild.pk, channels=odd)

    assert set(Channel.objects.values_list("parent_id", flat=True)) == {None}


def test_a_new_server_is_in_the_audit_log():
    with guild_scope(42):
        mirror_guild(guild_id=42, told=told())

        assert AuditEntry.objects.get().verb == "community.guild.joined"


def test_joins_and_leaves_are_counted_once(guild):
    guild.member_count = 10
    guild.save()

    tell(guild, PersonJoined(ada()), PersonJoined(ada()))
    assert Guild.objects.get().member_count == 11

    tell(guild, PersonLeft(ada().user_id), PersonLeft(ada().user_id), PersonLeft(5))
    assert Guild.objects.get().member_count == 10
    assert Member.objects.get().left_at == NOW


def test_news_keeps_its_order(guild):
    joined, left = PersonJoined(ada()), PersonLeft(ada().user_id)

    tell(guild, joined, left, joined, left, joined)

    assert Member.objects.present().count() == 1


def test_who_gave_a_role_may_be_told_before_the_role(guild):
    role = RoleFactory(guild=guild)
    given = RolesGiven(ada().user_id, 77, frozenset({role.pk}))

    tell(guild, given, PersonJoined(ada(role_ids=frozenset({role.pk}))))

    assert MemberRole.objects.get().assigned_by_id == 77


def test_who_a_whole_list_leaves_out_has_left(guild):
    here, gone, other = MemberFactory(guild=guild), MemberRoleFactory(guild=guild), MemberFactory()

    count = members_not_told_of(guild_id=guild.pk, told={here.user_id}, at=NOW)

    gone.refresh_from_db()
    assert count == 1
    assert list(Member.objects.present()) == [here]
    assert gone.ended_at is not None
    with cross_guild("the test looks"):
        assert other in Member.objects.present()


def test_a_list_that_is_much_too_short_is_not_believed(guild):
    MemberFactory.create_batch(3, guild=guild)
    guild.member_count = 3
    guild.save()

    assert members_not_told_of(guild_id=guild.pk, told={5}) == 0
    assert Member.objects.present().count() == 3


def test_a_member_whose_arrival_is_not_told_keeps_it(guild):
    mirror_members(guild_id=guild.pk, facts=[ada(joined_at=NOW)])

    assert mirror_members(guild_id=guild.pk, facts=[ada(joined_at=None)]) == 0
    assert Member.objects.get().joined_at == NOW


def test_only_what_differs_about_people_is_written(guild):
    people = [ada(user_id=n, username=f"reader{n}") for n in range(1, 6)]
    mirror_members(guild_id=guild.pk, facts=people)
    people[2] = ada(user_id=3, username="reader3", nickname="Countess")

    assert mirror_members(guild_id=guild.pk, facts=people) == 1


def test_newcomers_came_through_the_one_invite_that_was_used(guild):
    used, other = InviteFactory.create_batch(2, guild=guild, inviter_id=None)
    mirror_members(guild_id=guild.pk, facts=[ada()])
    lists = [InviteFacts(code=used.code, uses=1), InviteFacts(code=other.code)]

    mirror_invites(guild_id=guild.pk, invites=lists, joined=[ada().user_id])

    assert Member.objects.get().came_by == used.code
    assert Invite.objects.get(code=used.code).uses == 1


@pytest.mark.parametrize("uses", [(1, 1), (2, 0), (0, 0)])
def test_nobody_guesses_who_came_through_which_invite(guild, uses):
    InviteFactory(guild=guild, code="a")
    InviteFactory(guild=guild, code="b")
    mirror_members(guild_id=guild.pk, facts=[ada()])
    lists = [InviteFacts(code=code, uses=n) for code, n in zip("ab", uses, strict=True)]

    mirror_invites(guild_id=guild.pk, invites=lists, joined=[ada().user_id])

    assert Member.objects.get().came_by == ""


def test_an_invite_that_vanishes_with_its_last_use_was_used(guild):
    InviteFactory(guild=guild, code="once", max_uses=1)
    mirror_members(guild_id=guild.pk, facts=[ada()])

    mirror_invites(guild_id=guild.pk, invites=[], joined=[ada().user_id], at=NOW)

    assert Member.objects.get().came_by == "once"
    assert Invite.objects.get().deleted_at == NOW


def test_who_comes_back_came_by_no_invite_until_it_is_known(guild):
    member = MemberFactory(guild=guild, came_by="old", left_at=NOW)

    mirror_members(guild_id=guild.pk, facts=[ada(user_id=member.user_id)])

    member.refresh_from_db()
    assert member.came_by == ""


def test_invites_told_twice_are_written_once(guild):
    channel = ChannelFactory(guild=guild)
    invite = InviteFacts(code="abc", channel_id=channel.pk, created_at=NOW, expires_at=NOW)
    elsewhere = InviteFacts(code="x", channel_id=ChannelFactory().pk)

    written = [write_invites(guild_id=guild.pk, invites=[invite, elsewhere]) for _ in range(2)]

    assert written == [2, 0]
    assert Invite.objects.get(code="x").channel is None


def test_rights_are_those_of_everybody_and_of_ones_roles(guild):
    RoleFactory(guild=guild, id=guild.pk, permissions=1)
    held = MemberRoleFactory(guild=guild, role__permissions=1 << 5)
    user_id = held.member.user_id

    assert permissions_of(guild_id=guild.pk, user_id=user_id) == 1 | 1 << 5
    assert may_see_invites(guild_id=guild.pk, user_id=user_id)
    assert not may_see_invites(guild_id=guild.pk, user_id=5)
    guild.owner_id = 5
    guild.save()
    assert may_see_invites(guild_id=guild.pk, user_id=5)


def test_servers_that_a_connection_leaves_out_were_left():
    here, gone, elsewhere = (GuildFactory(id=n << 22) for n in (10, 12, 13))
    away = GuildFactory(id=14 << 22)
    with guild_scope(away.pk):
        leave_guild(guild_id=away.pk, at=NOW - timedelta(days=1))

    assert guilds_not_told_of(shard=0, shards=2, told={here.pk}) == [gone.pk]
    assert guilds_not_told_of(shard=1, shards=2, told=set()) == [elsewhere.pk]
