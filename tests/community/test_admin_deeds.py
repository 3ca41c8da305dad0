"""What may be done from the desk: by whom, to what, and that history tells of it."""

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.utils import timezone

from community.models import AuditEntry, Grant, GuildSettings, JobRun, Staff, User
from community.scope import cross_guild, guild_scope
from community.services.requests import ANSWERS, answer_requests
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    JobFactory,
    JobRunFactory,
    MemberFactory,
    RoleFactory,
    StaffFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
EVERYTHING = list(Grant.Capability.values)
LEASED = {"lease_until": timezone.now() + timedelta(hours=1)}


@pytest.fixture
def grant(client):
    """Somebody who may do everything in one server, and keeps no house."""
    grant = GrantFactory(capabilities=EVERYTHING)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    return grant


@pytest.fixture
def house(client, keeper):
    """Somebody who keeps the house, and may see one server."""
    grant = GrantFactory(staff=keeper, capabilities=["see"])
    client.force_login(keeper)
    return grant.guild


def look(rows):
    with cross_guild("the test looks"):
        return list(rows())


def told():
    return [entry.verb for entry in look(lambda: AuditEntry.objects.order_by("pk"))]


def deeds_of(member=None, grant=None, staff=None, job=None):
    return [
        f"/community/grant/{grant or 1}/take_back/",
        "/community/grant/give/",
        f"/community/member/{member or 1}/erase/",
        f"/community/member/{member or 1}/export/",
        "/community/staff/hire/",
        f"/community/staff/{staff or 1}/switch_off/",
        f"/community/staff/{staff or 1}/sign_out/",
        f"/community/job/{quote(job or 'x')}/run_now/",
    ]


def test_a_grant_is_given_to_a_member_of_staff(client, grant):
    marin = StaffFactory(username="marin")

    asked = {"username": "Marin", "capabilities": ["see", "punish"]}
    response = client.post("/community/grant/give/", asked)

    given = look(lambda: Grant.objects.filter(staff=marin))
    assert response["Location"] == "/community/grant/"
    assert [each.capabilities for each in given] == [["punish", "see"]]
    assert told() == ["community.grant.given"]


def test_a_grant_is_given_to_a_role_of_this_server_only(client, grant):
    mine, theirs = RoleFactory(guild=grant.guild), RoleFactory(name="canary")

    for role in (mine, theirs):
        last = client.post("/community/grant/give/", {"role": role.pk, "capabilities": ["see"]})

    assert "canary" not in last.content.decode()
    assert [each.role_id for each in look(lambda: Grant.objects.exclude(role=None))] == [mine.pk]


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"capabilities": ["see"]}, "Name either a staff account or a role."),
        ({"username": "nobody", "capabilities": ["see"]}, "Nobody called nobody works here."),
        ({"username": "marin"}, "This field is required."),
        (
            {"username": "marin", "capabilities": ["see"], "expires_at": "2020-01-01T10:00"},
            "This is over already.",
        ),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_in_the_form(client, grant, asked, refusal):
    StaffFactory(username="marin")

    response = client.post("/community/grant/give/", asked)

    assert refusal in response.content.decode()
    assert told() == []


def test_nobody_gives_more_than_they_hold(client):
    weak = GrantFactory(capabilities=["see", "staff"])
    client.force_login(weak.staff)

    asked = {"username": StaffFactory().username, "capabilities": ["punish"]}
    response = client.post("/community/grant/give/", asked)

    assert "You do not hold “Punish” here yourself." in response.content.decode()
    assert told() == []


def test_a_grant_is_taken_back_with_a_reason(client, grant):
    other = GrantFactory(guild=grant.guild)

    client.post(f"/community/grant/{other.pk}/take_back/", {"reason": "moved on"})

    (entry,) = look(AuditEntry.objects.all)
    assert entry.verb == "community.grant.taken_back"
    assert entry.after == {"reason": "moved on"}


@pytest.mark.parametrize("ends", [(None, timezone.now()), (timezone.now(), None)])
def test_several_grants_are_taken_back_or_none(client, grant, ends):
    others = [GrantFactory(guild=grant.guild, ended_at=end) for end in ends]
    of = ",".join(str(each.pk) for each in others)

    response = client.post(f"/community/grant/{of}/take_back/", {"reason": "both"})

    assert "This was taken back already." in response.content.decode()
    assert told() == []


