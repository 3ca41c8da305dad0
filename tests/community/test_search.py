"""Ctrl-K finds people and places of every server one was granted, and of no other."""

import pytest
from django.urls import reverse
from django.utils import timezone

from community.models import Grant
from community.scope import cross_guild
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    MemberFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def find(client):
    """Ask what begins with some words."""

    def ask(words):
        return client.get(reverse("admin:search"), {"q": words}).json()["results"]

    return ask


@pytest.fixture
def here(client):
    """The first server of somebody who is signed in."""
    grant = GrantFactory(guild__name="Hall of A", capabilities=["see"])
    client.force_login(grant.staff)
    return grant.guild


def furnish(guild, name):
    MemberFactory(guild=guild, nickname=name)
    ChannelFactory(guild=guild, name=name)
    RoleFactory(guild=guild, name=name)


def test_people_channels_roles_and_servers_are_found_by_how_they_begin(find, here):
    furnish(here, "Hall lamp")

    found = {(each["kind"], each["title"]) for each in find("hall")}

    assert found == {
        ("Person", "Hall lamp"),
        ("Channel", "#Hall lamp"),
        ("Role", "@Hall lamp"),
        ("Server", "Hall of A"),
    }


def test_nothing_of_a_server_one_was_not_granted_is_found(find, here):
    furnish(GrantFactory(guild__name="Canary hall").guild, "Canary")

    assert find("canary") == []


@pytest.mark.parametrize("change", [{"ended_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_grant_that_is_over_finds_nothing_more(find, here, client, change):
    staff = Grant.unscoped.get(guild=here).staff
    over = GrantFactory(guild__name="Canary hall", staff=staff)
    furnish(over.guild, "Canary")
    before = len(find("canary"))
    with cross_guild("the test's world"):
        Grant.objects.filter(pk=over.pk).update(**change)

    assert (before, find("canary")) == (4, [])


def test_what_lies_in_another_granted_server_says_how_to_turn_there(find, here):
    staff = Grant.unscoped.get(guild=here).staff
    other = GrantFactory(guild__name="Other hall", staff=staff).guild
    member = MemberFactory(guild=other, nickname="Lantern")
    MemberFactory(guild=here, nickname="Lantern too")

    mine, theirs = sorted(find("lantern"), key=lambda each: each["server"])

    assert mine["choose"] == ""
    assert theirs["choose"] == reverse("admin:choose_server", args=[other.pk])
    assert theirs["url"] == reverse("admin:person", args=[member.pk])


def test_ones_own_server_comes_first(find, here):
    staff = Grant.unscoped.get(guild=here).staff
    MemberFactory.create_batch(6, guild=GrantFactory(staff=staff).guild, nickname="Lantern")
    MemberFactory(guild=here, nickname="Lantern")

    assert [each["server"] for each in find("lantern")][:2] == ["Hall of A", "The Reading Room"]


def test_digits_are_an_id(find, here):
    member = MemberFactory(guild=here, user=UserFactory(id=2**62 + 1, username="nora"))

    (found,) = find(str(2**62 + 1))

    assert (found["title"], found["server"]) == ("nora", "Hall of A")
    assert found["url"] == reverse("admin:person", args=[member.pk])
    assert find("9" * 19) == find("9" * 40) == find("²³") == []


def test_the_middle_of_a_name_and_wildcards_find_nothing(find, here):
    MemberFactory(guild=here, nickname="Red lantern")

    assert find("lantern") == find("%lantern") == find("___ lantern") == find("\0\0") == []


def test_at_most_five_of_a_kind_are_listed_those_who_are_here_first(find, here):
    gone = MemberFactory(guild=here, nickname="Lantern gone", left_at=timezone.now())
    for number in range(6):
        MemberFactory(guild=here, nickname=f"Lantern {number}")

    titles = [each["title"] for each in find("lantern")]

    assert len(titles) == 5
    assert gone.nickname not in titles


def test_one_letter_is_not_asked_for(find, here, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        assert find("a") == []


def test_a_search_costs_one_question_for_each_kind(find, here, django_assert_max_num_queries):
    furnish(here, "Hall lamp")

    with django_assert_max_num_queries(12):
        assert len(find("hall")) == 4


def test_who_is_not_signed_in_finds_the_door(client):
    assert "/login/" in client.get(reverse("admin:search"), {"q": "aa"})["Location"]


def test_a_keeper_without_a_server_finds_nothing(client, find, keeper):
    furnish(GrantFactory().guild, "Canary")
    client.force_login(keeper)

    assert find("canary") == []
