"""A believable world to look at."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from community.models import Grant, Guild, Member, MemberRole, Staff, User
from community.scope import cross_guild
from community.services.grants import guilds_of
from config.demo import move_in
from config.pretend_discord import is_at_home_here, pretend_world, state_file
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data_folder(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path


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
    move_in()

    made = world()
    assert len(made["servers"]) == 3
    assert sum(count for _, count in made["servers"]) == 500 + 3  # and the bot in each
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
            move_in(seed=7)
            worlds.append(world())
            transaction.set_rollback(True)

    assert worlds[0] == worlds[1]


def test_the_demo_moves_into_an_empty_house_only():
    GuildFactory()

    with pytest.raises(CommandError, match="empty house"):
        call_command("demo")


def test_the_demo_is_the_world_that_the_sandbox_goes_on_with():
    move_in(seed=7)

    world = pretend_world()
    assert state_file().exists()
    with cross_guild("the test looks everywhere"):
        here = Member.objects.filter(left_at=None).values_list("guild_id", "user_id")
        told = {(int(g.id), int(user)) for g in world.guilds.values() for user in g.members}
        assert set(here) == told


def test_a_pretend_discord_stays_away_from_a_house_that_knows_real_servers():
    move_in()
    assert is_at_home_here()

    GuildFactory()

    assert not is_at_home_here()
