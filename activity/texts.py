"""What was written lately, in memory alone: so that a log can tell what was changed or deleted.

Only of servers that named a log for it, and only as long as the bot lives.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

Payload = dict[str, Any]
Note = dict[str, Any]

MOST, MOST_OF_SERVER, LONGEST = 20_000, 1_000, 1_000  # texts in memory; characters of each
GATHER = 0.5  # seconds in which what happens is told together
MOST_NOTES = 1_000  # of one server, while the database is away

# Has things told in a server's log.
Tell = Callable[[int, list[Note]], Awaitable[None]]


class Text(NamedTuple):
    """What somebody wrote, and when they last changed it."""

    user_id: int
    text: str
    edited: str = ""


class Texts:
    """Remembers the latest messages of a server, and notes what became of them."""

    def __init__(self, *, now: Callable[[], datetime], tell: Tell) -> None:
        self._now, self._tell = now, tell
        self._texts: dict[int, dict[int, Text]] = {}
        self._gone: deque[int] = deque(maxlen=MOST)  # deleted already, told again
        self._notes: dict[int, list[Note]] = {}
        self._writing: asyncio.Task[None] | None = None

    def hear(self, event: str, data: Payload) -> None:
        """Take an event as it comes from the gateway; nothing here waits."""
        if (hear := HEARD.get(event)) is None or not data.get("guild_id"):
            return
        if (texts := self._texts.get(int(data["guild_id"]))) is not None:
            hear(self, texts, data)

    def watch(self, wanted: Iterable[int]) -> None:
        """Listen to the servers that want to know; of all others nothing is remembered."""
        self._texts = {guild_id: self._texts.get(guild_id, {}) for guild_id in wanted}

    async def settled(self) -> None:
        """Wait until everything that happened is to be told."""
        while self._writing:
            await asyncio.wait([self._writing])

    async def close(self) -> None:
        """Hand over what happened last; what people wrote is forgotten."""
        self._texts = {}
        await self.settled()

    def _keep(self, texts: dict[int, Text], key: int, text: Text) -> None:
        texts[key] = text
        room = min(MOST_OF_SERVER, MOST // len(self._texts))
        while len(texts) > max(1, room):
            del texts[next(iter(texts))]

    def _written(self, texts: dict[int, Text], data: Payload) -> None:
        text = Text(int(data["author"]["id"]), (data.get("content") or "")[:LONGEST])
        self._keep(texts, int(data["id"]), MACHINES if _is_machines(data) else text)

    def _changed(self, texts: dict[int, Text], data: Payload) -> None:
        """Note a change by a person; a preview that Discord adds to a message is none."""
        key, edited = int(data["id"]), data.get("edited_timestamp")
        before = texts.get(key)
        is_known = before is not None and before.edited == edited
        if not edited or is_known or "author" not in data or _is_machines(data):
            return
        after = Text(int(data["author"]["id"]), (data.get("content") or "")[:LONGEST], edited)
        self._keep(texts, key, after)
        told = {"user": str(after.user_id), "before": before and before.text, "after": after.text}
        self._note(data, "edit", **told, guild=str(data["guild_id"]), message=str(key))

    def _deleted(self, texts: dict[int, Text], data: Payload) -> None:
        key = int(data["id"])
        if key not in self._gone:
            self._gone.append(key)
            if (before := texts.pop(key, None)) != MACHINES:
                told = {"user": str(before.user_id), "before": before.text} if before else {}
                self._note(data, "delete", **told)

    def _purged(self, texts: dict[int, Text], data: Payload) -> None:
        known = set(self._gone)
        keys = [int(each) for each in data["ids"] if int(each) not in known]
        self._gone.extend(keys)
        for key in keys:
            texts.pop(key, None)
        if keys:
            self._note(data, "purge", count=len(keys))

    def _note(self, data: Payload, what: str, **told: Any) -> None:
        notes = self._notes.setdefault(int(data["guild_id"]), [])
        if len(notes) < MOST_NOTES:
            place = {"what": what, "at": self._now().isoformat(), "channel": data["channel_id"]}
            notes.append({**place, **told})
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._notes:
                await asyncio.sleep(GATHER)
                guild_id, notes = next(iter(self._notes.items()))
                del self._notes[guild_id]
                await self._tell(guild_id, notes)
        finally:
            self._writing = None


# What bots and webhooks say is not logged; that it was theirs is remembered.
MACHINES = Text(0, "")


def _is_machines(data: Payload) -> bool:
    return bool(data.get("author", {}).get("bot") or "webhook_id" in data)


HEARD: dict[str, Callable[[Texts, dict[int, Text], Payload], None]] = {
    "MESSAGE_CREATE": Texts._written,  # noqa: SLF001 - its own table
    "MESSAGE_UPDATE": Texts._changed,  # noqa: SLF001
    "MESSAGE_DELETE": Texts._deleted,  # noqa: SLF001
    "MESSAGE_DELETE_BULK": Texts._purged,  # noqa: SLF001
}
