"""What is written down is legible, told once, and holds no secret."""

import json
import logging
import os
import re
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings

from config.logs import JsonLines, TextLines

SECRETS = ["of-django-0123456", 'pä"s\\w/o+rd']


@pytest.fixture
def say():
    """Log one record and return what is written of it."""

    def write(lines, words, *arguments, error=None, **extra):
        record = logging.LogRecord("community", 30, __file__, 1, words, arguments, None)
        vars(record).update(extra)
        record.exc_info = error and (type(error), error, None)
        return lines(SECRETS).format(record)

    return write


@pytest.mark.parametrize("lines", [TextLines, JsonLines])
def test_no_secret_is_written_down_wherever_in_a_record_it_stands(say, lines):
    key, password = SECRETS

    line = say(
        lines,
        f"{key} %s %r %s",
        password,
        {"password": password},
        f"in an address: {quote(password)}, {quote(password, '')}",
        error=ValueError(password),
        body={"key": key, "inner": password},
    )

    assert line.count("***") >= 6
    assert not [part for part in ("of-django", "w/o", "o+rd", "w%2Fo", "o%2Brd") if part in line]


@pytest.mark.parametrize("lines", [TextLines, JsonLines])
@pytest.mark.parametrize(
    "words",
    [
        "GET / Authorization: Bot hush.hush",
        "{'authorization': 'Bearer hush-hush'}",
        "connecting to postgresql://ann:hush@hush@db/guild",
        "host=db password=hush dbname=guild",
        "POST https://discord.com/api/v10/webhooks/123/hush-hush?wait=true",
        "POST https://discord.com/api/v10/interactions/123/hush/callback",
    ],
)
def test_a_secret_we_do_not_know_is_found_by_the_place_it_stands_in(say, lines, words):
    line = say(lines, words, headers={"Authorization": "Bot hush.hush"})

    assert "hush" not in line
    assert "***" in line


def test_a_text_line_says_when_how_grave_who_and_what(say):
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d WARNING community: 3 members met",
        say(TextLines, "%d members met", 3),
    )


def test_a_json_line_says_the_same_to_programs(say):
    told = json.loads(say(JsonLines, "%d members met", 3, guild=7))

    assert told.pop("time")
    assert told == {
        "level": "WARNING", "logger": "community", "message": "3 members met", "guild": 7,
    }  # fmt: skip


def test_nobody_can_forge_a_line_by_their_name(say):
    line = say(TextLines, "met %s", "ann\n2026-11-21 10:00:00 ERROR house: \x1b[31mburns\r")

    assert "\n    2026-11-21 10:00:00 ERROR house: \\x1b[31mburns\\x0d" in line


def test_short_words_are_not_taken_for_secrets():
    record = logging.LogRecord("x", 20, "", 1, "postgres is up", (), None)

    assert TextLines(["up", ""]).format(record).endswith("postgres is up")


NAMES = ("community.x", "django.request", "django-q", "django.server", "gunicorn.error")
SAY = f"""
import django, logging
django.setup()
import django_q.conf
for name in {NAMES}:
    for level in (10, 20, 30, 40):
        logging.getLogger(name).log(level, name)
"""


def told(level):
    """Run a house that logs with every logger at every level, and return what it wrote."""
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": level,
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_every_logger_writes_once_through_one_handler():
    said = told("WARNING")

    assert [(each["logger"], each["message"], each["level"]) for each in said] == [
        (name, name, level) for name in NAMES for level in ("WARNING", "ERROR")
    ]


def test_the_level_holds_for_all_and_the_clocks_library_says_less():
    said = told("INFO")

    assert {each["logger"] for each in said if each["level"] == "INFO"} == {*NAMES} - {"django-q"}


def test_the_level_can_be_higher_than_any_library_wishes():
    assert {each["level"] for each in told("ERROR")} == {"ERROR"}
