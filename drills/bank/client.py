"""What one client does, in a process that may end at any moment; its journal is what is left."""

import json
import os
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from community.errors import HouseError
from community.scope import guild_scope
from drills.bank.schedule import Deed, Schedule, Wish
from economy.models import Transfer
from economy.services.ledger import Moved, Movement, move_coins, undo_transfer

Told = dict[str, Any]


def read_journal(path: Path) -> list[Told]:
    """Return what was written down whole; the last line may be torn."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


class Client:
    """Goes through its script from where its journal ends; what has no answer is asked again."""

    def __init__(self, schedule: Schedule, guild_id: int, journal: Path) -> None:
        self._schedule = schedule
        self._guild_id = guild_id
        self._told = read_journal(journal)
        self._out = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self._told:
            os.ftruncate(self._out, sum(len(_line(told)) for told in self._told))

    def run(self, script: tuple[Deed, ...]) -> None:
        """Do what is left of a script."""
        with guild_scope(self._guild_id):
            for deed in script[len(self._told) :]:
                self._write({"what": deed.what, "wish": deed.wish, **self._do(deed)})
        connection.close()

    def _write(self, told: Told) -> None:
        os.write(self._out, _line(told))
        self._told.append(told)

    def _do(self, deed: Deed) -> Told:
        """Ask, and ask again for as long as the database says that two waited for each other."""
        if not self._can_be_done(deed):
            return {"skipped": True}
        for deadlocks in range(100):
            try:
                return {**self._ask(deed), "deadlocks": deadlocks}
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    return {"broke": repr(error)}
        return {"broke": "nothing but deadlocks"}

    def _ask(self, deed: Deed) -> Told:
        try:
            return _answer(self._deed(deed))
        except HouseError as refusal:
            return {"refused": type(refusal).__name__}
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the story tells of it
            return {"broke": repr(error)}

    def _can_be_done(self, deed: Deed) -> bool:
        """Tell whether it has happened to us what this deed is about."""
        needs = {"otherwise": "ask", "undo": "ask", "undo by another key": "undo"}
        return deed.what not in needs or self._moved(needs[deed.what], deed.wish) is not None

    def _moved(self, what: str, wish: int) -> Told | None:
        same = (told for told in self._told if (told["what"], told["wish"]) == (what, wish))
        return next((told for told in same if "transfer" in told), None)

    def _deed(self, deed: Deed) -> Moved:
        wish = self._schedule.wishes[deed.wish]
        if not deed.what.startswith("undo"):
            more = deed.what == "otherwise"
            return move_coins(movement=self._movement(wish, f"wish:{deed.wish}", more=more))
        by = self._movement(wish, f"{deed.what}:{deed.wish}", kind=Transfer.Kind.REVERSAL)
        asked = self._moved("ask", deed.wish) or {}
        return undo_transfer(guild_id=self._guild_id, transfer_id=asked["transfer"], by=by)

    def _movement(self, wish: Wish, key: str, *, kind: str = "", more: bool = False) -> Movement:
        return Movement(
            guild_id=self._guild_id,
            kind=kind or wish.kind,
            source=wish.source,
            target=wish.target,
            amount=wish.amount + more,
            key=key,
            note="For the soup" if wish.amount % 7 == 0 else "",
        )


def _answer(moved: Moved) -> Told:
    return {
        "transfer": moved.transfer_id,
        "after": [moved.source_after, moved.target_after],
        "new": moved.is_new,
    }


def _line(told: Told) -> bytes:
    return json.dumps(told).encode() + b"\n"
