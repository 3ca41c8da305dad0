"""The two questions about the house's health."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils import timezone

from community.append_only import append_only_tables
from community.services.heartbeats import note_heartbeat
from config import health

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


@pytest.fixture
def _beating():
    note_heartbeat(process="clock@attic", started_at=timezone.now(), figures={})


def parts(client):
    answer = client.get("/readyz")
    ill = [name for name, part in answer.json()["parts"].items() if not part["ok"]]
    assert answer.json()["ready"] == (answer.status_code == 200) == (not ill)
    return ill


def test_alive_asks_nobody_else(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("_beating")
def test_ready_when_every_part_is_well_with_few_queries(client, django_assert_num_queries):
    health._migrations_on_disk()

    with django_assert_num_queries(7):
        answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert list(answer.json()["parts"]) == [
        "database",
        "migrations",
        "history",
        "clock",
        "bot",
    ]
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_not_ready_while_the_clock_has_not_been_heard_of(client):
    assert parts(client) == ["clock"]


@pytest.mark.usefixtures("_beating")
def test_not_ready_when_the_clock_was_last_heard_of_too_long_ago(client):
    from community.models import Heartbeat

    Heartbeat.objects.update(seen_at=Now() - timedelta(seconds=31))

    assert parts(client) == ["clock"]


@pytest.mark.usefixtures("_beating")
def test_of_several_clocks_the_latest_counts(client):
    from tests.factories import HeartbeatFactory

    HeartbeatFactory(process="clock@cellar", seen_at=Now() - timedelta(days=1))

    assert parts(client) == []


@pytest.mark.usefixtures("_beating")
@pytest.mark.parametrize(("state", "ill"), [("on Discord", []), ("waits for Discord", ["bot"])])
def test_a_bot_is_well_when_it_is_on_discord(client, state, ill):
    note_heartbeat(process="bot@attic:1", started_at=timezone.now(), figures={"state": state})

    assert parts(client) == ill


@pytest.mark.usefixtures("_beating")
def test_not_ready_when_the_bot_fell_silent_or_was_never_heard_of(client, settings):
    from tests.factories import HeartbeatFactory

    settings.DISCORD_TOKEN = "a-token"
    assert parts(client) == ["bot"]

    settings.DISCORD_TOKEN = ""
    HeartbeatFactory(process="bot@attic:1", seen_at=Now() - timedelta(minutes=2))
    assert parts(client) == ["bot"]


@pytest.mark.usefixtures("_beating")
def test_not_ready_with_an_unapplied_migration(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    assert parts(client) == ["migrations"]
    answer = client.get("/readyz").json()
    assert answer["parts"]["migrations"]["unapplied"] == ["sessions.0001_initial"]


@pytest.mark.usefixtures("_beating")
def test_not_ready_with_a_history_that_can_be_rewritten(client):
    table = next(append_only_tables())
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER guildhall_append_only")

    assert parts(client) == ["history"]


@pytest.mark.usefixtures("_beating")
def test_a_database_that_is_down_is_told_in_words_and_asked_once(client, monkeypatch):
    asked = []

    def down():
        asked.append(1)
        raise OperationalError("password=secret")

    monkeypatch.setitem(health.PARTS, "database", down)

    answer = client.get("/readyz")

    assert (answer.status_code, len(asked)) == (503, 1)
    assert not any(part["ok"] for part in answer.json()["parts"].values())
    assert "does not answer" in answer.json()["parts"]["database"]["words"]
    assert b"secret" not in answer.content


@pytest.mark.parametrize("page", ["/healthz", "/readyz"])
def test_health_is_only_read(client, page):
    assert client.post(page).status_code == 405


@pytest.mark.usefixtures("_beating")
@pytest.mark.parametrize(("seconds", "ill"), [(2, []), (60, ["clock"])])
def test_a_sign_of_life_from_the_future_is_none(client, seconds, ill):
    from community.models import Heartbeat

    Heartbeat.objects.update(seen_at=Now() + timedelta(seconds=seconds))

    assert parts(client) == ill


@pytest.mark.usefixtures("_beating")
def test_one_from_the_future_does_not_hide_a_clock_that_lives(client):
    from tests.factories import HeartbeatFactory

    HeartbeatFactory(process="clock@cellar", seen_at=Now() + timedelta(days=1))

    assert parts(client) == []
