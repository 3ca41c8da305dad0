"""Activity roles as a server sets them: who may, what is refused, what history keeps."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from activity.models import ActivityRole, ActivityRoleHolding
from activity.services.merit import keep_roles_of
from activity.services.roles import (
    MOST_RULES,
    add_activity_role,
    change_activity_role,
    remove_activity_role,
)
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, StandingOrder
from tests.activity.factories import ActivityRoleFactory, LevelRewardFactory, MemberTotalsFactory
from tests.factories import GrantFactory, MemberFactory, RoleFactory, StaffFactory

pytestmark = pytest.mark.django_db
ADMINISTRATOR = 1 << 3


@pytest.fixture
def by(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


def add(guild, by, role=None, **told):
    role = role or RoleFactory(guild=guild)
    return add_activity_role(guild_id=guild.pk, by=by, role=role, **{"min_hours": 5, **told})


def test_a_rule_is_made_and_changed_with_before_and_after(guild, by):
    rule = add(guild, by, min_hours=Decimal("5.50"), lasts=timedelta(days=30))
    change_activity_role(rule=rule, by=by, min_hours=Decimal("5.50"), lasts=None)
    change_activity_role(rule=rule, by=by, min_hours=Decimal("5.50"), lasts=None)

    first, second = AuditEntry.objects.order_by("pk")
    assert (first.verb, first.after["min_hours"]) == ("activity.role.added", "5.5")
    assert (second.before, second.after) == ({"lasts": "30 days"}, {"lasts": None})


def refused(guild, by, words, role=None, **told):
    with pytest.raises(HouseError, match=words):
        add(guild, by, role, **told)


def test_what_makes_no_rule_is_refused_in_words(guild, by):
    role = ActivityRoleFactory(guild=guild).role

    refused(guild, by, "an activity role already", role)
    refused(guild, by, "no such role", RoleFactory())
    refused(guild, by, "some time in voice", min_hours=0)
    refused(guild, by, "an hour at least", lasts=timedelta(minutes=5))
    refused(guild, by, "no such role", exempt_role_ids=[RoleFactory().pk])
    refused(guild, by, "everybody's role", exempt_role_ids=[guild.pk])
    refused(guild, by, "valid choice", window="year")
    refused(guild, by, "belongs to a bot", RoleFactory(guild=guild, managed=True))
    refused(guild, by, "brings", LevelRewardFactory(guild=guild).role)
    refused(guild, by, "Everybody holds", RoleFactory(guild=guild, pk=guild.pk))
    assert ActivityRole.objects.count() == 1


def test_a_server_has_so_many_at_most(guild, by):
    ActivityRoleFactory.create_batch(MOST_RULES, guild=guild)

    refused(guild, by, "25 activity roles at most")


def test_a_role_of_staff_takes_the_owners_own_word(guild):
    guild.owner_id = 77
    guild.save()
    role = RoleFactory(guild=guild, permissions=ADMINISTRATOR)
    clerk = GrantFactory(guild=guild, capabilities=["configure"]).staff
    owner = GrantFactory(
        guild=guild, staff=StaffFactory(discord_id=77), capabilities=["configure"]
    ).staff

    refused(guild, clerk, "do everything: that takes the owner's word", role)
    refused(guild, clerk, "Only the owner", role, owner_agrees=True)
    refused(guild, owner, "owner's word", role)
    rule = add(guild, owner, role, owner_agrees=True)

    assert rule.agreed_permissions == ADMINISTRATOR


@pytest.mark.parametrize("capabilities", [["see"], ["moderate", "punish", "staff"], []])
def test_only_who_may_configure_sets_the_roles(guild, capabilities):
    by, rule = StaffFactory(), ActivityRoleFactory(guild=guild)
    if capabilities:
        GrantFactory(guild=guild, staff=by, capabilities=capabilities)

    for deed in (
        lambda: add(guild, by),
        lambda: change_activity_role(rule=rule, by=by, min_hours=9),
        lambda: remove_activity_role(rule=rule, by=by),
    ):
        with pytest.raises(NotAllowed):
            deed()


@pytest.mark.parametrize("is_left", [True, False])
def test_who_has_a_role_keeps_or_loses_it_with_its_rule(guild, by, is_left):
    rule, ada = add(guild, by, window="ever"), MemberFactory(guild=guild)
    MemberTotalsFactory(guild=guild, user_id=ada.user_id, voice_ms=9 * 3_600_000)
    keep_roles_of(guild_id=guild.pk, now=timezone.now())

    people = remove_activity_role(rule=rule, by=by, is_left=is_left)

    order = StandingOrder.objects.get()
    assert (people, order.wanted, order.is_settled) == (1, False, is_left)
    assert not ActivityRoleHolding.objects.exists()
    assert AuditEntry.objects.filter(verb="activity.role.removed").count() == 1
