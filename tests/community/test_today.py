"""Today: numbers of one's own server, each leading to the rows behind it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.desk import registry
from community.desk.registry import TodayCard, TodayFigure, today_card
from tests.community.factories import BackupFactory
from tests.factories import (
    AuditEntryFactory,
    GrantFactory,
    HeartbeatFactory,
    JobFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
AGO = timedelta(days=1)


@pytest.fixture
def grant(client):
    grant = GrantFactory(capabilities=["see"])
    client.force_login(grant.staff)
    return grant


def figures(response):
    return {card.title: figure for card, figure in response.context["figures"]}


def test_today_counts_who_is_here_who_came_and_who_left(client, grant):
    now, old = timezone.now(), timezone.now() - timedelta(days=10)
    MemberFactory(guild=grant.guild, joined_at=now - AGO, pending=True)
    MemberFactory(guild=grant.guild, joined_at=old)
    MemberFactory(guild=grant.guild, joined_at=old, left_at=now - AGO)
    MemberFactory()

    found = figures(client.get("/"))

    assert [each.value for each in found.values()][1:4] == [2, 1, 1]
    assert found["Members"].words == "1 have not accepted the rules yet"
    assert found["Joined this week"].words == "2 the week before"


def test_each_number_leads_to_as_many_rows(client, grant):
    now = timezone.now()
    MemberFactory.create_batch(2, guild=grant.guild, joined_at=now - AGO)
    MemberFactory(guild=grant.guild, joined_at=now - 30 * AGO, left_at=now - AGO)
    MemberFactory(guild=grant.guild, joined_at=now - 30 * AGO, left_at=now - 20 * AGO)

    for figure in figures(client.get("/")).values():
        page = client.get(figure.url).context
        rows = page["cl"].result_list if "cl" in page else page.get("lines", ())
        assert len(rows) == figure.value, figure.url


def test_the_charts_show_each_day_and_each_role(client, grant):
    reader = RoleFactory(guild=grant.guild, name="Reader")
    MemberRoleFactory.create_batch(3, guild=grant.guild, role=reader)
    MemberRoleFactory(guild=grant.guild, role=reader, ended_at=timezone.now() + AGO)

    drawn = {chart.title: chart for chart in client.get("/").context["charts"]}
    days, roles = drawn["Joined and left, 30 days"], drawn["Largest roles"]

    assert len(days.labels) == 30
    assert days.series[0].values[-1] == 4
    assert (roles.labels, roles.series[0].values) == (["Reader"], [3])


def test_what_staff_changed_last_is_there_in_words(client, grant):
    AuditEntryFactory(guild=grant.guild, verb="community.settings.changed", actor="marin")
    AuditEntryFactory(actor="somebody elsewhere")

    page = client.get("/").content.decode()

    assert "Changed the settings" in page
    assert "marin" in page
    assert "somebody elsewhere" not in page


def test_a_keeper_sees_the_state_of_the_house_and_a_moderator_does_not(client, grant):
    HeartbeatFactory(seen_at=timezone.now() - AGO)
    JobFactory(parked_at=timezone.now())
    assert "House, needing a hand" not in figures(client.get("/"))

    client.force_login(StaffFactory(keeper=True))
    found = figures(client.get("/"))

    assert {title: each.value for title, each in found.items()} == {
        "House, needing a hand": 2,
        "Does not hold": 0,
        "Proved backups": 0,
    }


@pytest.mark.parametrize(("age", "tone"), [(35, "ok"), (37, "bad")])
def test_a_keeper_sees_how_old_the_newest_proved_backup_is(client, age, tone):
    at = timezone.now() - timedelta(hours=age)
    BackupFactory(made_at=at, verified_at=at)
    BackupFactory(made_at=timezone.now())
    BackupFactory(made_at=timezone.now(), verified_at=at, trouble="It is damaged.")
    client.force_login(StaffFactory(keeper=True))

    card = figures(client.get("/"))["Proved backups"]

    assert (card.value, card.tone) == (1, tone)


def test_who_was_granted_nothing_is_told_so(client):
    client.force_login(StaffFactory())

    words = "No server has been granted to you yet."
    answers = [client.get("/"), client.get("/settings/"), client.get("/person/1/")]

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert all(words in answer.content.decode() for answer in answers)


def test_another_app_hangs_its_card_and_only_those_who_may_see_it(client, grant):
    cards = list(registry.REGISTRY.today_cards)
    try:
        figure = TodayFigure(value=7)
        for needs in ("see", "punish"):
            today_card(TodayCard(title=f"Open to {needs}", needs=needs, figure=lambda _: figure))
        found = figures(client.get("/"))
    finally:
        registry.REGISTRY.today_cards[:] = cards

    assert "Open to see" in found
    assert "Open to punish" not in found


def test_today_asks_few_questions_however_many_rows(client, grant, django_assert_max_num_queries):
    client.get("/")
    for number in range(100):
        role = RoleFactory(guild=grant.guild, name=f"Role {number}")
        MemberRoleFactory(guild=grant.guild, role=role)
        AuditEntryFactory(guild=grant.guild, after={"to": f"staff {number}", "a": str(role.pk)})

    with django_assert_max_num_queries(19):
        client.get("/")
