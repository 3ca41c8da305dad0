"""`manage.py test`: what it runs, in which order, and how it ends."""

import signal
import sys

import pytest

from config.management.commands.test import Command

PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >> "{notes}"
[ "$(basename "$0")" != "{broken}" ]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run(*arguments, broken=""):
        for name in ("ruff", "mypy", "lint-imports", "djade", "python"):
            (tmp_path / name).write_text(PROGRAM.format(notes=tmp_path / "notes", broken=broken))
            (tmp_path / name).chmod(0o755)
        with pytest.raises(SystemExit) as end:
            Command().run_from_argv(["manage.py", "test", *arguments])
        return end.value.code, (tmp_path / "notes").read_text().splitlines()

    return run


def test_without_arguments_everything_is_looked_at_and_pytest_comes_last(run):
    code, ran = run()

    assert code == 0
    assert [line for line in ran if not line.startswith("djade")] == [
        "ruff check .",
        "ruff format --check .",
        "mypy .",
        "lint-imports ",
        "python -m pytest -n 4 --dist worksteal",
    ]


@pytest.mark.parametrize("broken", ["ruff", "mypy", "lint-imports", "python"])
def test_one_failure_fails_the_whole_and_stops_nothing(run, broken):
    code, ran = run(broken=broken)

    assert code == 1
    assert ran[-1] == "python -m pytest -n 4 --dist worksteal"


def test_the_last_words_name_what_failed(run, capfd):
    run(broken="djade")

    assert "Failed: djade --check --target-version" in capfd.readouterr().err.splitlines()[-1]


def test_arguments_go_to_pytest_alone(run):
    assert run("-k", "two words", "--pdb") == (0, ["python -m pytest -k two words --pdb"])
    assert run("-x", broken="python")[0] == 1
