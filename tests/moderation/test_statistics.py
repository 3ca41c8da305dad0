"""What moderation comes to: numbers that add up, of one's own server, in days of its own zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from community.models import Grant
from community.scope import guild_scope
from moderation.services.statistics import GROUP_OF, acts_by_moderator, acts_by_time
from tests.factories import (
    CaseFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    PunishmentFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = {"since": NOON - 30 * DAY, "until": NOON + DAY}


@pytest.fixture
def guild(client):
    """The server of somebody who may do everything there, at noon of a Wednesday."""
    with time_machine.travel(NOON, tick=False):
        grant = GrantFactory(capabilities=Grant.Capability.values)
        GuildSettingsFactory(guild=grant.guild)
        client.force_login(grant.staff)
        with guild_scope(grant.guild_id):
            yield grant.guild


def decided(guild, kind="warn", ago=0, **told):
    return CaseFactory(guild=guild, kind=kind, created_at=NOON - ago * DAY, **told)


def test_acts_are_told_by_day_and_by_kind(guild):
    for kind, ago in (("warn", 0), ("warn", 0), ("ban", 0), ("softban", 3), ("warn", 40)):
        decided(guild, kind, ago)
    decided(GuildSettingsFactory().guild)

    found = acts_by_time(guild_id=guild.pk, **MONTH)

    assert {day: dict(acts) for day, acts in found.items()} == {
        date(2026, 5, 20): {"Warnings": 2, "Bans": 1},
        date(2026, 5, 17): {"Kicks": 1},
    }


def test_a_day_is_one_of_the_servers_zone(guild):
    decided(guild, ago=0.45)

    with timezone.override("Pacific/Auckland"):
        (day,) = acts_by_time(guild_id=guild.pk, **MONTH)
        (week,) = acts_by_time(guild_id=guild.pk, by_week=True, **MONTH)

    assert (day, week) == (date(2026, 5, 20), date(2026, 5, 18))


def test_every_kind_of_case_is_told_with_some_other(guild):
    from moderation.models import Case

    assert set(GROUP_OF) == set(Case.Kind.values)


def test_moderators_are_told_with_what_was_overruled_and_without_the_ladders_acts(guild):
    for _ in range(2):
        decided(guild, moderator_id=7)
    decided(guild, "ban", moderator_id=7, overruled_at=NOON)
    decided(guild, "mute", moderator_id=7, source="rule")
    decided(guild, moderator_id=None)

    first, second = acts_by_moderator(guild_id=guild.pk, **MONTH)

    assert (first.moderator_id, dict(first.acts)) == (7, {"Warnings": 2, "Bans": 1})
    assert (first.undone, second.moderator_id, second.acts.total()) == (1, None, 1)


def test_the_page_shows_who_did_what_and_leads_to_the_rows(client, guild):
    nora = MemberFactory(guild=guild, nickname="Nora")
    for kind in ("warn", "warn", "ban"):
        decided(guild, kind, moderator_id=nora.user_id)

    page = client.get("/statistics/")
    (line,) = page.context["lines"]
    behind = client.get(line["url"]).context["cl"].result_list

    assert (line["name"], line["total"], len(behind)) == ("Nora", 3, 3)
    assert [sum(each.series[0].values) for each in page.context["charts"]] == [2, 3, 3]
    assert page.content.decode().count("<caption") == 4


@pytest.mark.parametrize(
    ("asked", "first", "days", "parts"),
    [
        ({}, date(2026, 4, 21), 30, 30),
        ({"from": "2026-05-14"}, date(2026, 5, 14), 7, 7),
        ({"from": "2026-05-01", "until": "2026-05-02"}, date(2026, 5, 1), 2, 2),
        ({"from": "2026-05-09", "until": "2026-05-02"}, date(2026, 5, 2), 1, 1),
        ({"from": "1999-01-01"}, date(2026, 4, 21), 30, 30),
        ({"from": "2016-01-01"}, date(2024, 5, 20), 731, 105),
        ({"until": "2099-01-01"}, date(2026, 4, 21), 30, 30),
        ({"from": "x\0", "until": "2026-02-31"}, date(2026, 4, 21), 30, 30),
    ],
)
def test_the_days_are_those_that_were_asked_for_or_the_last_thirty(
    client, guild, asked, first, days, parts
):
    context = client.get("/statistics/", asked).context

    assert (context["span"].first, context["span"].days) == (first, days)
    assert len(context["charts"][0].labels) == parts


def test_a_year_is_drawn_in_weeks_that_add_up(client, guild):
    for ago in range(0, 300, 10):
        decided(guild, ago=ago)

    chart = client.get("/statistics/", {"from": "2025-05-21"}).context["charts"][0]

    assert (chart.title, sum(chart.series[0].values)) == ("Acts, week by week", 30)


def test_the_page_asks_few_questions(client, guild, django_assert_max_num_queries):
    for number in range(60):
        decided(guild, ago=number % 30, moderator_id=MemberFactory(guild=guild).user_id)
    client.get("/")

    with django_assert_max_num_queries(10):
        client.get("/statistics/")


def test_today_counts_what_ends_and_what_was_done_this_week(client, guild):
    for ago in (0, 2, 9, 20):
        decided(guild, ago=ago)
    for hours in (1, 11, 13):
        PunishmentFactory(
            guild=guild,
            case__guild=guild,
            case__created_at=NOON - 60 * DAY,
            user_id=hours,
            kind="ban",
            starts_at=NOON - DAY,
            ends_at=NOON + timedelta(hours=hours),
        )

    figures = {card.title: told for card, told in client.get("/").context["figures"]}

    assert (figures["Cases this week"].value, figures["Ending today"].value) == (2, 2)
    assert figures["Cases this week"].words == "1 the week before"
    for title in ("Cases this week", "Ending today"):
        rows = client.get(figures[title].url).context["cl"].result_list
        assert len(rows) == figures[title].value