def test_a_foreign_grant_is_as_absent_as_none(client, grant):
    theirs = GrantFactory()

    answers = [
        client.post(f"/community/grant/{key}/take_back/", {"reason": "x"})
        for key in (theirs.pk, f"{grant.pk},{theirs.pk}", 424242, "x", "1" * 40, "\x00")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert told() == []


def test_without_the_right_nothing_is_done_or_shown(client):
    client.force_login(GrantFactory(capabilities=["see", "moderate", "configure"]).staff)

    assert {client.get(url).status_code for url in deeds_of()} == {403}
    assert {client.post(url).status_code for url in deeds_of()} == {403}
    page = client.get("/community/grant/").content.decode()
    assert "Take back" not in page
    assert "Give a grant" not in page


def test_whatever_somebody_may_do_in_a_server_the_house_stays_its_keepers(client, grant):
    answers = {url: client.post(url).status_code for url in deeds_of()[2:]}

    assert set(answers.values()) == {403}
    assert client.get("/house/history/").status_code == 403


def test_a_copy_is_asked_for_at_the_person_page_and_fetched_there(
    client, house, tmp_path, settings
):
    settings.GUILDHALL_DATA = tmp_path
    member = MemberFactory(guild=house, nickname="ada")
    page, deeds = f"/person/{member.pk}/", f"/community/member/{member.pk}"
    JobRunFactory(job_id=ANSWERS, state="running", whole=4, progress=1, **LEASED)
    assert "Asked for" not in client.get(page).content.decode()

    client.post(f"{deeds}/export/")
    waiting = client.get(page).content.decode()
    answer_requests(now=timezone.now())
    ready = client.get(page).content.decode()
    file = client.post(f"{deeds}/fetch/")

    assert "1 of 4 parts are done" in waiting
    assert "data-look-again" in waiting
    assert f"{deeds}/fetch/" not in waiting
    assert f"{deeds}/fetch/" in ready
    assert "It waits at the desk" in ready
    assert b"".join(file.streaming_content)[:2] == b"PK"
    assert told() == ["community.copy.asked", "community.copy.handed_out"]


def test_somebody_is_erased_by_the_clock_once_that_may_be(client, house):
    member = MemberFactory(guild=house, nickname="ada")
    order = StandingOrderFactory(guild=house, user_id=member.user_id)
    page, url = f"/person/{member.pk}/", f"/community/member/{member.pk}/erase/"

    client.post(url)
    client.post(url, {"sure": "on"})
    answer_requests(now=timezone.now())
    refused = client.get(page).content.decode()
    with guild_scope(house.pk):
        order.delete()
    client.post(url, {"sure": "on"})
    answer_requests(now=timezone.now())

    assert "lift it first" in refused
    assert User.objects.get(pk=member.user_id).erased_at is not None
    assert told() == ["community.erasure.asked"] * 2 + ["community.person.erased"]


def test_a_keeper_finds_nobody_of_a_server_they_were_not_granted(client, house):
    theirs = MemberFactory()

    for deed in ("erase", "export"):
        url = f"/community/member/{theirs.pk}/{deed}/"
        assert client.post(url, {"sure": "on"}).status_code == 404
    assert told() == []


def test_somebody_is_hired_and_their_password_is_shown_once(client, house):
    response = client.post("/community/staff/hire/", {"username": "marin"})

    marin = Staff.objects.get(username="marin")
    assert marin.check_password(response.context["password"])
    assert "no-store" in response["Cache-Control"]
    assert told() == ["community.staff.hired"]


def test_an_account_is_switched_off_but_never_the_last_keepers(client, house, keeper):
    marin = StaffFactory()

    client.post(f"/community/staff/{marin.pk}/switch_off/", {"reason": "left us"})
    last = client.post(f"/community/staff/{keeper.pk}/switch_off/", {"reason": "x"})

    assert not Staff.objects.get(pk=marin.pk).is_active
    assert "is the last keeper of this house" in last.content.decode()
    assert told() == ["community.staff.switched_off", "community.staff.signed_out"]


def test_an_account_that_is_switched_off_is_switched_on_again(client, house):
    marin = StaffFactory(is_active=False)

    page = client.get("/community/staff/").content.decode()
    client.post(f"/community/staff/{marin.pk}/switch_on/", {"reason": "back"})

    assert "Switch on again" in page
    assert Staff.objects.get(pk=marin.pk).is_active
    assert told() == ["community.staff.switched_on"]


def test_sessions_are_ended_from_the_list(client, house):
    marin = StaffFactory()

    client.post(f"/community/staff/{marin.pk}/sign_out/")

    assert Staff.objects.get(pk=marin.pk).sessions_ended == 1
    assert told() == ["community.staff.signed_out"]


def test_a_job_is_run_now(client, house):
    job = JobFactory(parked_at=timezone.now())

    client.post(f"/community/job/{quote(job.pk)}/run_now/")

    job.refresh_from_db()
    assert job.parked_at is None
    assert JobRun.objects.filter(job=job).count() == 1
    assert told() == ["community.job.rung"]


COMMANDS, LOGS = {"section": "commands", "prefix": "?"}, {"section": "logs"}
PUNISHED = {"section": "moderation", "warning_lifetime": 90, "escalation_window": 30}


def test_a_section_of_settings_saves_for_itself_and_history_keeps_both(client, grant):
    channel = ChannelFactory(guild=grant.guild)

    responses = [
        client.post("/settings/", {**COMMANDS, "moderation_log": channel.pk}),
        client.post("/settings/?q=log", {**LOGS, "moderation_log": channel.pk, "prefix": "#"}),
    ]

    entries = look(lambda: AuditEntry.objects.order_by("pk").values_list("before", "after"))
    assert [each["Location"] for each in responses] == [
        "/settings/#commands",
        "/settings/?q=log#logs",
    ]
    assert entries == [
        ({"prefix": "!"}, {"prefix": "?"}),
        ({"moderation_log": None}, {"moderation_log": str(channel.pk)}),
    ]


def test_a_channel_of_another_server_is_no_choice_and_its_name_is_not_told(client, grant):
    theirs = ChannelFactory(name="canary")

    response = client.post("/settings/", {**LOGS, "moderation_log": theirs.pk})

    assert response.status_code == 200
    assert "canary" not in response.content.decode()
    assert told() == []


def test_what_the_service_refuses_is_said_in_its_section_alone(client, grant):
    response = client.post(
        "/settings/", {"section": "work", "work_least": 9, "work_most": 3, "work_pause": "1h"}
    )

    page = response.content.decode()
    assert page.count("The most that work brings is under the least.") == 1
    assert told() == []


def test_settings_are_found_by_their_words_and_told_with_their_defaults(client, grant):
    page = client.get("/settings/?q=welcomed rules").content.decode()
    none = client.get("/settings/?q=zebra").content.decode()

    assert 'id="welcome"' in page
    assert 'id="commands"' not in page
    assert "Default: In the channel." in page
    assert "No setting says that." in none


@pytest.mark.parametrize("section", ["nonsense", ""])
def test_a_section_that_is_none_is_not_there(client, grant, section):
    assert client.post("/settings/", {"section": section}).status_code == 404


def test_each_topic_has_its_own_page_of_the_same_sections(client, grant):
    coins = client.get("/coins/settings/").content.decode()
    response = client.post(
        "/coins/settings/",
        {"section": "day", "daily_coins": 5, "streak_coins": 1, "streak_days": 2},
    )

    assert 'id="games"' in coins
    assert 'id="commands"' not in coins
    assert response["Location"] == "/coins/settings/#day"
    assert client.post("/coins/settings/", COMMANDS).status_code == 404


def test_the_page_of_all_settings_asks_little(client, grant, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        client.get("/settings/")


@pytest.mark.parametrize("days", [0, -1, 10**9, "x", ""])
def test_a_span_of_no_days_is_refused_in_the_form(client, grant, days):
    response = client.post("/settings/", {**PUNISHED, "warning_lifetime": days})

    assert response.status_code == 200
    assert told() == []


def test_who_may_not_configure_sees_the_settings_and_changes_nothing(client):
    seer = GrantFactory(capabilities=["see"])
    GuildSettingsFactory(guild=seer.guild)
    client.force_login(seer.staff)

    page = client.get("/settings/").content.decode()

    assert "disabled" in page
    assert ">Save<" not in page
    assert client.post("/settings/", COMMANDS).status_code == 403
    assert [each.prefix for each in look(GuildSettings.objects.all)] == ["!"]
