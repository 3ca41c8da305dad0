"""The heart: one call in, one reply out; effects, events, faults and the journal in between."""

import heapq
from collections.abc import Callable
from email.utils import formatdate
from random import Random
from typing import Any

from sandbox import routes  # noqa: F401  the routes register themselves
from sandbox.ask import Ask
from sandbox.faults import AFTER, BEFORE, EVENTS, GATEWAY, Fault, Faults
from sandbox.interactions import Interactions
from sandbox.journal import Entry, Journal
from sandbox.limits import Limits, cut_off, limited
from sandbox.payloads import guild_wire
from sandbox.people import People
from sandbox.refusals import Refusal, invalid
from sandbox.routing import find, major_of
from sandbox.wire import Call, Event, Json, Reply
from sandbox.world import World

Listener = Callable[[Event], None]
REASON_LENGTH = 512


class Sandbox:
    """A pretend Discord around a world; deterministic in its clock and its seed."""

    def __init__(
        self, world: World, *, clock: Callable[[], float], seed: int = 1, token: str = "sandbox"
    ) -> None:
        self.world, self.clock, self.token = world, clock, token
        self.chance = Random(seed)
        self.faults = Faults(Random(seed + 1))
        self.limits = Limits()
        self.journal = Journal()
        self.people = People(self)
        self.interactions = Interactions(self)
        self.listeners: list[Listener] = []
        self.put_replaces_ban = False  # whether a second PUT of a ban changes its reason
        self.changes = 0  # grows with every event; whoever saves the world looks at it
        self.nonces: dict[tuple[str, str], tuple[float, str]] = {}
        self.effects: list[str] = []
        self._late: list[tuple[float, int, Event]] = []
        self._date: tuple[int, str] = (-1, "")

    @property
    def now(self) -> float:
        """The time at this Discord."""
        return self.clock()

    @property
    def date(self) -> str:
        """The same as every answer tells it."""
        if self._date[0] != (second := int(self.now)):
            self._date = second, formatdate(second, usegmt=True)
        return self._date[1]

    @property
    def is_down(self) -> bool:
        """Whether Discord as a whole is out of order."""
        return bool(self.faults.in_force and self.faults.active("outage"))

    def note(self, effect: str) -> None:
        """Say in words what has just happened."""
        self.effects.append(effect)

    def emit(self, name: str, data: Json, guild_id: str | None = None) -> None:
        """Tell every listener, unless a fault has it otherwise."""
        self.changes += 1
        event = Event(name, data, guild_id, self.now)
        if guild_id and name != "GUILD_DELETE" and not self._tells_of(guild_id):
            return
        fault = self.faults.strike(EVENTS, name, guild_id or "") if name[0] != "@" else None
        if fault is None:
            self._deliver(event)
        elif fault.kind == "event_late":
            heapq.heappush(self._late, (self.now + fault.seconds, self.changes, event))
        elif fault.kind == "event_twice":
            self._deliver(event)
            self._deliver(event)

    def _tells_of(self, guild_id: str) -> bool:
        guild = self.world.guilds.get(guild_id)
        return guild is None or (guild.is_available and self.world.bot_id in guild.members)

    def _deliver(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)

    def tick(self) -> None:
        """Let the time do its part: late events arrive, faults end."""
        while self._late and self._late[0][0] <= self.now:
            self._deliver(heapq.heappop(self._late)[2])
        if self.faults.in_force:
            for fault in self.faults.expired(self.now):
                self.end_fault(fault.id)

    def add_fault(self, fault: Fault, *, lasting: float = 0.0) -> Fault:
        """Let something go wrong, for some seconds if told so."""
        if lasting:
            fault.until = self.now + lasting
        if fault.kind in GATEWAY:
            told = {"code": fault.code, "is_resumable": fault.is_resumable}
            self.emit(GATEWAY[fault.kind], told)
            return fault
        if fault.kind in {"guild_outage", "permissions"}:
            self.people.guild(fault.guild_id)  # which must be there
        self.faults.add(fault)
        self._begin(fault)
        return fault

    def _begin(self, fault: Fault) -> None:
        if fault.kind == "outage":
            self.emit("@outage", {})
        elif fault.kind == "guild_outage":
            self._guild_goes_away(fault.guild_id)
        elif fault.kind == "permissions":
            self.people.take_permissions(fault.guild_id, fault.permissions)

    def _guild_goes_away(self, guild_id: str) -> None:
        self.emit("GUILD_DELETE", {"id": guild_id, "unavailable": True}, guild_id)
        self.world.guilds[guild_id].is_available = False

    def end_fault(self, fault_id: int) -> Fault | None:
        """Let it go right again."""
        fault = self.faults.remove(fault_id)
        if fault and fault.kind == "guild_outage":
            guild = self.world.guilds[fault.guild_id]
            guild.is_available = True
            self.emit("GUILD_CREATE", guild_wire(self.world, guild), guild.id)
        elif fault and fault.kind == "permissions":
            self.people.give_permissions(fault.guild_id, fault.permissions)
        return fault

    def request(self, call: Call) -> Reply:
        """Answer one call."""
        self.tick()
        now, self.effects = self.now, []
        found = find(call.method, call.path)
        fault: Fault | None = None
        if self.limits.invalid and self.limits.is_cut_off(now):
            reply = cut_off()
        elif found is None:
            reply = Reply(404, {"message": "404: Not Found", "code": 0})
        else:
            reply, fault = self._answer_with_faults(Ask(self, *found, call, now))
        if not reply.is_reset and not isinstance(reply.body, str):
            reply.headers["Via"] = "1.1 google"
            self.limits.note(reply, now)
        reply.headers["Date"] = self.date
        self._journal(call, found[0].template if found else "", reply, fault)
        return reply

    def _answer_with_faults(self, ask: Ask) -> tuple[Reply, Fault | None]:
        if not self.faults.in_force:
            return self._answer(ask), None
        name, guild_id = f"{ask.call.method} {ask.call.path}", self._guild_of(ask)
        slow = self.faults.strike(("latency",), name, guild_id)
        fault = self.faults.strike(BEFORE, name, guild_id)
        reply = spoilt(fault) if fault else self._answer(ask)
        if slow:
            reply.delay = slow.seconds
        lost = None if fault else self.faults.strike(AFTER, name, guild_id)
        reply.is_lost = lost is not None
        return reply, fault or lost or slow

    def _guild_of(self, ask: Ask) -> str:
        channel_id = ask.values.get("channel_id", "")
        return ask.values.get("guild_id") or self.world.guild_of_channel.get(channel_id, "")

    def _answer(self, ask: Ask) -> Reply:
        if not ask.route.is_open and ask.call.token != self.token:
            return Reply(401, {"message": "401: Unauthorized", "code": 0})
        refused, headers = self.limits.take(ask.route, major_of(ask.values), ask.now)
        if refused:
            refused.headers.update(headers)
            return refused
        try:
            _check(ask)
            body = ask.route.answer(ask)
        except Refusal as refusal:
            return Reply(refusal.status, refusal.body, headers)
        return Reply(204 if body is None else ask.route.status, body, headers)

    def _journal(self, call: Call, template: str, reply: Reply, fault: Fault | None) -> None:
        code = reply.body.get("code", 0) if isinstance(reply.body, dict) else 0
        self.journal.write(
            Entry(
                at=self.now,
                method=call.method,
                path=call.path,
                template=template,
                body=call.body,
                reason=call.reason,
                status=0 if reply.is_reset else reply.status,
                code=code if reply.status >= 400 else 0,
                effects=tuple(self.effects),
                fault=fault.kind if fault else "",
                is_lost=reply.is_lost,
            )
        )

    def by_hand(self, deed: str, told: Any, effects: list[str]) -> None:
        """Write down what a human did."""
        entry = Entry(self.now, "PERSON", deed, "", told, "", 200, 0, tuple(effects))
        self.journal.write(entry)


def spoilt(fault: Fault) -> Reply:
    """Return what a fault makes of a call that never came to anything."""
    if fault.kind == "reset":
        return Reply(0, is_reset=True)
    if fault.kind == "rate_limit":
        return limited(fault.seconds, scope=fault.scope)
    if fault.kind == "refuse":
        refusal = Refusal(fault.code, status=fault.status if fault.status < 500 else 0)
        return Reply(refusal.status, refusal.body)
    status = 503 if fault.kind in {"outage", "guild_outage"} else fault.status
    return Reply(status, {"message": f"{status}: Service Unavailable", "code": fault.code})


def _check(ask: Ask) -> None:
    for name, value in ask.values.items():
        if name.endswith("_id") and not (value.isascii() and value.isdigit()):
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    if len(ask.call.reason) > REASON_LENGTH:
        words = f"Must be {REASON_LENGTH} or fewer in length."
        raise invalid("reason", "BASE_TYPE_MAX_LENGTH", words)
