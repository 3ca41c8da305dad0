"""Two questions about the house's health: is it alive, and is it ready to serve."""

import functools
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from community.append_only import unguarded_tables
from community.querysets.house import AHEAD
from community.services.bots import look_at_bot
from community.services.heartbeats import age_of_heartbeat
from config.postgres.errors import EngineError

Answer = dict[str, Any]

OLDEST_HEARTBEAT = 30.0
NEWEST_HEARTBEAT = -AHEAD.total_seconds()


@require_safe
def healthz(_: HttpRequest) -> JsonResponse:
    """Say that the process answers; nothing else is asked."""
    return _told({"alive": True}, HTTPStatus.OK)


@require_safe
def readyz(_: HttpRequest) -> JsonResponse:
    """Say of every part of the house whether it is well; 503 unless all are."""
    parts: dict[str, Answer] = {}
    for name, look in PARTS.items():
        # Without the database nobody else has an answer.
        parts[name] = UNKNOWN if _is_down(parts) else _look(look)
    ready = all(part["ok"] for part in parts.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return _told({"ready": ready, "parts": parts}, status)


def _told(answer: Answer, status: HTTPStatus) -> JsonResponse:
    response = JsonResponse(answer, status=status, headers={"Cache-Control": "no-store"})
    # A 503 is an answer here, asked for again and again; Django would log each as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _is_down(parts: dict[str, Answer]) -> bool:
    return "database" in parts and not parts["database"]["ok"]


def _look(look: Callable[[], Answer]) -> Answer:
    try:
        return look()
    except (Error, EngineError):
        return {"ok": False, "words": "The database does not answer."}


def _database() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def _migrations() -> Answer:
    applied = MigrationRecorder.Migration.objects.values_list("app", "name")
    missing = _migrations_on_disk() - set(applied)
    return {"ok": not missing, "unapplied": sorted(f"{app}.{name}" for app, name in missing)}


@functools.cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _history() -> Answer:
    unguarded = unguarded_tables()
    return {"ok": not unguarded, "unguarded": unguarded}


def _clock() -> Answer:
    age = age_of_heartbeat(kind="clock")
    if age is None:
        return {"ok": False, "age_s": None, "words": "The clock has not been heard of."}
    seconds = round(age.total_seconds(), 1)
    if seconds < NEWEST_HEARTBEAT:
        words = "Its last sign of life lies ahead: the machine's clock was set back."
        return {"ok": False, "age_s": seconds, "words": words}
    return {"ok": seconds <= OLDEST_HEARTBEAT, "age_s": seconds}


def _bot() -> Answer:
    if facts := look_at_bot():
        return {"ok": facts.is_on_discord, "words": facts.words}
    if settings.DISCORD_TOKEN or age_of_heartbeat(kind="bot") is not None:
        return {"ok": False, "words": "The bot has not been heard of."}
    return {"ok": True, "words": "There is no bot here."}


# One query each; history asks two, and a bot that nobody has heard of a second time.
PARTS: dict[str, Callable[[], Answer]] = {
    "database": _database,
    "migrations": _migrations,
    "history": _history,
    "clock": _clock,
    "bot": _bot,
}
UNKNOWN: Answer = {"ok": False, "words": "Unknown while the database does not answer."}
