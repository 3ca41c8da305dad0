"""The environment in .venv: what is installed, when, and what is said when it cannot be."""

import ast
import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config.venv import Venv

ROOT = Path(__file__).resolve().parent.parent.parent
# Stands for uv and for Python: notes what it is asked to do, and makes .venv when that is wanted.
TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> "{root}/asked"
[ -e "{root}/offline" ] && case "$*" in
    *"pip install"*) echo "not found" >&2; echo "{words}" >&2; exit 1;;
esac
case "$*" in *venv*.venv) mkdir -p "{root}/.venv/bin"; cp "$0" "{root}/.venv/bin/python";; esac
exit 0
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    for name in ("manage.py", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text(name)
    for tool in ("uv", "python3"):
        path = tmp_path / "tools" / tool
        path.parent.mkdir(exist_ok=True)
        path.write_text(TOOL.format(root=tmp_path, words="ERROR: No route to index"))
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "tools" / "python3"))
    return tmp_path


def asked(checkout):
    """Return what the tools were asked since the last time, questions about health left out."""
    notes = checkout / "asked"
    lines = notes.read_text().splitlines() if notes.exists() else []
    notes.unlink(missing_ok=True)
    return [line for line in lines if " -c" not in line and "--version" not in line]


def test_a_first_run_makes_the_environment_with_uv(checkout):
    Venv(checkout).furnish("requirements.lock")

    python = f"{checkout}/.venv/bin/python"
    assert asked(checkout) == [
        f"uv venv -q --allow-existing --python {sys.executable} {checkout}/.venv",
        f"uv pip install --python {python} -q --require-hashes -r requirements.lock",
    ]


def test_without_uv_python_and_pip_do_the_same(checkout):
    (checkout / "tools" / "uv").unlink()

    Venv(checkout).furnish("requirements.lock")

    pip = "python -m pip install --disable-pip-version-check"
    assert asked(checkout) == [
        f"python3 -m venv {checkout}/.venv",
        f"{pip} -q --require-hashes -r requirements.lock",
    ]


def test_what_is_installed_is_not_installed_again(checkout):
    Venv(checkout).furnish("requirements-dev.lock")
    asked(checkout)

    Venv(checkout).furnish("requirements-dev.lock")
    Venv(checkout).furnish("requirements.lock")

    assert asked(checkout) == []


def test_operators_packages_are_not_enough_for_developers(checkout):
    Venv(checkout).furnish("requirements.lock")
    asked(checkout)

    Venv(checkout).furnish("requirements-dev.lock")

    assert [line.split()[-1] for line in asked(checkout)] == ["requirements-dev.lock"]


def test_a_changed_lock_is_installed_by_itself(checkout):
    Venv(checkout).furnish("requirements.lock")
    asked(checkout)
    (checkout / "requirements.lock").write_text("newer")

    Venv(checkout).furnish("requirements.lock")

    assert [line.split()[-1] for line in asked(checkout)] == ["requirements.lock"]


def test_an_install_without_a_network_is_one_line_and_heals(checkout):
    (checkout / "offline").touch()
    with pytest.raises(SystemExit) as refusal:
        Venv(checkout).furnish("requirements.lock")
    (checkout / "offline").unlink()

    assert refusal.value.code.startswith("Could not install the packages: ERROR: No route to index")
    assert "\n" not in refusal.value.code
    assert not Venv(checkout).is_furnished("requirements.lock")
    Venv(checkout).furnish("requirements.lock")
    assert Venv(checkout).is_furnished("requirements.lock")


def test_a_broken_off_change_is_not_taken_for_what_was_there_before(checkout):
    lock = checkout / "requirements.lock"
    Venv(checkout).furnish(lock.name)
    lock.write_text("newer")
    (checkout / "offline").touch()
    with pytest.raises(SystemExit):
        Venv(checkout).furnish(lock.name)

    lock.write_text(lock.name)

    assert not Venv(checkout).is_furnished(lock.name)


def test_who_comes_second_waits_and_finds_the_work_done(checkout, monkeypatch):
    venv, lock, knocked = Venv(checkout), fcntl.flock, threading.Event()
    venv.furnish("requirements.lock")
    asked(checkout)
    done = venv.stamp.read_text()
    venv.stamp.write_text("")
    monkeypatch.setattr(fcntl, "flock", lambda *lock_of: (knocked.set(), lock(*lock_of)))

    with (checkout / "manage.py").open() as door:
        lock(door, fcntl.LOCK_EX)
        second = threading.Thread(target=venv.furnish, args=("requirements.lock",))
        second.start()
        assert knocked.wait(timeout=60)
        venv.stamp.write_text(done)
    second.join()

    assert asked(checkout) == []


def test_a_missing_venv_module_is_one_line(checkout, monkeypatch):
    (checkout / "tools" / "uv").unlink()
    monkeypatch.setattr("config.venv.find_spec", lambda name: None)

    with pytest.raises(SystemExit, match="apt install python3-venv"):
        Venv(checkout).furnish("requirements.lock")


@pytest.mark.parametrize("break_it", ["unlink", "dangle", "spoil"])
def test_a_python_that_does_not_start_is_one_line(checkout, monkeypatch, break_it):
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    venv = Venv(checkout)
    venv.furnish("requirements.lock")
    venv.python.unlink()
    if break_it == "dangle":
        venv.python.symlink_to(checkout / "gone")
    if break_it == "spoil":
        venv.python.write_text("#!/bin/false\n")
        venv.python.chmod(0o755)

    with pytest.raises(SystemExit, match="is broken: delete that folder and run this again"):
        venv.enter(for_developers=False)


def test_the_same_command_goes_on_inside(checkout):
    Venv(checkout).furnish("requirements.lock")
    asked(checkout)
    program = (
        "import sys; from pathlib import Path; from config.venv import Venv;"
        "sys.prefix = sys.base_prefix;"
        "Venv(Path(sys.argv.pop(1))).enter(for_developers=False); print('not reached')"
    )

    done = subprocess.run(
        [Path(sys.prefix) / "bin" / "python", "-c", program, checkout, "up", "--port", "1"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )

    assert done.stdout == b""
    assert (checkout / "asked").read_text().splitlines()[-1] == "python -c up --port 1"


def test_another_environment_with_django_is_left_alone(checkout):
    Venv(checkout).enter(for_developers=True)

    assert asked(checkout) == []


def test_an_older_python_is_told_in_one_line():
    source = (ROOT / "manage.py").read_text()
    program = f"import sys; sys.version_info = (3, 10, 9); __file__ = 'x'; exec({source!r})"

    ast.parse(source, feature_version=(3, 8))
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Guildhall needs Python 3.11 or newer; this is")
    assert done.stderr.count("\n") == 1
