"""What the surroundings refuse, in one line."""

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection
from django.db.backends.postgresql.psycopg_any import errors

from config.postgres.errors import EngineError
from config.refusals import in_one_line, refuse_unguarded_history

THERE = {"ENGINE": "django.db.backends.postgresql", "NAME": "guild", "PASSWORD": "secret"}


@pytest.fixture
def address(monkeypatch):
    def address(**facts):
        monkeypatch.setattr(settings, "DATABASES", {"default": THERE | facts})

    return address


def unreachable(**facts):
    with pytest.raises(OperationalError) as caught, connection.wrap_database_errors:
        psycopg.connect(user="ada", password="secret", dbname="guild", **facts)
    return caught.value


def test_a_database_that_refuses_is_named_with_the_reason(address):
    address(HOST="127.0.0.1", PORT="1")

    line = in_one_line(unreachable(host="127.0.0.1", port=1))

    assert line == (
        "The database at 127.0.0.1:1/guild does not answer: Connection refused. "
        "DATABASE_URL says where it is."
    )


def test_a_host_that_nobody_knows_is_one_line_too(address):
    address(HOST="nowhere.invalid")

    line = in_one_line(unreachable(host="nowhere.invalid"))

    assert line.startswith("The database at nowhere.invalid:5432/guild does not answer:")
    assert "\n" not in line
    assert "secret" not in line


def test_the_embedded_database_is_called_so(address):
    address(ENGINE="config.postgres")

    line = in_one_line(OperationalError("the connection is lost"))

    assert line == "The embedded PostgreSQL does not answer: the connection is lost"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ImproperlyConfigured("DEBUG is\nneither."), "DEBUG is neither."),
        (
            ModuleNotFoundError("No module named 'gone'", name="gone.away"),
            "No module named 'gone': the environment is broken, "
            "delete the folder .venv and run this again.",
        ),
        (EngineError("Not today."), "Not today."),
        (
            PermissionError(13, "Permission denied", "/x"),
            "No permission for /x: it belongs to another user.",
        ),
    ],
)
def test_what_the_surroundings_refuse_is_said_in_one_line(error, line):
    assert in_one_line(error) == line


def test_what_the_house_does_wrong_keeps_its_traceback():
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = errors.DeadlockDetected("deadlock detected")

    assert in_one_line(deadlock) is None
    assert in_one_line(DatabaseError("no such column")) is None
    assert in_one_line(KeyError("x")) is None
    assert in_one_line(ModuleNotFoundError("No module", name="community.gone")) is None


def test_a_driver_that_cannot_be_imported_points_to_the_environment():
    def as_django_does():
        try:
            import psycopg.gone  # noqa: F401
        except ImportError:
            raise ImproperlyConfigured("Error loading the driver")  # noqa: B904

    with pytest.raises(ImproperlyConfigured) as caught:
        as_django_does()

    assert in_one_line(caught.value).startswith("Error loading the driver: the environment is")


def test_a_database_that_is_away_is_waited_for(monkeypatch):
    def away():
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("config.refusals.unguarded_tables", away)

    assert refuse_unguarded_history() is None
