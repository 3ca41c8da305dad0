"""Lists are narrowed by one other row or by days, and are never counted further than one pages."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from community.desk.paginator import CappedPaginator
from community.models import Member
from tests.factories import GrantFactory, MemberFactory, MemberRoleFactory, RoleFactory

pytestmark = pytest.mark.django_db
MEMBERS = "admin:community_member_changelist"


@pytest.fixture
def here(client):
    """The server of somebody who is signed in; its clocks are ahead of ours."""
    grant = GrantFactory(guild__name="A hall", guild__tz="Europe/Berlin", capabilities=["see"])
    client.force_login(grant.staff)
    return grant.guild


@pytest.fixture
def listed(client):
    """Ask for a list and return its names."""

    def ask(**wanted):
        page = client.get(reverse(MEMBERS), wanted)
        assert page.status_code == 200
        return {member.nickname for member in page.context["cl"].result_list}

    return ask


def join(guild, name, *when):
    return MemberFactory(guild=guild, nickname=name, joined_at=datetime(*when, tzinfo=UTC))


def test_a_span_of_days_holds_its_first_and_last_day_whole_in_the_servers_zone(here, listed):
    join(here, "the evening before", 2026, 3, 9, 22, 59, 59)
    join(here, "first second", 2026, 3, 9, 23, 0, 0)
    join(here, "last second", 2026, 3, 11, 22, 59, 59)
    join(here, "the morning after", 2026, 3, 11, 23, 0, 0)

    between = listed(joined_at__from="2026-03-10", joined_at__until="2026-03-11")

    assert between == {"first second", "last second"}
    assert listed(joined_at__from="2026-03-12") == {"the morning after"}
    assert listed(joined_at__until="2026-03-09") == {"the evening before"}


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-02-31", "9999-12-31", "0001-01-01", "\0"])
def test_a_day_that_is_none_narrows_nothing(here, listed, nonsense):
    join(here, "somebody", 2026, 3, 9)

    assert listed(joined_at__from=nonsense, joined_at__until=nonsense) == {"somebody"}


def test_a_filter_in_force_is_named_and_can_be_taken_off_alone(here, client):
    wanted = {"joined_at__from": "2026-03-10", "standing": "here", "q": "no"}

    page = client.get(reverse(MEMBERS), wanted).content.decode()

    assert "from 10 Mar 2026" in page
    assert 'href="?q=no&amp;standing=here"' in page or 'href="?standing=here&amp;q=no"' in page


@pytest.fixture
def readers(here):
    """A role that one of two members holds."""
    role = RoleFactory(guild=here, name="Reader")
    holder = MemberFactory(guild=here, nickname="holder")
    MemberFactory(guild=here, nickname="nobody")
    MemberRoleFactory(guild=here, member=holder, role=role)
    return role


def test_one_row_is_chosen_by_its_key(readers, listed):
    assert listed(roles__role__id__exact=readers.pk) == {"holder"}


def test_without_a_script_the_beginning_of_its_name_is_enough(readers, listed):
    assert listed(roles__role__like="read") == {"holder"}
    assert listed(roles__role__like="ader") == set()
    assert listed(roles__role__like="") == {"holder", "nobody"}


def test_a_row_of_another_server_is_as_absent_as_one_that_never_was(readers, client):
    theirs = RoleFactory(name="Canary")
    pages = []
    for key in (theirs.pk, 424242):
        page = client.get(reverse(MEMBERS), {"roles__role__id__exact": key}).content.decode()
        pages.append(re.sub(rf'{key}|csrfmiddlewaretoken" value="\w+"', "", page))

    assert "Canary" not in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("nonsense", ["x", "²", "9" * 40, "-1"])
def test_a_key_that_is_none_finds_nobody(readers, listed, nonsense):
    assert listed(roles__role__id__exact=nonsense) == set()


def test_the_filter_says_where_names_are_looked_up_and_only_ones_own_are_found(readers, client):
    RoleFactory(name="Reader of another server")
    of = {"app_label": "community", "model_name": "memberrole", "field_name": "role"}

    page = client.get(reverse(MEMBERS)).content.decode()
    found = client.get(reverse("admin:autocomplete"), {**of, "term": "read"}).json()["results"]

    assert "model_name=memberrole&amp;field_name=role" in page
    assert found == [{"id": str(readers.pk), "text": "@Reader"}]


def test_a_list_is_counted_up_to_its_cap_and_no_further(guild, django_assert_num_queries):
    MemberFactory.create_batch(5, guild=guild)
    pages = CappedPaginator(Member.objects.order_by("-joined_at"), 2)
    pages.cap = 3

    with django_assert_num_queries(1) as asked:
        assert (pages.count, pages.is_capped, pages.num_pages) == (3, True, 2)

    (statement,) = [query["sql"] for query in asked.captured_queries]
    assert "LIMIT 4" in statement
    assert "ORDER BY" not in statement


def test_below_its_cap_a_list_is_counted_truly(guild):
    MemberFactory.create_batch(3, guild=guild)
    pages = CappedPaginator(Member.objects.order_by("pk"), 2)
    pages.cap = 3

    assert (pages.count, pages.is_capped) == (3, False)
    assert CappedPaginator(["a", "b"], 1).count == 2


def test_a_capped_list_says_that_there_is_more(here, client, monkeypatch):
    MemberFactory.create_batch(3, guild=here)
    monkeypatch.setattr(CappedPaginator, "cap", 2)

    assert "More than 2 members" in client.get(reverse(MEMBERS)).content.decode()
