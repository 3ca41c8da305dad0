"""Nobody makes themselves more than they are, and what ends, ends with the next request."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.utils import timezone

from community.models import Grant, Guild, Member, MemberRole, Role, Staff
from community.scope import cross_guild
from tests.factories import StaffFactory
from tests.security.asks import Asks
from tests.security.crawler import quick
from tests.security.routes import routes
from tests.security.world import OURS, hire, hire_through_a_role, make_world

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
# What somebody would send who wants to be more.
WISHES = {
    "username": "mallory",
    "password": "taken",
    "is_superuser": "on",
    "is_staff": "on",
    "is_active": "on",
    "discord_id": "1",
    "sessions_ended": "0",
    "last_login": "2026-01-01",
    "joined_at": "2026-01-01",
    "groups": "1",
    "user_permissions": "1",
    "capabilities": Grant.Capability.values,
    "_save": "Save",
    "post": "yes",
}
PAGES = ["/", "/community/member/", "/community/role/", "/settings/", "/search/?q=%EA%84%81"]


@pytest.fixture
def world():
    return make_world()


def accounts():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, username, password, is_superuser, is_active, discord_id, sessions_ended"
            " FROM community_staff ORDER BY id"
        )
        return cursor.fetchall()


def grants():
    with cross_guild("a test looks for changes"), connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM community_grant t ORDER BY id")
        return cursor.fetchall()


def a_stranger(world):
    return hire(world)


def who_may_see(world):
    return hire(world, "see")


def who_may_all_but_grant(world):
    return hire(world, *(set(Grant.Capability.values) - {"staff"}))


def who_may_everything_here(world):
    return hire(world, *Grant.Capability.values)


def who_holds_a_role(world):
    return hire_through_a_role(world)[0]


@pytest.mark.parametrize(
    "somebody",
    [a_stranger, who_may_see, who_may_all_but_grant, who_may_everything_here, who_holds_a_role],
)
def test_no_field_that_anybody_sends_makes_them_more(world, somebody):
    person = somebody(world)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    keys = [person.pk, world.a[Staff].pk, world.a[Grant].pk]
    # Signing out oneself is everyone's right; it would end the walk.
    doors = [each for each in routes() if each.name not in ("logout/", "login/")]
    before = accounts(), grants()

    with quick(lambda execute, *told: execute(*told), []):
        for door in doors:
            for key in keys if door.holes else keys[:1]:
                client.post(door.filled(key), {**WISHES, "id": person.pk})
                client.get(door.filled(key), WISHES)

    assert (accounts(), grants()) == before


def test_a_keeper_is_made_by_no_form(world):
    client = Client(raise_request_exception=False)
    client.force_login(StaffFactory(keeper=True))
    keepers = [each for each in accounts() if each[3]]
    somebody = hire(world)
    asks = Asks(world, [each for each in routes() if "switch_off" not in each.name])

    with quick(lambda execute, *told: execute(*told), []):
        for page in {each.address for each in asks.pages()} - {"/logout/", "/login/"}:
            client.post(page, {**WISHES, "id": somebody.pk})

    assert [each for each in accounts() if each[3]] == keepers


@pytest.mark.parametrize("app", ["django_q", "auth", "sessions", "contenttypes"])
def test_the_librarys_own_tables_have_no_pages(client, app):
    client.force_login(StaffFactory(keeper=True))

    assert not [model for model in admin.site._registry if model._meta.app_label == app]
    assert not [each for each in routes() if each.name.startswith(app)]
    assert client.get(f"/{app}/").status_code == 404


def take_back(person, held):
    Grant.objects.filter(staff=person).update(ended_at=timezone.now())


def let_it_run_out(person, held):
    now = timezone.now()
    Grant.objects.filter(staff=person).update(expires_at=now - timedelta(seconds=1))


def take_the_role(person, held):
    MemberRole.objects.filter(pk=held.pk).update(ended_at=timezone.now())


def let_the_role_run_out(person, held):
    then = timezone.now() - timedelta(days=1)
    changes = {"assigned_at": then - timedelta(days=1), "expires_at": then}
    MemberRole.objects.filter(pk=held.pk).update(**changes)


def delete_the_role(person, held):
    Role.objects.filter(pk=held.role_id).update(deleted_at=timezone.now())


def leave_the_server(person, held):
    Member.objects.filter(pk=held.member_id).update(left_at=timezone.now())


def remove_the_bot(person, held):
    Guild.objects.filter(pk=held.guild_id).update(left_at=timezone.now())


def switch_the_account_off(person, held):
    Staff.objects.filter(pk=person.pk).update(is_active=False)


def end_the_sessions(person, held):
    Staff.objects.filter(pk=person.pk).update(sessions_ended=1)


@pytest.mark.parametrize(
    ("through_a_role", "deed"),
    [
        (False, take_back),
        (False, let_it_run_out),
        (True, take_the_role),
        (True, let_the_role_run_out),
        (True, delete_the_role),
        (True, leave_the_server),
        (True, remove_the_bot),
        (True, switch_the_account_off),
        (True, end_the_sessions),
    ],
)
def test_what_is_taken_away_is_gone_with_the_next_request(world, client, through_a_role, deed):
    person, held = hire_through_a_role(world)
    if not through_a_role:
        person = hire(world, *Grant.Capability.values)
    client.force_login(person)
    own = [*PAGES, f"/person/{world.a[Member].pk}/"]
    before = [client.get(page).status_code for page in PAGES[:3]]

    with cross_guild("the test's world"):
        deed(person, held)
    answers = [client.get(page) for page in own]

    assert before == [200, 200, 200]
    assert not [each for each in answers if OURS.letter in each.content.decode()]
    assert {each.status_code for each in answers} <= {200, 302, 403, 404}
    assert {each.status_code for each in answers[1:3]} <= {302, 403}
