"""Who may do what, asked live; nobody gives more than they hold."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, Grant, MemberRole, Staff
from community.scope import cross_guild
from community.services.grants import (
    capabilities_of,
    give_grant,
    guilds_of,
    require,
    take_back_grant,
)
from community.services.staff import (
    end_sessions,
    hire_staff,
    open_the_house,
    switch_off_staff,
    switch_on_staff,
)
from tests.factories import (
    GrantFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
TOMORROW = timezone.now() + timedelta(days=1)


def may(staff, guild):
    return set(capabilities_of(staff, guild_id=guild.pk))


def holder_of(role, **member):
    """Staff who hold a role on Discord."""
    staff = StaffFactory(discord_id=MemberFactory(guild=role.guild, **member).user_id)
    with cross_guild("the test's world"):
        from community.models import Member

        held_by = Member.objects.get(guild=role.guild, user_id=staff.discord_id)
    MemberRoleFactory(guild=role.guild, role=role, member=held_by)
    return staff


@pytest.fixture
def chief(guild):
    """May give grants, but not run the economy."""
    return GrantFactory(guild=guild, capabilities=["staff", "moderate", "punish"]).staff


def test_whoever_was_granted_anything_may_see(guild):
    staff = GrantFactory(guild=guild, capabilities=["economy"]).staff

    assert may(staff, guild) == {"economy", "see"}


@pytest.mark.parametrize(
    "changes",
    [
        {"ended_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"staff__is_active": False},
    ],
)
def test_what_has_ended_is_not_held(guild, changes):
    staff = GrantFactory(guild=guild, **changes).staff

    assert may(staff, guild) == set()


def test_running_the_house_gives_no_right_in_any_server(guild, keeper):
    assert may(keeper, guild) == set()
    with pytest.raises(NotAllowed, match="right to see"):
        require(keeper, "see", guild_id=guild.pk)


def test_a_grant_to_a_role_is_held_by_whoever_holds_the_role_now(guild):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role, capabilities=["punish"])
    staff = holder_of(role)

    before = may(staff, guild)
    MemberRole.objects.update(ended_at=timezone.now())

    assert before == {"punish", "see"}
    assert may(staff, guild) == set()


@pytest.mark.parametrize("gone", [{"left_at": timezone.now()}])
def test_a_role_of_somebody_who_left_gives_nothing(guild, gone):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role)

    assert may(holder_of(role, **gone), guild) == set()


def test_a_deleted_role_gives_nothing(guild):
    role = RoleFactory(guild=guild, deleted_at=timezone.now())
    GrantFactory(guild=guild, staff=None, role=role)

    assert may(holder_of(role), guild) == set()


def test_staff_without_a_discord_id_hold_no_roles(guild):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role)
    MemberRoleFactory(guild=guild, role=role)

    assert may(StaffFactory(), guild) == set()


def test_staff_see_the_servers_they_were_granted_and_no_others():
    staff = StaffFactory()
    second = GrantFactory(staff=staff, guild__name="B", capabilities=["economy"]).guild
    first = GrantFactory(staff=staff, guild__name="A", capabilities=["moderate"]).guild
    GrantFactory(staff=staff, guild__left_at=timezone.now())
    GrantFactory(guild__name="C")

    assert list(guilds_of(staff).items()) == [
        (first, {"see", "moderate"}),
        (second, {"see", "economy"}),
    ]


def test_a_grant_is_given_and_written_down(guild, chief):
    moderator = StaffFactory()

    give_grant(guild_id=guild.pk, by=chief, to=moderator, capabilities=["moderate"])

    assert may(moderator, guild) == {"moderate", "see"}
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.staff) == ("community.grant.given", chief)
    assert entry.after["capabilities"] == ["moderate"]


def test_a_new_grant_takes_the_place_of_the_old_one(guild, chief):
    moderator = GrantFactory(guild=guild, capabilities=["moderate"]).staff

    give_grant(guild_id=guild.pk, by=chief, to=moderator, capabilities=["punish"])

    assert may(moderator, guild) == {"punish", "see"}
    assert Grant.objects.filter(staff=moderator).count() == 2


def test_a_grant_is_taken_back_once(guild, chief):
    grant = GrantFactory(guild=guild, capabilities=["moderate"])

    assert [take_back_grant(grant=grant, by=chief) for _ in range(2)] == [True, False]
    assert may(grant.staff, guild) == set()


def test_nobody_gives_what_they_do_not_hold(guild, chief):
    with pytest.raises(NotAllowed, match="Run the economy"):
        give_grant(guild_id=guild.pk, by=chief, to=StaffFactory(), capabilities=["economy"])


def test_nobody_gives_for_longer_than_they_hold(guild):
    brief = GrantFactory(guild=guild, capabilities=["staff"], expires_at=TOMORROW).staff

    with pytest.raises(NotAllowed, match="give no longer"):
        give_grant(guild_id=guild.pk, by=brief, to=StaffFactory(), capabilities=["staff"])

    give_grant(
        guild_id=guild.pk, by=brief, to=StaffFactory(), capabilities=["staff"], expires_at=TOMORROW
    )


def test_who_holds_a_right_through_a_role_for_a_time_gives_for_no_longer(guild):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role, capabilities=["staff", "punish"])
    brief = holder_of(role)
    MemberRole.objects.update(expires_at=TOMORROW)

    with pytest.raises(NotAllowed, match="give no longer"):
        give_grant(guild_id=guild.pk, by=brief, to=StaffFactory(), capabilities=["punish"])


def test_the_longer_of_two_rights_counts(guild):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role, capabilities=["staff"], expires_at=TOMORROW)
    giver = holder_of(role)
    GrantFactory(guild=guild, staff=giver, capabilities=["staff"])

    give_grant(guild_id=guild.pk, by=giver, to=StaffFactory(), capabilities=["staff"])


def test_a_role_held_for_a_time_gives_nothing_when_the_time_is_up(guild):
    role = RoleFactory(guild=guild)
    GrantFactory(guild=guild, staff=None, role=role)
    staff = holder_of(role)
    now = timezone.now()
    MemberRole.objects.update(assigned_at=now - timedelta(days=2), expires_at=now)

    assert may(staff, guild) == set()


def test_a_grant_that_has_run_out_is_in_nobodys_way(guild, chief):
    old = GrantFactory(guild=guild, capabilities=["configure"], expires_at=timezone.now())

    give_grant(guild_id=guild.pk, by=chief, to=old.staff, capabilities=["moderate"])

    assert may(old.staff, guild) == {"moderate", "see"}


def test_what_somebody_was_counts_no_more_when_they_give(guild, keeper):
    Staff.objects.filter(pk=keeper.pk).update(is_superuser=False)

    with pytest.raises(NotAllowed):
        give_grant(guild_id=guild.pk, by=keeper, to=StaffFactory(), capabilities=["staff"])


@pytest.mark.parametrize("nonsense", [[], ["rule the world"]])
def test_capabilities_that_are_none_are_refused_in_words(guild, keeper, nonsense):
    with pytest.raises(HouseError, match="Choose one or more of: See"):
        give_grant(guild_id=guild.pk, by=keeper, to=StaffFactory(), capabilities=nonsense)


def test_nobody_takes_back_more_than_they_hold(guild, chief):
    higher = GrantFactory(guild=guild, capabilities=["moderate", "configure"])

    with pytest.raises(NotAllowed, match="Configure"):
        take_back_grant(grant=higher, by=chief)
    with pytest.raises(NotAllowed, match="Configure"):
        give_grant(guild_id=guild.pk, by=chief, to=higher.staff, capabilities=["moderate"])

    assert may(higher.staff, guild) == {"moderate", "configure", "see"}


def test_nobody_changes_their_own_grants_nor_those_of_a_role_they_hold(guild, chief):
    role = RoleFactory(guild=guild)
    chief.discord_id = MemberFactory(guild=guild).user_id
    chief.save()
    from community.models import Member

    MemberRoleFactory(guild=guild, role=role, member=Member.objects.get(user_id=chief.discord_id))

    for to in (chief, role):
        with pytest.raises(NotAllowed, match="their own"):
            give_grant(guild_id=guild.pk, by=chief, to=to, capabilities=["moderate"])
    with pytest.raises(NotAllowed, match="their own"):
        take_back_grant(grant=Grant.objects.get(staff=chief), by=chief)


@pytest.mark.parametrize("capabilities", [["moderate"], ["see"]])
def test_those_without_the_right_to_grant_give_nothing(guild, capabilities):
    moderator = GrantFactory(guild=guild, capabilities=capabilities).staff

    with pytest.raises(NotAllowed, match="grant and take back"):
        give_grant(guild_id=guild.pk, by=moderator, to=StaffFactory(), capabilities=["see"])


def test_a_right_in_one_server_gives_nothing_in_another(guild):
    foreign = GrantFactory(capabilities=["staff"]).staff

    with pytest.raises(NotAllowed, match="grant and take back"):
        give_grant(guild_id=guild.pk, by=foreign, to=StaffFactory(), capabilities=["see"])


def test_somebody_who_was_switched_off_gives_nothing(guild):
    keeper = StaffFactory(keeper=True, is_active=False)

    with pytest.raises(NotAllowed, match="switched off"):
        give_grant(guild_id=guild.pk, by=keeper, to=StaffFactory(), capabilities=["see"])


def test_the_keeper_gives_the_first_grant_even_to_themselves(guild, keeper):
    give_grant(guild_id=guild.pk, by=keeper, to=keeper, capabilities=["staff", "see"])

    assert may(keeper, guild) == {"staff", "see"}


@pytest.mark.engine
@pytest.mark.parametrize(
    "nonsense",
    [
        {"capabilities": []},
        {"capabilities": ["rule the world"]},
        {"staff": None},
    ],
)
def test_the_database_refuses_grants_of_nothing_to_nobody(nonsense):
    with pytest.raises(IntegrityError, match="community_grant"):
        GrantFactory(**nonsense)


def test_the_house_opens_once():
    password = open_the_house()

    assert password
    assert len(password) >= 16
    assert open_the_house() is None


def test_the_last_keeper_cannot_be_switched_off(keeper):
    with pytest.raises(HouseError, match="last keeper"):
        switch_off_staff(staff=keeper, by=keeper)


def test_switching_off_ends_every_right_and_session(guild, keeper):
    grant = GrantFactory(guild=guild)
    before = grant.staff.get_session_auth_hash()

    switch_off_staff(staff=grant.staff, by=keeper)

    grant.staff.refresh_from_db()
    assert may(grant.staff, guild) == set()
    assert grant.staff.get_session_auth_hash() != before


def test_who_is_switched_on_again_has_their_grants_but_no_session(guild, keeper):
    grant = GrantFactory(guild=guild)
    could, before = may(grant.staff, guild), grant.staff.get_session_auth_hash()
    switch_off_staff(staff=grant.staff, by=keeper)

    switch_on_staff(staff=grant.staff, by=keeper, reason="back from leave")

    grant.staff.refresh_from_db()
    assert may(grant.staff, guild) == could != set()
    assert grant.staff.get_session_auth_hash() != before
    with cross_guild("the house's history"):
        line = AuditEntry.objects.get(verb="community.staff.switched_on")
    assert (line.subject_id, line.after) == (str(grant.staff.pk), {"reason": "back from leave"})


def test_only_keepers_switch_on_and_only_who_is_switched_off(keeper):
    marin = hire_staff(username="marin", by=keeper)[0]
    with pytest.raises(HouseError, match="is not switched off"):
        switch_on_staff(staff=marin, by=keeper)
    switch_off_staff(staff=marin, by=keeper)

    with pytest.raises(NotAllowed, match="keepers"):
        switch_on_staff(staff=marin, by=marin)


def test_only_keepers_hire_and_sign_others_out(keeper):
    marin, password = hire_staff(username="marin", by=keeper)
    assert marin.check_password(password)

    with pytest.raises(HouseError, match="works here already"):
        hire_staff(username="MARIN", by=keeper)
    with pytest.raises(NotAllowed, match="keepers"):
        hire_staff(username="ivo", by=marin)
    with pytest.raises(NotAllowed, match="keepers"):
        end_sessions(staff=keeper, by=marin)
    end_sessions(staff=marin, by=marin)

    with cross_guild("the house's history"):
        verbs = AuditEntry.objects.filter(guild=None).values_list("verb", flat=True)
        assert sorted(verbs) == ["community.staff.hired", "community.staff.signed_out"]
