"""Deeds have pages: they say what will happen, ask again for many, and lead back."""

import pytest
from django.test import RequestFactory

from community.desk.actions import ASK_AGAIN, MOST_TARGETS, way_back
from community.models import Grant
from community.scope import cross_guild
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(client):
    grant = GrantFactory(capabilities=["see", "staff", "moderate"])
    client.force_login(grant.staff)
    return grant


def address(grants):
    return f"/community/grant/{','.join(str(each.pk) for each in grants)}/take_back/"


def still_standing():
    with cross_guild("the test looks"):
        return Grant.objects.filter(ended_at=None).count()


def test_looking_at_a_deed_does_nothing_and_says_what_it_would_do(client, grant):
    other = GrantFactory(guild=grant.guild)

    page = client.get(address([other])).content.decode()

    assert "Access ends with the next page they open." in page
    assert still_standing() == 2


def test_more_than_twenty_are_asked_for_again(client, grant):
    others = GrantFactory.create_batch(ASK_AGAIN + 1, guild=grant.guild)

    first = client.post(address(others), {"reason": "all"})
    between = still_standing()
    client.post(address(others), {"reason": "all", "sure": "on"})

    assert f"Yes, all {ASK_AGAIN + 1} of them" in first.content.decode()
    assert (between, still_standing()) == (ASK_AGAIN + 2, 1)


def test_twenty_are_done_at_once(client, grant):
    client.post(address(GrantFactory.create_batch(ASK_AGAIN, guild=grant.guild)), {"reason": "all"})

    assert still_standing() == 1


def test_choosing_rows_of_a_list_leads_to_the_page_of_the_deed(client, grant):
    others = GrantFactory.create_batch(2, guild=grant.guild)
    chosen = [each.pk for each in others]

    response = client.post("/community/grant/", {"action": "take_back", "_selected_action": chosen})

    assert response["Location"].endswith("/take_back/?next=%2Fcommunity%2Fgrant%2F")
    assert client.get(response["Location"]).context["targets"] != []
    assert still_standing() == 3


def test_too_many_rows_are_refused(client, grant):
    others = GrantFactory.create_batch(MOST_TARGETS + 1, guild=grant.guild)

    assert client.get(address(others)).status_code == 404
    chosen = {"action": "take_back", "_selected_action": [each.pk for each in others]}
    page = client.post("/community/grant/", {**chosen, "select_across": 1}, follow=True)
    assert f"No more than {MOST_TARGETS} at a time." in page.content.decode()


def test_a_deed_is_only_offered_where_it_can_be_done(client, grant):
    over = GrantFactory(guild=grant.guild, ended_at=grant.given_at)
    standing = GrantFactory(guild=grant.guild)

    page = client.get("/community/grant/").content.decode()

    assert f"/community/grant/{standing.pk}/take_back/" in page
    assert f"/community/grant/{over.pk}/take_back/" not in page


def test_a_done_deed_leads_back_and_says_so(client, grant):
    other = GrantFactory(guild=grant.guild)

    asked = {"reason": "x", "next": "/community/grant/?state=standing"}
    response = client.post(address([other]), asked, follow=True)

    assert response.redirect_chain == [("/community/grant/?state=standing", 302)]
    assert "may no longer do this here" in response.content.decode()


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", ""]
)
def test_the_way_back_never_leads_out_of_the_house(url):
    asked = RequestFactory().post("/", {"next": url})

    assert way_back(asked, "/home/") == "/home/"
