"""The frame of a page shows each person their own ways and servers, and nobody else's."""

import gzip
import re
from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone

from community.desk.navigation import Frame, picture_of
from community.desk.registry import KEEPER, REGISTRY, NavItem, nav_item
from community.models import Guild
from tests.factories import GrantFactory, GuildFactory, StaffFactory

pytestmark = pytest.mark.django_db


def frame_of(person, *, at="/", capabilities=(), guilds=()):
    request = RequestFactory().get(at)
    request.user, request.capabilities = person, frozenset(capabilities)
    request.guilds, request.guild = list(guilds), next(iter(guilds), None)
    request.resolver_match = resolve(at)
    return Frame(request)


def labels(frame):
    return [way.label for way in frame.ways]


@pytest.fixture
def hung_up():
    """Hang up pages for one test."""
    before = list(REGISTRY.nav_items)
    yield nav_item
    REGISTRY.nav_items[:] = before


def test_who_may_see_a_server_is_led_to_its_pages_and_not_to_the_houses():
    found = labels(frame_of(StaffFactory(), capabilities=["see"]))

    assert found[:3] == ["Today", "Members", "Roles"]
    assert not {"Staff", "Jobs", "Heartbeats"} & set(found)


def test_a_keeper_without_a_server_is_led_to_the_house_alone():
    frame = frame_of(StaffFactory(keeper=True))

    assert {way.group for way in frame.ways} == {"House"}


def test_who_is_not_signed_in_is_led_nowhere(client):
    page = client.get("/login/").content.decode()

    assert "dk-side" not in page
    assert "dk-palette" not in page


def test_a_page_of_another_app_needs_its_own_capability_and_stands_before_the_server(hung_up):
    hung_up(
        NavItem(
            group="Money",
            label="Ledgers",
            url_name="community_role_changelist",
            icon="coin",
            needs="economy",
            badge=lambda request: 7,
        )
    )
    without = frame_of(StaffFactory(), capabilities=["see"])
    having = frame_of(StaffFactory(), capabilities=["see", "economy"])

    assert "Ledgers" not in labels(without)
    groups = [name for name, _ in having.groups]
    others = groups[2:-2]
    assert groups == ["", "People", *others, "On Discord", "Server"]
    assert {"Moderation", "Activity", "Coins", "Money"} == set(others)
    assert next(way.badge for way in having.ways if way.label == "Ledgers") == 7


@pytest.mark.parametrize(
    ("name", "arguments", "here"),
    [
        ("index", [], "Today"),
        ("community_role_changelist", [], "Roles"),
        ("community_role_change", [5], "Roles"),
        ("person", [5], "Members"),
        ("password_change", [], None),
    ],
)
def test_the_page_one_stands_on_is_marked(name, arguments, here):
    at = reverse(f"admin:{name}", args=arguments)
    frame = frame_of(StaffFactory(), at=at, capabilities=["see"])

    assert getattr(frame.here, "label", None) == here
    assert sum(way.is_here for way in frame.ways) == (here is not None)


def test_every_way_leads_somewhere_and_has_a_drawing(client, settings):
    drawings = (settings.BASE_DIR / "community/desk/static/desk/icons.svg").read_text()

    for item in REGISTRY.nav_items:
        assert reverse(f"admin:{item.url_name}")
        assert f'id="{item.icon}"' in drawings, item.icon
        assert item.needs in {KEEPER, "see", "moderate", "punish", "economy", "configure", "staff"}


def test_the_switcher_lists_the_servers_of_standing_grants_only(client):
    mine = GrantFactory(guild__name="Mine")
    GrantFactory(guild__name="Run out", staff=mine.staff, expires_at=timezone.now())
    GrantFactory(guild__name="Theirs")
    client.force_login(mine.staff)

    page = client.get(reverse("admin:community_role_changelist")).content.decode()

    assert "Mine" in page
    assert "Run out" not in page
    assert "Theirs" not in page


def test_somebody_turns_to_another_server_without_a_script(client):
    first = GrantFactory(guild__name="A hall")
    later = timezone.now() + timedelta(days=1)
    second = GrantFactory(guild__name="B hall", staff=first.staff, expires_at=later)
    client.force_login(first.staff)
    list_of_roles = reverse("admin:community_role_changelist")

    page = client.get(list_of_roles).content.decode()
    choose = reverse("admin:choose_server", args=[second.guild_id])
    client.post(choose, {"next": list_of_roles})

    assert f'formaction="{choose}"' in page
    assert client.get(list_of_roles).context["desk"].server.guild == second.guild


def test_a_picture_is_shown_only_under_a_name_that_discord_gives():
    drawn = Guild(pk=5, icon="a" * 32)
    forged = Guild(pk=5, icon='"><script>')

    assert picture_of(drawn) == f"https://cdn.discordapp.com/icons/5/{'a' * 32}.png?size=64"
    assert picture_of(forged) == ""


def test_names_of_servers_are_escaped_in_the_frame(client):
    grant = GrantFactory(guild=GuildFactory(name="<script>alert(1)</script>"))
    client.force_login(grant.staff)

    page = client.get(reverse("admin:community_role_changelist")).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_form_that_did_not_come_from_the_house_is_refused_in_words():
    page = Client(enforce_csrf_checks=True).post("/login/").content.decode()

    assert "Nothing was done" in page


def test_the_look_of_the_desk_weighs_under_fifteen_kilobytes(settings):
    files = (settings.BASE_DIR / "community/desk/static/desk").iterdir()

    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 15_000


def test_a_list_loads_the_desks_own_files_and_nothing_else(client):
    client.force_login(GrantFactory(capabilities=["see", "staff"]).staff)

    page = client.get(reverse("admin:community_grant_changelist")).content.decode()

    loaded = re.findall(r'(?:src|href)="/static/([^"#]+)"', page)
    assert set(loaded) == {"desk/desk.css", "desk/desk.js", "desk/mark.svg", "admin/js/theme.js"}


@pytest.mark.parametrize(
    ("address", "words"),
    [("/person/424242/", "There is nothing here"), ("/community/staff/", "not yours to open")],
)
def test_refusals_are_pages_in_the_same_hand(client, address, words):
    client.force_login(GrantFactory().staff)

    page = client.get(address).content.decode()

    assert words in page
    assert "desk/desk.css" in page


def test_a_fault_of_ours_is_told_without_asking_anything(django_assert_num_queries):
    from django.views.defaults import server_error

    with django_assert_num_queries(0):
        page = server_error(RequestFactory().get("/")).content.decode()

    assert "Something of ours broke" in page
