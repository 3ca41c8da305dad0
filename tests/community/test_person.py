"""The person page: who somebody is in one server, and everything that happened to them there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.desk.people import initials_of, picture_of, standings_of
from community.desk.person import EVENTS, Place, place_from
from community.models import Member, User
from community.scope import cross_guild
from tests.factories import (
    AuditEntryFactory,
    GrantFactory,
    GuildFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def grant(client):
    grant = GrantFactory(capabilities=["see"])
    client.force_login(grant.staff)
    return grant


@pytest.fixture
def member(grant):
    return MemberFactory(guild=grant.guild, nickname="the quiet one", joined_at=NOW - 100 * HOUR)


def page_of(client, member, **asked):
    return client.get(f"/person/{member.pk}/", asked)


def words(response):
    return [row.words for row in response.context["timeline"].rows]


def test_the_head_says_who_it_is_and_how_they_stand(client, member):
    MemberRoleFactory(member=member, guild=member.guild, role__name="Reader")

    page = page_of(client, member).content.decode()

    assert "<bdi>the quiet one</bdi>" in page
    assert str(member.user_id) in page
    assert "<bdi>Reader</bdi>" in page
    assert ">Here</span>" in page


def test_somebody_of_another_server_is_as_absent_as_nobody(client, grant):
    theirs = MemberFactory(nickname="canary")

    answers = [client.get(f"/person/{key}/") for key in (theirs.pk, 424242)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_the_timeline_tells_the_last_thing_first(client, member):
    role = RoleFactory(guild=member.guild, name="Reader")
    MemberRoleFactory(
        member=member,
        guild=member.guild,
        role=role,
        assigned_at=NOW - 3 * HOUR,
        ended_at=NOW - HOUR,
    )
    AuditEntryFactory(
        guild=member.guild, subject_kind="member", subject_id=str(member.pk), at=NOW - 2 * HOUR
    )

    told = words(page_of(client, member))

    assert told == [
        "No longer holds @Reader",
        "Changed the settings",
        "Was given @Reader",
        "Joined the server",
    ]


def test_the_timeline_is_narrowed_to_one_label(client, member):
    MemberRoleFactory(member=member, guild=member.guild, role__name="Reader")

    told = words(page_of(client, member, show="Roles"))

    assert told == ["Was given @Reader"]


def test_paging_shows_every_event_once_even_those_of_one_moment(client, member):
    roles = [RoleFactory(guild=member.guild, name=f"R{number}") for number in range(EVENTS + 7)]
    for role in roles:
        MemberRoleFactory(
            member=member,
            guild=member.guild,
            role=role,
            assigned_at=NOW - HOUR,
            ended_at=NOW - HOUR,
        )

    told, before = [], ""
    while True:
        page = page_of(client, member, before=before)
        told += words(page)
        if not (before := page.context["timeline"].older):
            break

    assert len(told) == len(set(told)) == 2 * len(roles) + 1
    assert told[-1] == "Joined the server"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-01-01,a", "2026-01-01T00:00:00,a,1", "2026-01-01T00:00:00+00:00,a,-1"]
)
def test_an_address_that_names_no_place_begins_at_the_top(client, member, text):
    assert place_from(text) is None
    assert words(page_of(client, member, before=text)) == ["Joined the server"]


def test_a_place_is_read_as_it_was_written():
    place = Place(NOW, "roles_given", 7)

    assert place_from(str(place)) == place


def test_other_servers_are_those_that_the_viewer_may_see_too(client, grant, member):
    seen, hidden = GuildFactory(name="Night Trains"), GuildFactory(name="Hidden canary")
    GrantFactory(guild=seen, staff=grant.staff)
    for guild in (seen, hidden):
        MemberFactory(guild=guild, user=member.user)
    client.post(f"/server/{member.guild_id}/")

    page = page_of(client, member, tab="servers")

    assert [guild.name for guild, _ in page.context["elsewhere"]] == ["Night Trains"]
    assert "Hidden canary" not in page.content.decode()


def test_a_row_of_the_list_leads_to_the_person(client, member):
    page = client.get("/community/member/").content.decode()

    assert f'href="/person/{member.pk}/' in page
    moved = client.get(f"/community/member/{member.pk}/change/")
    assert moved["Location"] == f"/person/{member.pk}/"


def test_the_page_asks_few_questions_however_long_the_story(
    client, member, django_assert_max_num_queries
):
    for _ in range(100):
        MemberRoleFactory(member=member, guild=member.guild)
        AuditEntryFactory(guild=member.guild, subject_kind="member", subject_id=str(member.pk))
    client.get("/")

    with django_assert_max_num_queries(20):
        page_of(client, member)


def test_standing_is_said_in_words():
    member = Member(user=User(pk=1), timed_out_until=NOW + HOUR, pending=True, premium_since=NOW)
    told = [words.split(" until")[0] for words, _ in standings_of(member)]
    assert told == ["Timed out", "Has not accepted the rules", "Boosting"]

    member = Member(user=User(pk=1, is_bot=True), left_at=NOW)
    assert [words for words, _ in standings_of(member)] == ["Left", "Bot"]


@pytest.mark.parametrize("avatar", ["", "../../evil", "0" * 31, '"><script>'])
def test_a_picture_is_only_asked_for_by_a_name_that_discord_gives(avatar):
    assert picture_of(User(pk=7, avatar=avatar)) == ""
    assert picture_of(User(pk=7, avatar="a_" + "0" * 32)).startswith("https://cdn.discordapp.com/")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("ada.ash", "AA"), ("The Reading Room", "TR"), ("ivo", "IV"), ("☕", "?"), ("", "?")],
)
def test_initials_stand_for_a_picture(name, letters):
    assert initials_of(name) == letters


def test_a_hostile_name_is_text(client, grant):
    user = UserFactory(username="<script>x</script>", global_name="\u202eevil")
    member = MemberFactory(guild=grant.guild, user=user, nickname="<img src=x>")

    page = page_of(client, member).content.decode()

    assert "<script>x" not in page
    assert "<img src=x>" not in page
    with cross_guild("the test looks"):
        assert Member.objects.get(pk=member.pk).nickname == "<img src=x>"
