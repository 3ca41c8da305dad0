"""How large the tables are, how they grow, and whether the database keeps them in order."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from activity.partitions import Month, make_month
from activity.services.months import TABLE
from community import tasks
from community.admin.tables import chart_of, grown_in_words
from community.models import TableSize
from community.services import tables, upkeep
from community.services.retention import keep_retention
from community.services.tables import Growth, Outlook, Size, growth_of, outlook_of, tables_now
from community.services.upkeep import (
    cleaning_far_behind,
    declared_upkeep,
    set_upkeep,
    settings_that_are_lost,
)
from tests.community.factories import TableSizeFactory
from tests.factories import GrantFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = NOW.astimezone(UTC).date()
GB = 1 << 30


@pytest.fixture(autouse=True)
def today():
    """Let it be one day, though midnight may pass."""
    with time_machine.travel(NOW):
        yield


def ago(days):
    return NOW - timedelta(days=days)


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def size_of(table):
    return next(each for each in tables_now() if each.table == table)


def settings_of(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [table])
        return dict(each.split("=") for each in cursor.fetchone()[0] or ())


def test_months_are_one_table_with_its_parts_and_sizes_are_the_databases_own():
    messages = size_of(TABLE)

    assert {part.table for part in messages.parts} >= {f"{TABLE}_elsewhere"}
    assert messages.bytes == sum(part.bytes for part in messages.parts) > 0
    assert not {part.table for part in messages.parts} & {each.table for each in tables_now()}
    guilds = size_of("community_guildsettings")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('community_guildsettings')")
        assert cursor.fetchone() == (guilds.bytes,)


def test_a_role_without_rights_over_the_server_measures_and_is_told_nothing_of_the_disk():
    run("CREATE ROLE h_guest; GRANT ALL ON community_tablesize TO h_guest")
    run("GRANT USAGE ON SEQUENCE community_tablesize_id_seq TO h_guest; SET LOCAL ROLE h_guest")

    tasks.measure_tables()

    assert TableSize.objects.filter(table_name=TABLE, day=TODAY).count() == 1
    assert outlook_of(tables_now(), today=TODAY).free is None


def test_a_day_is_measured_once_and_leaves_after_four_hundred():
    TableSizeFactory(measured_at=ago(401))
    tasks.measure_tables()
    tasks.measure_tables()

    keep_retention()

    days = TableSize.objects.values_list("day", flat=True).distinct()
    assert list(days) == [TODAY]
    assert TableSize.objects.count() == len(tables_now())


def test_growth_is_told_over_a_week_and_a_month_and_not_guessed():
    guilds = size_of("community_guild")
    TableSizeFactory(measured_at=ago(9), table_bytes=guilds.bytes - 500, index_bytes=0)

    grown = growth_of([guilds, size_of(TABLE)], today=TODAY)

    assert grown == {"community_guild": Growth(500, None), TABLE: Growth(None, None)}
    assert [grown_in_words(each) for each in (None, 0, -2048)] == ["—", "no more", "-2.0\xa0KB"]


def test_a_disk_is_full_when_only_the_reserve_is_left(monkeypatch):
    monkeypatch.setattr(tables, "_free", lambda: 11 * GB)
    size = Size(table="x", rows=0, dead_rows=0, table_bytes=4 * GB, index_bytes=0, toast_bytes=0,
                vacuumed_at=None, analyzed_at=None)  # fmt: skip
    young = outlook_of([size], today=TODAY)
    TableSizeFactory(table_name="x", measured_at=ago(4), table_bytes=2 * GB, index_bytes=0)

    told = outlook_of([size], today=TODAY)

    assert (young.a_day, young.days_left) == (None, None)
    assert (told.a_day, told.days_left) == (GB / 2, 20)
    still = Outlook(bytes=1, growth=Growth(0, 0), free=GB, a_day=0.0)
    assert still.days_left is None


def test_the_page_shows_every_table_and_draws_one(client, keeper, django_assert_max_num_queries):
    TableSizeFactory(measured_at=ago(3), table_bytes=30 << 20)
    TableSizeFactory(measured_at=ago(2), table_bytes=40 << 20)
    client.force_login(keeper)

    with django_assert_max_num_queries(14):
        page = client.get("/house/tables/?table=community_guild").content.decode()

    assert all(f"<code>{size.table}</code>" in page for size in tables_now())
    assert f"<summary>{len(size_of(TABLE).parts)} parts</summary>" in page
    assert "Servers, day by day" in page
    chart = chart_of(size_of("community_guild"), TODAY)
    assert [(each.name, each.values) for each in chart.series] == [("MB", [30, 40])]
    client.force_login(GrantFactory(capabilities=["see", "configure"]).staff)
    assert client.get("/house/tables/").status_code == 403


def test_each_busy_table_has_the_settings_it_declares_and_so_has_a_new_month():
    make_month(TABLE, Month(2031, 5))
    declared = declared_upkeep()

    assert settings_of(f"{TABLE}_2031_05") == declared[TABLE].settings
    assert len(declared) >= 14
    for table, wanted in declared.items():
        assert wanted.why
        parts = [part.table for part in size_of(table).parts] or [table]
        assert all(settings_of(part).items() >= wanted.settings.items() for part in parts), table
    assert list(settings_that_are_lost()) == []


def test_settings_that_were_lost_are_named_and_set_again_by_migrating():
    run("ALTER TABLE community_errand RESET (autovacuum_vacuum_scale_factor)")
    run(f"ALTER TABLE {TABLE}_elsewhere SET (autovacuum_enabled = off)")

    assert list(settings_that_are_lost()) == [
        "community_errand has lost its settings: autovacuum_vacuum_scale_factor.",
        f"{TABLE}_elsewhere is never cleaned: its autovacuum_enabled is off.",
    ]
    call_command("migrate", verbosity=0)
    run(f"ALTER TABLE {TABLE}_elsewhere RESET (autovacuum_enabled)")
    assert list(settings_that_are_lost()) == []
    set_upkeep()


def test_a_table_that_nobody_cleaned_since_it_was_measured_is_named(monkeypatch):
    before = TableSizeFactory(table_name="x", measured_at=ago(1), dead_rows=20_000)
    told = {"table": "x", "table_bytes": 0, "index_bytes": 0, "toast_bytes": 0, "analyzed_at": None}
    late = Size(**told, rows=30_000, dead_rows=25_000, vacuumed_at=ago(2))
    fresh = Size(**told, rows=30_000, dead_rows=25_000, vacuumed_at=ago(0))
    few = Size(**told, rows=90_000, dead_rows=25_000, vacuumed_at=None)

    found = []
    for size in (late, fresh, few):
        monkeypatch.setattr(upkeep, "tables_now", lambda size=size: [size])
        found.append(list(cleaning_far_behind()))

    at = f"{before.measured_at.astimezone(UTC):%Y-%m-%d %H:%M}"
    words = f"x has 25,000 dead rows beside 30,000, and was not cleaned since {at} UTC."
    assert found == [[words], [], []]
