"""Who calls a server's own commands: a message that does not begin like one costs a comparison.

What a server's commands are called by is kept for a while, and read again when somebody calls one
that is not known; whether it may be answered, the service says.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from community.bridge import call_in
from community.errors import HouseError
from community.intake import count_command_use
from community.services.answering import (
    Answer,
    Broken,
    Wish,
    answer_wish,
    look_up_names,
    refuse_wish,
)
from community.services.uses import Use

log = logging.getLogger(__name__)

Payload = dict[str, Any]

WRITTEN_BY_PEOPLE = (0, 19)  # a message, or a reply
LATE = timedelta(minutes=1)  # then nobody waits for an answer any more
NAMES_LAST = 5.0  # seconds before a name that is not known is looked for again
PREFIX_LASTS = 60.0
MOST_WAITING = 100
LONGEST_SAID = 2_000

# Templates of people may take their time: nobody but other templates waits for them.
_threads = ThreadPoolExecutor(1, thread_name_prefix="commands")


class Names:
    """By what the commands of one server were called when it was last looked at."""

    def __init__(self, prefix: str = "", names: frozenset[str] = frozenset()) -> None:
        self.prefix, self.names = prefix, names
        self.read_at = time.monotonic()

    def called_by(self, content: str) -> str:
        """Return the name that a message calls; empty when it calls none of these."""
        if not content.startswith(self.prefix):
            return ""
        word = content[len(self.prefix) :].split(maxsplit=1)[:1]
        name = word[0].lower() if word else ""
        return name if name in self.names else ""

    def is_older_than(self, seconds: float) -> bool:
        """Tell whether they were read longer ago than this."""
        return time.monotonic() - self.read_at > seconds


NOT_READ = Names()


class Calls:
    """Hears messages, and has those answered that call a command of their server."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, Names] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    def hear(self, event: str, data: Payload) -> None:
        """Take an event as it comes from the gateway; nothing here waits."""
        if event != "MESSAGE_CREATE" or not (guild := data.get("guild_id")):
            return
        known = self._known.get(guild, NOT_READ)
        if data["content"].startswith(known.prefix):
            self._consider(guild, known, data)
        elif known.is_older_than(PREFIX_LASTS):
            self._read(guild)

    async def close(self) -> None:
        """End what is under way; nothing of it is half done."""
        await asyncio.gather(*self._waiting, *self._reading.values(), return_exceptions=True)

    def _consider(self, guild: str, known: Names, data: Payload) -> None:
        if len(self._waiting) >= MOST_WAITING or not _is_by_a_person(data):
            return
        if known.called_by(data["content"]):
            self._begin(self._answer(guild, data))
        elif known is NOT_READ or known.is_older_than(NAMES_LAST):
            self._begin(self._look_and_answer(guild, data))

    def _begin(self, deed: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(deed)
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    def _read(self, guild: str) -> "asyncio.Task[None]":
        """Have a server's names read, once for everybody who asks meanwhile."""
        if guild not in self._reading:
            task = self._reading[guild] = asyncio.create_task(self._read_names(guild))
            task.add_done_callback(lambda _: self._reading.pop(guild))
        return self._reading[guild]

    async def _read_names(self, guild: str) -> None:
        try:
            found = await call_in(_threads, look_up_names, guild_id=int(guild))
            self._known[guild] = Names(found.prefix, found.names)
        except Exception:
            log.exception("The commands of server %s could not be read.", guild)

    async def _look_and_answer(self, guild: str, data: Payload) -> None:
        await self._read(guild)
        if self._known.get(guild, NOT_READ).called_by(data["content"]):
            await self._answer(guild, data)

    async def _answer(self, guild: str, data: Payload) -> None:
        known = self._known[guild]
        if self._now() - datetime.fromisoformat(data["timestamp"]) > LATE:
            return
        name = known.called_by(data["content"])
        wish = _wish_of(data, name, data["content"][len(known.prefix) :].strip()[len(name) :])
        began, result = time.perf_counter(), "ok"
        try:
            await have_answered(wish)
        except HouseError as refusal:
            result = "failed" if isinstance(refusal, Broken) else "refused"
            await self._refuse(wish, str(refusal))
        except Exception:
            result = "failed"
            log.exception("A command of server %s could not be answered.", guild)
        took = round((time.perf_counter() - began) * 1000)
        self._count(wish, f"{known.prefix}{name}", result, took)

    async def _refuse(self, wish: Wish, words: str) -> None:
        try:
            await call_in(_threads, refuse_wish, wish=wish, words=words)
        except Exception:
            log.exception("A refusal in server %s could not be told.", wish.guild_id)

    def _count(self, wish: Wish, command: str, result: str, took_ms: int) -> None:
        use = Use(
            id=wish.id,
            guild_id=wish.guild_id,
            command=command,
            user_id=wish.user_id,
            result=result,
            took_ms=took_ms,
            used_at=self._now(),
        )
        count_command_use(use)


async def have_answered(wish: Wish) -> Answer | None:
    """Have a use of a command answered, where nobody but other uses waits for it."""
    return await call_in(_threads, answer_wish, wish=wish)


def _is_by_a_person(data: Payload) -> bool:
    is_bots = data["author"].get("bot") or "webhook_id" in data
    return not is_bots and data.get("type") in WRITTEN_BY_PEOPLE


def _wish_of(data: Payload, name: str, said: str) -> Wish:
    author, member = data["author"], data.get("member") or {}
    shown = member.get("nick") or author.get("global_name") or author["username"]
    return Wish(
        id=int(data["id"]),
        guild_id=int(data["guild_id"]),
        channel_id=int(data["channel_id"]),
        user_id=int(author["id"]),
        name=name,
        said=said.strip()[:LONGEST_SAID],
        username=author["username"],
        shown=shown,
        role_ids=tuple(map(int, member.get("roles") or ())),
        is_message=True,
    )
