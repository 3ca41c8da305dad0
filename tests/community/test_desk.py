"""The desk shows each member of staff the servers they were granted, and nothing of any other."""

import pytest
from django.http import StreamingHttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from community.desk.current_guild import CurrentGuild
from community.models import Grant, Member
from community.scope import NoScope, cross_guild, current_scope
from tests.factories import (
    AuditEntryFactory,
    ChannelFactory,
    ErrandFactory,
    GrantFactory,
    InviteFactory,
    MemberFactory,
    RoleFactory,
    StaffFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
OF_A_SERVER = [
    "guild",
    "member",
    "role",
    "channel",
    "invite",
    "grant",
    "auditentry",
    "errand",
    "standingorder",
]
OF_THE_HOUSE = ["staff", "job", "heartbeat"]


def listed(model):
    return reverse(f"admin:community_{model}_changelist")


@pytest.fixture
def moderator(client):
    """Somebody who may see server A, in a world that has a server B."""
    grant = GrantFactory(guild__name="A-server")
    for guild in (grant.guild, GrantFactory(guild__name="B-canary").guild):
        mark = guild.name[0]
        MemberFactory(guild=guild, nickname=f"{mark}-member")
        RoleFactory(guild=guild, name=f"{mark}-role")
        InviteFactory(guild=guild, code=f"{mark}-code", channel=ChannelFactory(guild=guild))
        AuditEntryFactory(guild=guild, actor=f"{mark}-actor")
        ErrandFactory(guild=guild, last_error=f"{mark}-words")
        StandingOrderFactory(guild=guild, reason=f"{mark}-reason")
    client.force_login(grant.staff)
    return grant.staff


@pytest.mark.parametrize("model", OF_A_SERVER)
def test_a_list_holds_the_rows_of_ones_own_server_only(
    client, moderator, model, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        page = client.get(listed(model)).content.decode()

    assert "B-" not in page
    assert "0 of" not in page
    assert "1 " in page


@pytest.mark.parametrize("model", OF_A_SERVER)
def test_a_row_of_another_server_is_as_absent_as_one_that_never_was(client, moderator, model):
    from django.apps import apps

    with cross_guild("the test's world"):
        theirs = apps.get_model("community", model)._base_manager.order_by("-pk").first()
    answers = []
    for key in (theirs.pk, 424242):
        for page in ("change", "history"):
            url = reverse(f"admin:community_{model}_{page}", args=[key])
            answers.append(client.get(url, follow=True).content.decode())

    assert not [answer for answer in answers if "B-" in answer]


@pytest.mark.parametrize("model", OF_THE_HOUSE)
def test_the_houses_own_rows_are_its_keepers_affair(client, moderator, model):
    assert client.get(listed(model)).status_code == 403

    client.force_login(StaffFactory(keeper=True))
    assert client.get(listed(model)).status_code == 200


def test_a_grant_taken_away_ends_access_with_the_next_request(client, moderator):
    before = client.get(listed("member")).status_code
    with cross_guild("the test's world"):
        Grant.objects.filter(staff=moderator).update(ended_at=timezone.now())

    assert (before, client.get(listed("member")).status_code) == (200, 403)


def test_nothing_is_added_changed_or_deleted_through_a_list(client, moderator):
    with cross_guild("the test's world"):
        mine = Member.objects.get(nickname="A-member")

    for page, arguments in (("add", []), ("change", [mine.pk]), ("delete", [mine.pk])):
        url = reverse(f"admin:community_member_{page}", args=arguments)
        assert client.post(url, {"nickname": "changed", "post": "yes"}).status_code == 403


def test_who_is_not_signed_in_is_asked_to(client):
    response = client.get(listed("member"))

    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_a_streamed_answer_stays_within_its_server(moderator):
    def answer(request):
        return StreamingHttpResponse(each.nickname for each in rows())

    def rows():
        yield from Member.objects.all()

    request = RequestFactory().get("/")
    request.user, request.session = moderator, {}
    response = CurrentGuild(answer)(request)

    assert b"".join(response.streaming_content) == b"A-member"
    with pytest.raises(NoScope):
        current_scope()
