"""Everything that must hold: each app says what, how it is looked at, and what mends it.

An app answers `house_checks()` and `server_checks(anchors=...)`; who verifies asks every app.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import DatabaseError, transaction

from community.errors import HouseError
from community.models import Guild
from community.scope import cross_guild, guild_scope
from community.services.neighbours import apps_that_answer

AN_HOUR, A_DAY = timedelta(minutes=50), timedelta(hours=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseCheck:
    """Something that must hold in the whole house; `look` says in plain sentences what does not."""

    name: str
    holds: str
    fix: str
    look: Callable[[], Iterable[str]]
    every: timedelta = AN_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCheck:
    """Something that must hold in each server; what takes long its own app looks at in parts."""

    name: str
    holds: str
    fix: str
    look: Callable[[int], Iterable[str]]
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A sentence that says what does not hold; of which check, and in which server."""

    check: HouseCheck | ServerCheck
    words: str
    guild_id: int | None = None


def checks_of_house() -> list[HouseCheck]:
    """Return what must hold in the whole house, by the word of every app."""
    return [each for app in apps_that_answer("house_checks") for each in app.house_checks()]


def checks_of_servers(*, anchors: Path) -> list[ServerCheck]:
    """Return what must hold in each server; histories are held against the anchors in a folder."""
    apps: list[Any] = apps_that_answer("server_checks")
    return [each for app in apps for each in app.server_checks(anchors=anchors)]


def find_house_breaches(check: HouseCheck) -> list[Breach]:
    """Return what of one check does not hold in the house."""
    with cross_guild("what must hold in the whole house is verified"):
        return [Breach(check, words) for words in _found(check.look)]


def find_server_breaches(check: ServerCheck, *, guild_id: int) -> list[Breach]:
    """Return what of one check does not hold in a server."""
    with guild_scope(guild_id):
        return [Breach(check, words, guild_id) for words in _found(lambda: check.look(guild_id))]


def find_breaches_in_servers(
    checks: Iterable[ServerCheck], *, guild_ids: Iterable[int]
) -> Iterator[Breach]:
    """Yield what does not hold, server by server."""
    known = list(checks)
    for guild_id in guild_ids:
        for check in known:
            yield from find_server_breaches(check, guild_id=guild_id)


def servers_to_verify() -> list[int]:
    """Return every server the house remembers."""
    with cross_guild("every server's rows are verified"):
        return list(Guild.objects.order_by("pk").values_list("pk", flat=True))


def found_twice(look: Callable[[], list[str]]) -> list[str]:
    """Return what a look finds, and finds again: what changed meanwhile is no breach."""
    found = look()
    again = set(look()) if found else set()
    return [line for line in found if line in again]


def _found(look: Callable[[], Iterable[str]]) -> list[str]:
    """Look twice; a check that breaks off is itself a thing to be told, and stops no other."""

    def once() -> list[str]:
        with transaction.atomic():
            return list(look())

    try:
        return found_twice(once)
    except (DatabaseError, HouseError, OSError) as trouble:
        return [f"It could not be looked at: {str(trouble).splitlines()[0]}"]
