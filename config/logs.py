"""What the house writes down as it goes: one line a record, as text or JSON, and never a secret."""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from pythonjsonlogger.json import JsonFormatter

MASKED = "***"
# A shorter secret would blacken ordinary words; the patterns still find it where it is used.
SHORTEST_SECRET = 8
# What comes before a secret that we do not know: in an address, a connection string, Discord's
# addresses, a header.
PLACES = re.compile(
    r"""(://[^\s/:@]*:)[^\s/]+(?=@)"""
    r"""|(\bpassword=|/(?:webhooks|interactions)/\d+/"""
    r"""|(?i:authorization)\\?["']?\s*[:=,]\s*\\?["']?(?:(?i:basic|bearer|bot|token)\s+)?)"""
    r"""[^\s"',}?&/\\]+"""
)
CONTROL_CHARACTERS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) != "\n"
}
# Loggers that would otherwise write by themselves, unmasked or twice.
GUESTS = {
    "django": "NOTSET",
    "django.server": "NOTSET",
    "gunicorn.error": "NOTSET",
    "django-q": "WARNING",  # it has three lines to say of every beat of the clock
    "discord": "WARNING",  # what it would say below that is other people's messages, whole
}


class Mask:
    """Takes secrets out of a line when it is finished, wherever in it they came from."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for each in secrets if len(each) >= SHORTEST_SECRET for form in _forms(each)}
        longest_first = sorted(map(re.escape, known), key=len, reverse=True)
        self.secrets = re.compile("|".join(longest_first) or "(?!)")

    def over(self, line: str) -> str:
        """Return the line without secrets."""
        line = self.secrets.sub(MASKED, line)
        return PLACES.sub(lambda place: f"{place[1] or place[2]}{MASKED}", line)


class TextLines(logging.Formatter):
    """For people: time, level, logger, words; more lines are indented, so that none is forged."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self.mask = Mask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        line = self.mask.over(super().format(record))
        return line.translate(CONTROL_CHARACTERS).replace("\n", "\n    ")


class JsonLines(JsonFormatter):
    """For programs: one object a line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )
        self.mask = Mask(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        return self.mask.over(super().format(record))


def logging_of(*, style: str, level: str, secrets: Iterable[str]) -> dict[str, Any]:
    """Return the LOGGING setting: everything goes to one handler, and so through one mask."""
    lines = {"text": TextLines, "json": JsonLines}[style]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": lines, "secrets": list(secrets)}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "level": level}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": least, "propagate": True} for name, least in GUESTS.items()},
    }


def _forms(secret: str) -> set[str]:
    """Return a secret as it looks in plain text, in JSON, in Python's repr and in an address."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_json_of_repr = json.dumps(repr(secret)[1:-1])[1:-1]
    return {secret, *in_json, repr(secret)[1:-1], in_json_of_repr, quote(secret), quote(secret, "")}
