"""A believable world to look at."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from community.models import Grant, Guild, Member, MemberRole, Staff, User
from community.scope import cross_guild
from community.services.demo import make_demo
from community.services.grants import guilds_of
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db


def world():
    with cross_guild("the test looks everywhere"):
        return {
            "servers": list(Guild.objects.order_by("name").values_list("name", "member_count")),
            "people": list(
                User.objects.order_by("username").values_list("username", "global_name")
            ),
            "roles": MemberRole.objects.count(),
            "left": Member.objects.exclude(left_at=None).count(),
        }


def test_the_demo_has_three_servers_500_members_and_staff_with_different_rights():
    make_demo()

    made = world()
    assert len(made["servers"]) == 3
    assert sum(count for _, count in made["servers"]) == 500
    assert len(made["people"]) < 500
    assert made["roles"] > 300
    assert made["left"] > 20
    rights = {staff.username: len(guilds_of(staff)) for staff in Staff.objects.all()}
    assert rights == {"keeper": 3, "marin": 1, "guest": 1}
    with cross_guild("the test looks everywhere"):
        assert Grant.objects.filter(role__isnull=False).count() == 1


def test_the_same_seed_makes_the_same_world():
    worlds = []
    for _ in range(2):
        with transaction.atomic():
            make_demo(seed=7)
            worlds.append(world())
            transaction.set_rollback(True)

    assert worlds[0] == worlds[1]


def test_the_demo_moves_into_an_empty_house_only():
    GuildFactory()

    with pytest.raises(CommandError, match="empty house"):
        call_command("demo")
