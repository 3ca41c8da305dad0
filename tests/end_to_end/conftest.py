"""A whole house in a folder of its own, opened with the same commands that people type."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from config.postgres.home import find_home
from config.postgres.server import Server

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


class House:
    """One data folder, and what is run in it."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.port, self.sandbox_port = free_port(), free_port()

    @property
    def server(self):
        return Server(find_home(self.folder))

    @property
    def postmaster(self):
        return int((self.server.home.data / "postmaster.pid").read_text().split()[0])

    def start(self, *arguments, **environment):
        """Run `manage.py` with these arguments, and with nothing of the tests' own settings."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GUILDHALL_DATA": str(self.folder),
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        inherited = {key: os.environ[key] for key in os.environ if key != "DATABASE_URL"}
        process = subprocess.Popen(
            [sys.executable, ROOT / "manage.py", *arguments],
            env=inherited | ours | environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    def run(self, *arguments, **environment):
        """Run it to its end: exit code, what it said, what it complained of."""
        process = self.start(*arguments, **environment)
        said, complained = process.communicate(timeout=120)
        return process.returncode, said, complained

    def open(self, *arguments):
        """Run `up` until every part that it has is well."""
        up = self.start("up", *arguments, f"--port={self.port}")
        wait_for(lambda: up.poll() is not None or self.is_ready())
        assert up.poll() is None, up.communicate()
        return up

    def move_in(self, other):
        """Begin with all that another house has, which is closed by now."""
        for each in other.folder.iterdir():
            if each.name != "postgres":
                subprocess.run(["cp", "-a", each, self.folder], check=True)
        home = self.server.home.path
        subprocess.run(["cp", "-a", f"{other.server.home.path}/.", home], check=True)

    def is_ready(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def household_of(up):
    """Return every process that `up` has started, and theirs, once all of them are there."""
    wait_for(lambda: len(psutil.Process(up.pid).children(recursive=True)) > 4)
    return [child.pid for child in psutil.Process(up.pid).children(recursive=True)]


@contextmanager
def house_in(folder):
    """A house in a folder of its own, of which nothing is left in the end."""
    folder.mkdir(mode=0o700)
    house = House(folder)
    yield house
    for process in house.started:
        process.kill()
        process.communicate()
    home = folder / "postgres"
    if home.exists() and house.server.state() == "ready":
        os.kill(house.postmaster, signal.SIGQUIT)
    if home.is_symlink():
        shutil.rmtree(home.resolve(), ignore_errors=True)


@pytest.fixture
def house(tmp_path):
    with house_in(tmp_path / "a house") as house:
        yield house


@pytest.fixture(scope="session")
def first_opening(tmp_path_factory):
    """A house that was empty, and what `up` answered who opened and closed it."""
    with house_in(tmp_path_factory.mktemp("first") / "a house") as house:
        answer = house.run("up", "--check", f"--port={house.port}")
        yield house, answer


@pytest.fixture
def settled(house, first_opening):
    """A house that has been opened before: making one takes longer than all that it is asked."""
    house.move_in(first_opening[0])
    return house
