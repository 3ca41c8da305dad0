"""The processes of the house, with real ones."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from config.processes import Child, Household, die_with_parent

ROOT = Path(__file__).resolve().parent.parent.parent


def python(name, program):
    return Child(name, [sys.executable, "-c", program])


def is_running(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def run():
    """Start children that are gone after the test, whatever happens in it."""
    started = []

    def run(child):
        started.append(child)
        child.start()
        return child

    yield run
    Household(started).stop(grace=0)


@pytest.fixture
def lines(capsys):
    """What has been said so far; each time all of it."""
    said = []

    def lines():
        said.append(capsys.readouterr().out)
        return "".join(said)

    return lines


def test_every_line_begins_with_the_name_of_who_says_it(run, lines):
    run(python("web", "print('one'); print('two')"))

    wait_for(lambda: "web     | one\nweb     | two\n" in lines())


def test_a_child_that_ends_is_started_again_later_each_time(run, lines):
    child = run(python("clock", "raise SystemExit(3)"))

    def tended():
        child.tend()
        return "clock   | ended with 3; again in 1.0 s" in lines()

    wait_for(tended)
    assert "clock   | ended with 3; again in 0.5 s" in lines()


def test_what_only_a_hand_can_mend_is_tried_seldom(run, lines):
    child = run(python("bot", "raise SystemExit(78)"))

    def tended():
        child.tend()
        return "bot     | ended with 78; again in 300.0 s" in lines()

    wait_for(tended)


FOLLOWER = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print("up", flush=True)
while True: time.sleep(60)
"""
LEADER = f"""
import signal, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", {FOLLOWER!r}]).pid)
signal.pause()
"""


def test_stopping_asks_the_leader_alone_and_leaves_nobody(run, lines):
    child = run(python("clock", LEADER))
    wait_for(lambda: "up" in lines())
    follower = int(lines().split()[2])

    Household([child]).stop(grace=10)

    assert child.process.returncode == -signal.SIGTERM
    assert "asked" not in lines()
    wait_for(lambda: not is_running(follower))


def test_who_does_not_stop_in_time_is_ended(run, lines):
    deaf = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); signal.pause()"
    )
    child = run(python("web", deaf))
    wait_for(lambda: "up" in lines())

    Household([child]).stop(grace=0.1)

    assert child.process.returncode == -signal.SIGKILL


CHILD = """
import os, time
from config.processes import obey_parent
obey_parent()
print(os.getpid())
time.sleep(60)
"""
PARENT = f"""
import sys, time
from config.processes import Child
Child("web", [sys.executable, "-c", {CHILD!r}]).start()
time.sleep(60)
"""
FORKING_PARENT = """
import os, time
from config.processes import forks_die_with_us
forks_die_with_us()
if (child := os.fork()) == 0:
    os.write(1, f"fork | {os.fork() or os.getpid()}\\n".encode())  # whole, from either of the two
time.sleep(60)
"""


@pytest.mark.parametrize("program", [PARENT, FORKING_PARENT])
def test_children_end_with_a_parent_that_was_killed(program):
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    child = int(parent.stdout.readline().partition("|")[2])
    assert is_running(child)

    parent.kill()
    parent.communicate()

    wait_for(lambda: not is_running(child))


def test_a_parent_that_is_gone_already_is_followed_at_once():
    gone = subprocess.Popen(["true"])
    gone.wait()
    if (child := os.fork()) == 0:
        die_with_parent(gone.pid)
        os._exit(0)

    _, status = os.waitpid(child, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
