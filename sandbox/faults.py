"""Everything that goes wrong at Discord, on demand: by count, until a moment, or by chance."""

from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from random import Random

from sandbox.wire import Json

BEFORE = ("outage", "guild_outage", "reset", "status", "rate_limit", "refuse")
AFTER = ("lost",)
EVENTS = ("event_lost", "event_late", "event_twice")
GATEWAY = {"invalidate": "@invalidate", "reconnect": "@reconnect", "close": "@close"}
EFFECTS = ("ban_keeps_member", "interaction_twice")
KINDS = (*BEFORE, *AFTER, *EVENTS, *GATEWAY, *EFFECTS, "latency", "permissions")


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    `route` is a pattern such as `PUT /guilds/*/bans/*`, for events a pattern of names. It strikes
    `times` times (0: without end) after letting `skip` pass, until a moment, with a `chance`.
    """

    kind: str
    route: str = "*"
    times: int = 0
    skip: int = 0
    until: float = 0.0
    chance: float = 1.0
    seconds: float = 1.0  # of latency, of lateness, or what a 429 asks to wait
    status: int = 503
    code: int = 0
    scope: str = "user"  # of a rate limit: user, shared or global
    guild_id: str = ""
    permissions: int = 0
    is_resumable: bool = False
    id: int = 0

    @property
    def told(self) -> Json:
        """The fault as JSON."""
        return asdict(self)


@dataclass
class Faults:
    """The faults in force; which of them strike is decided by count and by a seeded chance."""

    chance: Random
    in_force: dict[int, Fault] = field(default_factory=dict)
    last_id: int = 0

    def add(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        if fault.kind not in KINDS:
            raise ValueError(f"There is no fault {fault.kind}; there are: {', '.join(KINDS)}.")
        self.last_id += 1
        fault.id = self.last_id
        self.in_force[fault.id] = fault
        return fault

    def remove(self, fault_id: int) -> Fault | None:
        """Let it go right again."""
        return self.in_force.pop(fault_id, None)

    def expired(self, now: float) -> list[Fault]:
        """List those whose end has come."""
        return [each for each in self.in_force.values() if each.until and each.until <= now]

    def active(self, *kinds: str) -> list[Fault]:
        """List those of some kinds."""
        return [each for each in self.in_force.values() if each.kind in kinds]

    def strike(self, kinds: tuple[str, ...], name: str, guild_id: str = "") -> Fault | None:
        """Return the first fault that strikes now, and count it."""
        for fault in list(self.in_force.values()) if self.in_force else ():
            if fault.kind in kinds and _concerns(fault, name, guild_id) and self._hits(fault):
                return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.skip > 0:
            fault.skip -= 1
            return False
        if fault.chance < 1 and self.chance.random() >= fault.chance:
            return False
        if fault.times:
            fault.times -= 1
            if not fault.times:
                self.remove(fault.id)
        return True


def _concerns(fault: Fault, name: str, guild_id: str) -> bool:
    if fault.guild_id and fault.guild_id != guild_id:
        return False
    return fault.route == "*" or fnmatchcase(name, fault.route)
