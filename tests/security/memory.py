"""Asks the database each question once: what was read is read anew only after a write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import islice
from typing import Any
from unittest.mock import patch

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.backends.utils import CursorWrapper

from community.desk import current_guild
from community.desk.backend import StaffBackend
from community.services import grants

# One question alone, which calls nothing that does something.
READS = re.compile(
    r"\s*SELECT\b(?!.*(?:;|pg_notify|nextval|set_config|advisory|guildhall_))", re.DOTALL
)
PLACES = re.compile(r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK TO)\b")
PLAIN = (int, str, float, bytes, date, time, timedelta, type(None))


class Memory:
    """The answers so far: those of the world as it was, or those since something was written."""

    def __init__(self) -> None:
        self.world: dict[str, Any] = {}
        self.answers = self.world
        self.known: dict[Any, Any] = {}

    @property
    def has_changed(self) -> bool:
        return self.answers is not self.world

    def begin_anew(self) -> None:
        """Forget them: something was written."""
        self.answers = {}

    def recall(self, what: str, key: Any, ask: Callable[[], Any]) -> Any:
        """Return what is known of the world as it was; of one that was changed, ask anew."""
        if self.has_changed:
            return ask()
        if (what, key) not in self.known:
            self.known[what, key] = ask()
        return self.known[what, key]

    def undo(self) -> None:
        """Remember the world as it was: what was written is undone."""
        self.answers = self.world


@dataclass
class Told:
    """What a cursor is that was asked already."""

    description: Any
    all_rows: list[Any]
    close: Callable[[], None]
    rows: Iterator[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.rowcount = iter(self.all_rows), len(self.all_rows)

    def __iter__(self) -> Iterator[Any]:
        return self.rows

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return list(islice(self.rows, size))

    def fetchall(self) -> list[Any]:
        return list(self.rows)


class Remembering(CursorWrapper):
    """A cursor that knows what was asked before; every wrapper still hears each statement."""

    def __init__(self, cursor: Any, db: Any, memory: Memory) -> None:
        super().__init__(cursor, db)
        self.memory, self.real = memory, cursor

    def _execute(self, sql: Any, params: Any, *context: Any) -> Any:
        self.cursor = self.real
        text = sql if isinstance(sql, str) else ""
        is_question = READS.match(text)
        if not (is_question or PLACES.match(text)):
            self.memory.begin_anew()
        if not (is_question and is_plain(params)):
            return self._ask(sql, params, *context)
        key, answers = f"{text} {params!r}", self.memory.answers
        if key not in answers:
            self._ask(sql, params, *context)
            answers[key] = self.real.description, self.real.fetchall()
        self.cursor = Told(*answers[key], close=self.real.close)
        return None

    def _ask(self, *statement: Any) -> Any:
        try:
            return super()._execute(*statement)
        except Exception:
            # The transaction is broken now, and has to be undone.
            self.memory.begin_anew()
            raise


def is_plain(params: Any) -> bool:
    """Tell whether values say all that they are when they are spelled out."""
    if isinstance(params, (list, tuple)):
        return all(map(is_plain, params))
    return isinstance(params, PLAIN)


@contextmanager
def remembered(memory: Memory) -> Iterator[None]:
    """Let every cursor of the connection share a memory; a cursor in the server has none."""

    def make(cursor: Any) -> Remembering:
        return Remembering(cursor, connection, memory)

    def guilds_of(person: Any) -> Any:
        granted = memory.recall("granted", person.pk, lambda: grants.guilds_of(person))
        return {copy(guild): rights for guild, rights in granted.items()}

    def get_user(backend: StaffBackend, key: Any) -> Any:
        return copy(memory.recall("user", key, lambda: find_user(backend, key)))

    def load(session: SessionStore) -> Any:
        return deepcopy(memory.recall("session", session.session_key, lambda: open_it(session)))

    find_user, open_it = StaffBackend.get_user, SessionStore.load
    in_memory = {"DISABLE_SERVER_SIDE_CURSORS": True}
    with (
        patch.object(connection, "make_cursor", make),
        # What each request begins with.
        patch.object(current_guild, "guilds_of", guilds_of),
        patch.object(StaffBackend, "get_user", get_user),
        patch.object(SessionStore, "load", load),
        patch.dict(connection.settings_dict, in_memory),
    ):
        yield
