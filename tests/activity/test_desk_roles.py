"""The desk's pages of activity roles, leave and what counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activity.models import ActivityRole, ActivitySettings, AfkLeave
from activity.services.merit import keep_roles_of
from community.models import AuditEntry, Grant, StandingOrder
from community.scope import guild_scope
from tests.activity.factories import (
    ActivityRoleFactory,
    ActivitySettingsFactory,
    AfkLeaveFactory,
    MemberTotalsFactory,
)
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
)

pytestmark = pytest.mark.django_db
HOUR, DAY = 3_600_000, timedelta(days=1)
ROLES, LEAVES, COUNTING = "/activity/activityrole/", "/activity/afkleave/", "/activity/counting/"
ASKED = {"min_hours": "5", "window": "ever", "priority": "0", "is_enabled": "on"}


@pytest.fixture
def guild(client):
    """A server that somebody may do everything in, who is signed in."""
    grant = GrantFactory(capabilities=Grant.Capability.values)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    with guild_scope(grant.guild_id):
        yield grant.guild


def reader(client, guild):
    """Sign in somebody who may only look."""
    client.force_login(GrantFactory(guild=guild, capabilities=["see"]).staff)


def member(guild, hours=0, **told):
    made = MemberFactory(guild=guild, **told)
    MemberTotalsFactory(guild=guild, user_id=made.user_id, voice_ms=hours * HOUR)
    return made


def text(client, address):
    return client.get(address).content.decode()


def test_a_role_is_added_changed_and_removed_from_the_page(client, guild):
    role = RoleFactory(guild=guild, name="Regular")
    before = text(client, ROLES)

    client.post("/activity/activityrole/add/", {**ASKED, "role": role.pk, "lasts": "30d"})
    rule = ActivityRole.objects.get()
    added = text(client, ROLES)
    edit = f"/activity/activityrole/{rule.pk}/edit/"
    assert 'value="30d"' in text(client, edit)
    client.post(edit, {**ASKED, "min_hours": "7.5", "group": "ranks"})
    changed = text(client, ROLES)
    client.post(f"/activity/activityrole/{rule.pk}/remove/", {"is_left": "on"})

    assert "No role is given for activity" in before
    assert "5 h in voice, ever" in added
    assert "lasts 30 days" in added
    assert "7.5 h in voice, ever" in changed
    assert "group ranks, place 0" in changed
    assert not ActivityRole.objects.exists()


def test_a_refusal_is_said_in_the_form_and_on_the_page(client, guild):
    staff_role = RoleFactory(guild=guild, name="Boss", permissions=8)

    answer = client.post("/activity/activityrole/add/", {**ASKED, "role": staff_role.pk})
    ActivityRoleFactory(guild=guild, role=staff_role)
    ActivitySettingsFactory(guild=guild, voice_counted=False)
    page = text(client, ROLES)

    assert "@Boss lets its holders do everything" in answer.content.decode()
    assert "Nobody is given it now." in page
    assert "Time in voice is not counted here" in page


def test_who_may_only_look_changes_nothing(client, guild):
    rule = ActivityRoleFactory(guild=guild)
    reader(client, guild)

    page = text(client, ROLES)

    assert "Add a role" not in page
    for deed in ("add", f"{rule.pk}/edit", f"{rule.pk}/remove", f"{rule.pk}/export"):
        assert client.post(f"/activity/activityrole/{deed}/", ASKED).status_code == 403
    assert client.post(COUNTING, {"voice_counted": ""}).status_code == 403


@pytest.fixture
def crowd(guild):
    """A role that one has, one gets, one loses, one keeps on leave, and one was given by hand."""
    rule = ActivityRoleFactory(guild=guild, window="ever", min_hours=5)
    names = ("has", "loses", "leave", "by_hand", "gets", "not")
    people = {name: member(guild, 9, nickname=f"={name}") for name in names}
    away = people["leave"].user_id
    for name in ("by_hand", "not", "gets"):
        idle(people[name])
    keep_roles_of(guild_id=guild.pk, now=timezone.now())
    for name in ("has", "loses", "leave", "by_hand"):
        MemberRoleFactory(guild=guild, member=people[name], role=rule.role)
    AfkLeaveFactory(guild=guild, user_id=away, starts_at=timezone.now() - DAY)
    for name in ("loses", "leave"):
        idle(people[name])
    idle(people["gets"], 6)
    return rule, people


def idle(member, hours=0):
    from activity.models import MemberTotals

    MemberTotals.objects.filter(user_id=member.user_id).update(voice_ms=hours * HOUR)


def test_the_report_says_how_everybody_stands_and_is_narrowed(client, crowd):
    rule, _ = crowd
    address = f"/activity/activityrole/{rule.pk}/change/"

    whole = client.get(address)
    narrowed = text(client, f"{address}?state=leave")
    nonsense = client.get(f"{address}?state=nonsense&page=x")

    figures = {str(each["state"]): each["many"] for each in whole.context["figures"]}
    assert figures == {"has": 1, "gets": 1, "loses": 1, "leave": 1, "exempt": 0, "by_hand": 1}
    assert "<bdi>=leave</bdi>" in narrowed
    assert "<bdi>=loses</bdi>" not in narrowed
    assert len(nonsense.context["lines"]) == 5


def test_the_report_is_taken_along_without_formulas_and_the_log_notes_it(client, crowd):
    rule, people = crowd
    address = f"/activity/activityrole/{rule.pk}/export/"

    answer = client.post(address, {"next": f"/activity/activityrole/{rule.pk}/change/?state=has"})
    lines = b"".join(answer.streaming_content).decode().splitlines()

    assert lines[0].startswith("user_id,name,standing,hours,")
    assert lines[1:] == [f"{people['has'].user_id},'=has,has,9.00,5.00,True,True,"]
    entry = AuditEntry.objects.get(verb="activity.compliance.exported")
    assert entry.after == {"narrowed by": "has"}


def test_the_report_asks_few_questions_however_many_people(
    client, crowd, django_assert_max_num_queries
):
    rule, _ = crowd
    for _ in range(30):
        member(rule.guild, 9)

    with django_assert_max_num_queries(26):
        text(client, f"/activity/activityrole/{rule.pk}/change/")


def test_leave_is_entered_and_ended_at_the_person_and_in_the_list(client, guild):
    ada = member(guild, nickname="Ada")
    person = f"/person/{ada.pk}/"

    client.post(f"/community/member/{ada.pk}/leave/", {"until": "2w", "reason": "<b>At sea</b>"})
    page, listed = text(client, person), text(client, f"{LEAVES}?state=now")
    client.post(f"/community/member/{ada.pk}/back/")
    over = text(client, f"{LEAVES}?state=over&q=Ad")

    assert "&lt;b&gt;At sea&lt;/b&gt;" in page
    assert "End leave" in page
    for said in ("Ada", "Away now", "&lt;b&gt;At sea"):
        assert said in listed
    assert "Ada" in over
    assert "Back today" in over
    assert AfkLeave.objects.get().ended_at is not None
    told = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert told == ["activity.leave.entered", "activity.leave.ended"]


def test_a_leave_is_ended_from_its_row(client, guild):
    leave = AfkLeaveFactory(guild=guild, user_id=member(guild).user_id)

    client.post(f"/activity/afkleave/{leave.pk}/end/")

    assert AfkLeave.objects.get().ended_at is not None
    assert text(client, f"/activity/afkleave/{leave.pk}/change/").count("Back today")


def test_what_counts_is_changed_on_its_page(client, guild):
    bots = ChannelFactory(guild=guild, name="bots")
    theirs = ChannelFactory()
    told = {"section": "counted", "messages_counted": "on"}

    client.post(COUNTING, {**told, "ignored_channel_ids": [bots.pk]})
    client.post(COUNTING, {"section": "voice", "alone_counts": "on"})
    refused = text(client, COUNTING)
    answer = client.post(COUNTING, {**told, "ignored_channel_ids": [theirs.pk]})

    settings = ActivitySettings.objects.get()
    assert (settings.voice_counted, settings.alone_counts) == (False, True)
    assert settings.ignored_channel_ids == [bots.pk]
    assert f'<option value="{bots.pk}" selected>bots' in refused
    assert "not one of the available choices" in answer.content.decode()


def test_what_is_given_is_a_standing_order_with_its_reason(guild, crowd):
    _, people = crowd

    order = StandingOrder.objects.get(user_id=people["has"].user_id)

    assert order.reason == "Activity: 5 h in voice (ever)"
