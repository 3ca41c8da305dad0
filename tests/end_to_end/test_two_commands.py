"""`manage.py up` as people meet it: opened, closed, refused, killed."""

import signal
import socket

import pytest

from tests.end_to_end.conftest import House, household_of, is_running, wait_for

pytestmark = pytest.mark.end_to_end


def test_up_opens_an_empty_house_with_a_demo_and_one_account(first_opening):
    house, (code, said, complained) = first_opening

    assert code == 0, complained
    assert said.count("password") == 1
    for part in ("database", "web", "clock", "migrations", "sandbox", "bot"):
        assert f"{part:<10} ok" in said
    assert house.server.state() == "gone"


def test_the_password_is_shown_once(settled):
    code, said, complained = settled.run("up", "--check", "--no-demo", f"--port={settled.port}")

    assert code == 0, complained
    assert "password" not in said


def test_a_house_that_two_open_at_once_is_prepared_once(house):
    ports = house.port, House(house.folder).port
    opened = [house.start("up", "--check", "--no-demo", f"--port={port}") for port in ports]

    answers = [up.communicate(timeout=120) for up in opened]

    assert [up.returncode for up in opened] == [0, 0], answers
    assert "".join(said for said, _ in answers).count("password") == 1


def test_ctrl_c_closes_the_house_and_leaves_nobody(settled):
    up = settled.open()
    household = household_of(up)

    up.send_signal(signal.SIGINT)
    said, complained = up.communicate(timeout=30)

    assert (up.returncode, complained) == (0, "")
    assert "Closing" in said
    assert not any(map(is_running, household))
    assert settled.server.state() == "gone"


def test_a_killed_up_leaves_only_the_database_which_the_next_one_adopts(settled):
    up = settled.open()
    household, postmaster = household_of(up), settled.postmaster

    up.kill()
    up.communicate()

    wait_for(lambda: not any(map(is_running, household)))
    code, said, _ = settled.run("shell", "--no-imports", "-c", SHOW_POSTMASTER)
    assert (code, int(said)) == (0, postmaster)
    assert settled.server.state() == "gone"


def test_another_command_keeps_the_database_when_up_closes(settled):
    up = settled.open("--no-demo")
    shell = settled.start("shell", "--no-imports", "-c", SHOW_POSTMASTER + "; sys.stdin.read()")
    assert int(shell.stdout.readline()) == settled.postmaster

    up.terminate()
    up.communicate(timeout=30)

    assert settled.server.state() == "ready"
    shell.communicate(timeout=30)
    assert settled.server.state() == "gone"


def test_dbshell_brings_its_own_psql(house):
    answer = house.run("dbshell", "--", "-Atc", "SELECT current_user, current_database()")

    assert answer == (0, "guildhall|guildhall\n", "")


def test_a_taken_port_is_refused_before_anything_starts(house):
    with socket.create_server(("127.0.0.1", house.port)):
        code, _, complained = house.run("up", f"--port={house.port}")

    assert code == 1
    assert complained == (
        f"CommandError: Port {house.port} on 127.0.0.1 cannot be used (Address already in use): "
        "choose another with --port.\n"
    )
    assert not (house.folder / "postgres").exists()


def test_a_database_that_does_not_answer_is_named_without_its_password(house):
    address = f"postgres://ada:secret@127.0.0.1:{house.port}/guild"

    code, _, complained = house.run("migrate", DATABASE_URL=address)

    assert code == 1
    assert complained == (
        f"The database at 127.0.0.1:{house.port}/guild does not answer: Connection refused. "
        "DATABASE_URL says where it is.\n"
    )


def test_data_of_another_postgresql_is_one_clear_line(house):
    data = house.server.home.data
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")

    code, _, complained = house.run("migrate")

    assert code == 1
    assert complained.count("\n") == 1
    assert "is of PostgreSQL 16" in complained


SHOW_POSTMASTER = (
    "import sys; from django.conf import settings; from django.db import connection; "
    "connection.ensure_connection(); "
    "print((settings.GUILDHALL_DATA / 'postgres/data/postmaster.pid').read_text().split()[0],"
    " flush=True)"
)
