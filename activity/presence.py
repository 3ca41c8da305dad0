"""Who is online: changes of status become seconds, which are written down every few minutes.

Only in servers that ask for it; Discord tells 33 times as much of this as of messages.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from activity.models import PresenceDay
from activity.services.presence import Spent, add_presence, servers_that_ask
from community.bridge import call
from community.scope import cross_guild

Payload = dict[str, Any]
Clients = tuple[tuple[str, str], ...]  # what they use, and as what they show there

DAY = 86_400
UNSEEN = 600  # after so many seconds without having been looked at, nobody knows
SLICE = 5_000  # people between two breaths of the bot
STATUSES = ("online", "idle", "dnd")


class Seen(NamedTuple):
    """As what somebody is seen, and up to which second that is counted."""

    until: int
    clients: Clients


class Presence:
    """Counts seconds of everybody who is seen online, in memory until they are written down."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._seen: dict[int, dict[int, Seen]] = {}
        self._spent: Counter[Spent] = Counter()

    def hear(self, event: str, data: Payload) -> None:
        """Take an event as it comes from the gateway; nothing here waits."""
        if (hear := HEARD.get(event)) is None:
            return
        people = self._seen.get(int(data.get("guild_id") or data.get("id") or 0))
        if people is not None:
            hear(self, people, data)

    async def look(self) -> None:
        """See which servers ask for it; of all others nothing is counted."""
        with cross_guild("which servers ask for presence"):
            wanted = await call(servers_that_ask)
        self._seen = {guild_id: self._seen.get(guild_id, {}) for guild_id in wanted}

    async def write(self) -> None:
        """Write down what was spent until now; what cannot be written waits for the next time."""
        for guild_id, people in [*self._seen.items()]:
            for some in _slices([*people]):
                for user_id in some:
                    self._count(guild_id, people, user_id)
                await asyncio.sleep(0)
        spent, self._spent = self._spent, Counter()
        try:
            for rows in _slices([*spent.items()]):
                with cross_guild("presence of some minutes", among={key[0] for key, _ in rows}):
                    await call(add_presence, spent=dict(rows))
                for key, _ in rows:
                    del spent[key]
        finally:
            self._spent.update(spent)

    def _status(self, people: dict[int, Seen], data: Payload) -> None:
        guild_id, user_id = int(data["guild_id"]), int(data["user"]["id"])
        self._count(guild_id, people, user_id)
        if clients := _clients_in(data):
            people[user_id] = Seen(self._second(), clients)
        else:
            people.pop(user_id, None)

    def _all(self, people: dict[int, Seen], data: Payload) -> None:
        """Take in who is online as a server is told of whole."""
        for user_id in [*people]:
            self._count(int(data["id"]), people, user_id)
        told = {int(each["user"]["id"]): _clients_in(each) for each in data.get("presences") or ()}
        second = self._second()
        people.clear()
        people.update({key: Seen(second, clients) for key, clients in told.items() if clients})

    def _gone(self, people: dict[int, Seen], data: Payload) -> None:
        user_id = int(data["user"]["id"])
        self._count(int(data["guild_id"]), people, user_id)
        people.pop(user_id, None)

    def _silent(self, people: dict[int, Seen], _: Payload) -> None:
        people.clear()

    def _count(self, guild_id: int, people: dict[int, Seen], user_id: int) -> None:
        """Count the seconds since somebody was last looked at, to each day its own."""
        if (seen := people.get(user_id)) is None:
            return
        start, end = seen.until, max(self._second(), seen.until)
        people[user_id] = seen._replace(until=end)
        while start < end <= seen.until + UNSEEN:
            until = min((start // DAY + 1) * DAY, end)
            for client, status in seen.clients:
                self._spent[guild_id, user_id, start // DAY, client, status] += until - start
            start = until

    def _second(self) -> int:
        return int(self._now().timestamp())


def _clients_in(data: Payload) -> Clients:
    told = data.get("client_status") or {}
    known = ((client, told.get(client)) for client in PresenceDay.Client.values)
    return tuple((client, status) for client, status in known if status in STATUSES)


def _slices(each: list[Any]) -> Iterator[list[Any]]:
    rest = iter(each)
    while some := [*islice(rest, SLICE)]:
        yield some


HEARD: dict[str, Callable[[Presence, dict[int, Seen], Payload], None]] = {
    "PRESENCE_UPDATE": Presence._status,  # noqa: SLF001 - its own table
    "GUILD_CREATE": Presence._all,  # noqa: SLF001
    "GUILD_DELETE": Presence._silent,  # noqa: SLF001
    "GUILD_MEMBER_REMOVE": Presence._gone,  # noqa: SLF001
}
