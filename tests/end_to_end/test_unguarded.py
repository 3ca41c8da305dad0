"""No process of the house starts on a history that could be rewritten."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from community.append_only import append_only_tables, guard_history
from config.processes import HOPELESS

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]

STARTS = {
    "clock": ["manage.py", "qcluster"],
    "bot": ["manage.py", "runbot"],
    "web": ["-m", "gunicorn", "--config", "python:config.gunicorn", "--bind", "127.0.0.1:0"],
}


@pytest.fixture
def table():
    table = next(append_only_tables())
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER guildhall_append_only")
    yield table
    guard_history()


@pytest.mark.parametrize("process", STARTS)
def test_on_a_history_that_is_not_guarded_nobody_starts(process, table):
    here = {
        "DJANGO_SETTINGS_MODULE": "tests.end_to_end.bot_settings",
        "BOT_DATABASE": connection.settings_dict["NAME"],
    }
    ended = subprocess.run(
        [sys.executable, *STARTS[process]],
        cwd=settings.BASE_DIR,
        env={**os.environ, **here},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == HOPELESS, ended.stderr
    assert ended.stderr.count("\n") == 1
    assert f"The history in {table} is not guarded" in ended.stderr
    assert "python3 manage.py migrate" in ended.stderr
