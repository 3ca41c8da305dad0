"""The lists of the desk: what they show, how they are narrowed, and what they cost."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.community.factories import (
    BackupFactory,
    CommandDayFactory,
    CommandNameFactory,
    ReminderFactory,
    RoleChoiceFactory,
    RoleReturnFactory,
)
from tests.factories import (
    ArchiveFactory,
    AuditEntryFactory,
    AutoRoleFactory,
    ChannelFactory,
    CheckResultFactory,
    ErrandFactory,
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    HeartbeatFactory,
    InviteFactory,
    JobFactory,
    JobRunFactory,
    MemberFactory,
    MemberRoleFactory,
    PrivacyRequestFactory,
    RoleFactory,
    StaffFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
NUMBERS = count()


@pytest.fixture
def guild(client):
    """The server of somebody who may do everything there, and keeps the house."""
    capabilities = ["see", "configure", "staff"]
    grant = GrantFactory(staff__is_superuser=True, capabilities=capabilities)
    client.force_login(grant.staff)
    return grant.guild


def rows(client, model, **asked):
    return list(client.get(f"/community/{model}/", asked).context["cl"].result_list)


MADE = {
    "member": lambda guild: MemberRoleFactory(guild=guild, member__guild=guild),
    "role": lambda guild: MemberRoleFactory(guild=guild, member__guild=guild),
    "channel": lambda guild: ChannelFactory(guild=guild, parent=ChannelFactory(guild=guild)),
    "invite": lambda guild: InviteFactory(guild=guild),
    "grant": lambda guild: GrantFactory(guild=guild, given_by=StaffFactory()),
    "auditentry": lambda guild: AuditEntryFactory(
        guild=guild,
        staff=StaffFactory(),
        before={"moderation_log": str(ChannelFactory(guild=guild).pk)},
        after={"to": f"staff {StaffFactory().pk}"},
    ),
    "errand": lambda guild: ErrandFactory(
        guild=guild,
        user_id=MemberFactory(guild=guild).user_id,
        payload={"channel_id": str(ChannelFactory(guild=guild).pk)},
    ),
    "standingorder": lambda guild: StandingOrderFactory(
        guild=guild,
        kind="role",
        user_id=MemberFactory(guild=guild).user_id,
        subject=RoleFactory(guild=guild).pk,
    ),
    "staff": lambda _: StaffFactory(),
    "job": lambda _: JobRunFactory(started_at=NOW),
    "heartbeat": lambda _: HeartbeatFactory(),
    "customcommand": lambda guild: CommandNameFactory(guild=guild),
    "reminder": lambda guild: ReminderFactory(
        guild=guild,
        user_id=MemberFactory(guild=guild).user_id,
        channel_id=ChannelFactory(guild=guild).pk,
    ),
    "rolereturn": lambda guild: RoleReturnFactory(guild=guild),
    "archive": lambda _: ArchiveFactory(),
    "backup": lambda _: BackupFactory(),
    "privacyrequest": lambda _: PrivacyRequestFactory(),
}
PAGES = {
    "panels": lambda guild: RoleChoiceFactory(guild=guild),
    "arrivals": lambda guild: (RoleReturnFactory(guild=guild), AutoRoleFactory(guild=guild)),
    "settings": lambda guild: ChannelFactory(guild=guild),
    "community_uses": lambda guild: CommandDayFactory(guild=guild, command=f"/{next(NUMBERS)}"),
    "house_checks": lambda _: CheckResultFactory(),
    "house_retention": lambda guild: ReminderFactory(guild=guild),
    "community_retentionchoice_changelist": lambda guild: ReminderFactory(guild=guild),
}


@pytest.mark.parametrize("model", MADE)
def test_a_list_of_a_hundred_rows_asks_few_questions(
    client, guild, model, django_assert_max_num_queries
):
    for _ in range(100):
        MADE[model](guild)
    client.get("/")

    with django_assert_max_num_queries(13):
        assert len(rows(client, model)) >= 50


@pytest.mark.parametrize("page", PAGES)
def test_a_full_page_asks_as_few_questions_as_one_that_is_almost_empty(
    client, guild, page, django_assert_max_num_queries
):
    GuildSettingsFactory(guild=guild)
    PAGES[page](guild)
    client.get("/")
    with CaptureQueriesContext(connection) as almost_empty:
        client.get(reverse(f"admin:{page}"))

    for _ in range(20):
        PAGES[page](guild)

    with django_assert_max_num_queries(min(len(almost_empty), 26)):
        assert client.get(reverse(f"admin:{page}")).status_code == 200


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        ("here", {"here", "pending", "boosting", "silent"}),
        ("left", {"gone"}),
        ("pending", {"pending"}),
        ("boosting", {"boosting"}),
        ("timed_out", {"silent"}),
        ("nonsense", {"here", "pending", "boosting", "silent", "gone"}),
    ],
)
def test_members_are_narrowed_by_how_they_stand(client, guild, standing, found):
    MemberFactory(guild=guild, nickname="here")
    MemberFactory(guild=guild, nickname="gone", left_at=NOW, pending=True, premium_since=NOW)
    MemberFactory(guild=guild, nickname="pending", pending=True)
    MemberFactory(guild=guild, nickname="boosting", premium_since=NOW)
    MemberFactory(guild=guild, nickname="silent", timed_out_until=NOW + timedelta(hours=1))

    assert {each.nickname for each in rows(client, "member", standing=standing)} == found


def test_members_are_narrowed_to_those_who_hold_a_role_now(client, guild):
    role = RoleFactory(guild=guild)
    held = MemberRoleFactory(guild=guild, role=role)
    MemberRoleFactory(guild=guild, role=role, ended_at=NOW + timedelta(days=1))
    MemberFactory(guild=guild)

    found = rows(client, "member", roles__role__id__exact=role.pk)

    assert [each.pk for each in found] == [held.member_id]


def test_members_are_narrowed_to_the_days_they_joined(client, guild):
    joined = [MemberFactory(guild=guild, joined_at=NOW - timedelta(days=ago)) for ago in (1, 9)]

    found = rows(client, "member", joined_at__from=(NOW - timedelta(days=3)).date())

    assert [each.pk for each in found] == [joined[0].pk]


def test_words_find_what_begins_with_them_and_digits_an_id(client, guild):
    ada = MemberFactory(guild=guild, nickname="Ada", user__username="lovelace")
    MemberFactory(guild=guild, nickname="Bram", user__username="stoker")

    for words in ("ad", "LOVE", str(ada.user_id)):
        assert [each.pk for each in rows(client, "member", q=words)] == [ada.pk]
    for words in ("da", str(ada.user_id)[:-1], "9" * 40, "%"):
        assert rows(client, "member", q=words) == []


def test_an_empty_list_says_so_in_words(client, guild):
    page = client.get("/community/member/").content.decode()

    assert "Nobody is like this here." in page


def test_a_role_knows_how_many_hold_it_now_and_leads_to_them(client, guild):
    role = RoleFactory(guild=guild)
    MemberRoleFactory.create_batch(2, guild=guild, role=role)
    MemberRoleFactory(guild=guild, role=role, ended_at=NOW + timedelta(days=1))

    page = client.get("/community/role/").content.decode()

    assert f'<a href="../member/?roles__role__id__exact={role.pk}">2</a>' in page
    assert len(rows(client, "member", roles__role__id__exact=role.pk)) == 2


def test_channels_stand_as_discord_shows_them(client, guild):
    late = ChannelFactory(guild=guild, name="late", kind="category", position=9)
    early = ChannelFactory(guild=guild, name="early", kind="category", position=1)
    second = ChannelFactory(guild=guild, name="second", parent=early, position=3)
    ChannelFactory(guild=guild, name="first", parent=early, position=2)
    ChannelFactory(guild=guild, name="thread", kind="thread", parent=second)
    ChannelFactory(guild=guild, name="inside", parent=late, position=4)

    found = [(each.name, each.depth) for each in rows(client, "channel")]

    assert found == [
        ("early", 0),
        ("first", 1),
        ("second", 1),
        ("thread", 2),
        ("late", 0),
        ("inside", 1),
    ]


def test_the_audit_log_tells_in_words_what_was_and_what_is(client, guild):
    AuditEntryFactory(guild=guild, before={"prefix": "!"}, after={"prefix": "<b>"})

    page = client.get("/community/auditentry/").content.decode()

    assert "Changed the settings" in page
    assert "<del><bdi>!</bdi></del> <ins><bdi>&lt;b&gt;</bdi></ins>" in page


def test_the_audit_log_calls_what_it_knows_by_its_name(client, guild):
    channel, role = ChannelFactory(guild=guild, name="poetry"), RoleFactory(guild=guild, name="R")
    theirs = ChannelFactory(name="canary")
    AuditEntryFactory(
        guild=guild,
        before={"moderation_log": str(theirs.pk), "expires_at": "2020-01-02T10:00:00+00:00"},
        after={"moderation_log": str(channel.pk), "to": f"role {role.pk}", "nothing": None},
    )

    page = client.get("/community/auditentry/").content.decode()

    assert f"<del><bdi>{theirs.pk}</bdi></del> <ins><bdi>#poetry</bdi></ins>" in page
    assert "<ins><bdi>@R</bdi></ins>" in page
    assert "2 Jan 2020, 10:00" in page
    assert "canary" not in page
    assert "nothing" not in page


def test_the_audit_log_is_narrowed_by_verb_and_by_person(client, guild):
    marin = GrantFactory(guild=guild).staff
    mine = AuditEntryFactory(guild=guild, verb="community.grant.given", staff=marin)
    AuditEntryFactory(guild=guild, verb="community.settings.changed")

    for asked in ({"verb": "community.grant.given"}, {"who": marin.pk}):
        assert [each.pk for each in rows(client, "auditentry", **asked)] == [mine.pk]


def test_grants_are_narrowed_to_those_that_stand(client, guild):
    over = GrantFactory(guild=guild, expires_at=NOW - timedelta(days=1))

    assert [each.pk for each in rows(client, "grant", state="over")] == [over.pk]
    assert over.pk not in [each.pk for each in rows(client, "grant", state="standing")]


@pytest.mark.parametrize(
    ("known", "minutes_ago", "state"),
    [
        ("parked_at", 0, "Set aside"),
        ("last_success_at", 0, "In time"),
        ("last_success_at", 60, "Late"),
    ],
)
def test_a_job_says_how_it_is(client, guild, known, minutes_ago, state):
    JobFactory(**{known: timezone.now() - timedelta(minutes=minutes_ago)})

    assert f">{state}</span>" in client.get("/community/job/").content.decode()


def test_a_job_that_never_ran_says_so(client, guild):
    JobFactory()

    assert ">Has not run yet</span>" in client.get("/community/job/").content.decode()


def test_a_process_says_what_it_does_in_words(client, guild):
    figures = {
        "state": "on Discord",
        "latency_ms": 42,
        "guilds": 3,
        "waiting": 0,
        "leads_since": "2020-01-02T10:00:00+00:00",
        "clock_off_s": None,
        "late_s": {"a job": {"middle": 0.1, "worst": 2.5}},
        "of_its_own": {"x": 1},
    }
    beat = HeartbeatFactory(process="bot@attic:1", figures=figures)

    listed = client.get("/community/heartbeat/").content.decode()
    whole = client.get(f"/community/heartbeat/{beat.pk}/change/").content.decode()

    assert "<bdi>on Discord</bdi>" in listed
    assert "leads since 2 Jan 2020, 10:00, latency 42 ms, servers 3, waiting for Disc" in listed
    assert "<div>Began late at most by: <bdi>2.5 s</bdi></div>" in whole
    assert "clock is off" not in whole


def test_the_history_of_the_house_is_paged_and_holds_no_servers_rows(client, guild):
    AuditEntryFactory(guild=guild, actor="of a server")
    AuditEntryFactory.create_batch(51, guild=None, actor="of the house")

    first = client.get("/house/history/")
    second = client.get("/house/history/", {"before": first.context["older"]})

    assert [len(page.context["lines"]) for page in (first, second)] == [50, 1]
    assert "of a server" not in (first.content + second.content).decode()


def test_another_server_is_chosen_and_the_page_is_the_same(client, guild):
    other = GrantFactory(staff__username="other", guild=GuildFactory(name="Zebra"))
    GrantFactory(guild=other.guild, staff_id=client.session["_auth_user_id"])
    MemberFactory(guild=other.guild, nickname="far away")

    asked = {"next": "/community/member/?q=x"}
    response = client.post(f"/server/{other.guild_id}/", asked, follow=True)

    assert response.redirect_chain == [("/community/member/", 302)]
    assert "far away" in response.content.decode()


def test_a_page_that_the_other_server_has_not_leads_to_today(client, guild):
    other = GrantFactory(guild=GuildFactory(name="Zebra"))
    GrantFactory(guild=other.guild, staff_id=client.session["_auth_user_id"])
    here, there = MemberFactory(guild=guild), MemberFactory(guild=other.guild)
    role = RoleFactory(guild=guild)

    expected = {
        f"/person/{here.pk}/": "/",
        f"/person/{there.pk}/": f"/person/{there.pk}/",
        f"/community/role/{role.pk}/change/": "/",
        "/community/grant/1/take_back/": "/",
        "/settings/?x=1": "/settings/",
        "/nowhere/": "/",
        "https://evil.example/": "/",
    }
    for asked, led in expected.items():
        response = client.post(f"/server/{other.guild_id}/", {"next": asked})
        assert response["Location"] == led, asked


def test_a_server_that_was_not_granted_is_no_choice(client, guild):
    theirs = GuildFactory()

    answers = [client.post(f"/server/{key}/").status_code for key in (theirs.pk, 424242)]

    assert answers == [404, 404]
    assert client.get(f"/server/{guild.pk}/").status_code == 405


@pytest.mark.parametrize(
    "asked", ["password__startswith", "last_login", "grants", "sessions_ended"]
)
def test_what_a_list_does_not_show_cannot_be_asked_after(client, asked):
    client.force_login(StaffFactory(keeper=True))

    assert client.get(f"/community/staff/?{asked}=1").status_code == 400


def test_archives_and_wishes_are_listed_with_the_names_of_servers_and_people(client, guild):
    person = MemberFactory(guild=guild, user__username="ida.vale").user
    ArchiveFactory(guild_id=guild.pk)
    PrivacyRequestFactory(user_id=person.pk)

    for model, name in (("archive", guild.name), ("privacyrequest", str(person))):
        page = client.get(reverse(f"admin:community_{model}_changelist")).content.decode()
        assert f"<bdi>{name}</bdi><small" in page
