"""Commands as a Discord client offers them: who may use which, and what may be filled in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox import permissions
from sandbox.refusals import Refusal
from sandbox.wire import Json
from sandbox.world import Guild, World

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

SLASH, ON_USER, ON_MESSAGE = 1, 2, 3
SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = range(1, 11)
IN_DM = 1
KINDS_OF_RESOLVED = {USER: "users", CHANNEL: "channels", ROLE: "roles"}


class NotPossible(Refusal):
    """What a Discord client would not let its human do, in words."""

    def __init__(self, words: str) -> None:
        super().__init__(50035, message=words)


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in a channel, and what may be done there."""

    sandbox: "Sandbox"
    user_id: str
    channel: Json
    guild: Guild | None

    @classmethod
    def of(cls, sandbox: "Sandbox", user_id: str, channel_id: str) -> "Place":
        """Find where somebody is; refuse a channel that they do not see."""
        channel = sandbox.world.channel(channel_id)
        if channel is None:
            raise Refusal(10003)
        guild_id = channel.get("guild_id")
        place = cls(sandbox, user_id, channel, sandbox.world.guilds[guild_id] if guild_id else None)
        if not place.allowed_to(user_id) & permissions.VIEW_CHANNEL:
            raise Refusal(50001)
        return place

    def allowed_to(self, user_id: str, channel: Json | None = None) -> int:
        """Return what somebody may do here, or in another channel of the server."""
        if self.guild is None:
            return permissions.ORDINARY
        now = self.sandbox.now
        return permissions.permissions_of(self.guild, user_id, now, channel or self.channel)

    def person(self, user_id: str) -> Json:
        """Return somebody as an interaction tells of them: with their permissions here."""
        assert self.guild is not None  # noqa: S101  only asked within a server
        member = self.sandbox.world.member_wire(self.guild, user_id)
        return {**member, "permissions": str(self.allowed_to(user_id))}


def offered(place: Place) -> list[Json]:
    """List the commands that somebody may use in a place; a server's own come first."""
    commands = place.sandbox.world.commands
    own = commands.get(place.guild.id, {}) if place.guild else {}
    found = {(each["type"], each["name"]): each for each in commands.get("", {}).values()}
    found |= {(each["type"], each["name"]): each for each in own.values()}
    return [each for each in found.values() if may_use(place, each)]


def may_use(place: Place, command: Json) -> bool:
    """Tell whether somebody may use a command in a place."""
    contexts = command.get("contexts")
    if place.guild is None:
        return IN_DM in contexts if contexts else bool(command.get("dm_permission", True))
    if contexts and 0 not in contexts:
        return False
    allowed = place.allowed_to(place.user_id)
    if not allowed & permissions.USE_APPLICATION_COMMANDS:
        return False
    default = command.get("default_member_permissions")
    if default is None:
        return True
    needed = int(default) or permissions.ADMINISTRATOR
    return allowed & needed == needed


def find(place: Place, name: str, kind: int = SLASH) -> tuple[Json, list[Json]]:
    """Find a command by its full name; return it and the way to its subcommand."""
    first, *rest = name.split(" ") if kind == SLASH else [name]
    for command in offered(place):
        if command["name"] == first and command["type"] == kind:
            return command, _way(command, rest)
    raise NotPossible(f"There is no command {first} that you may use here.")


def _way(command: Json, rest: list[str]) -> list[Json]:
    way, options = [], command.get("options") or []
    for name in rest:
        step = next((o for o in options if o["name"] == name and o["type"] in (SUB, GROUP)), None)
        if step is None:
            raise NotPossible(f"{command['name']} has no subcommand {name}.")
        way.append(step)
        options = step.get("options") or []
    if any(each["type"] in (SUB, GROUP) for each in options):
        names = ", ".join(each["name"] for each in options)
        raise NotPossible(f"{command['name']} needs one of its subcommands: {names}.")
    return way


@dataclass
class Filled:
    """The options that somebody filled in, and all that they point at."""

    place: Place
    resolved: dict[str, dict[str, Json]] = field(default_factory=dict)
    options: list[Json] = field(default_factory=list)

    def fill(self, wanted: Iterable[Json], given: dict[str, Any], *, focused: str = "") -> None:
        """Take over values; while somebody still types (`focused`), they may be incomplete."""
        known = {each["name"]: each for each in wanted}
        if strange := set(given) - set(known):
            raise NotPossible(f"There is no option {', '.join(sorted(strange))}.")
        for name, option in known.items():
            if given.get(name) in (None, "") and name != focused:
                if option.get("required") and not focused:
                    raise NotPossible(f"The option {name} is needed.")
                continue
            self._take(option, given.get(name, ""), focused)

    def _take(self, option: Json, value: Any, focused: str) -> None:
        told: Json = {"name": option["name"], "type": option["type"]}
        if option["name"] == focused:
            self.options.append({**told, "value": str(value), "focused": True})
            return
        told["value"] = _value(option, value)
        if option["type"] in (USER, CHANNEL, ROLE, MENTIONABLE):
            self.point_at(option["type"], told["value"], option.get("channel_types"))
        self.options.append(told)

    def point_at(self, kind: int, thing_id: str, channel_types: list[int] | None = None) -> None:
        """Say what an id stands for."""
        world, guild = self.place.sandbox.world, self.place.guild
        if kind == MENTIONABLE:
            kind = ROLE if guild and thing_id in guild.roles else USER
        found = _found(world, guild, kind, thing_id)
        if found is None:
            raise NotPossible(f"Nobody and nothing here has the id {thing_id}.")
        if kind == CHANNEL:
            if channel_types and found["type"] not in channel_types:
                raise NotPossible(f"{found['name']} is not the kind of channel that is asked for.")
            allowed = self.place.allowed_to(self.place.user_id, found)
            found = {**found, "permissions": str(allowed)}
        self.resolved.setdefault(KINDS_OF_RESOLVED[kind], {})[thing_id] = found
        if kind == USER and guild and thing_id in guild.members:
            person = self.place.person(thing_id)
            del person["user"]
            self.resolved.setdefault("members", {})[thing_id] = person


def _found(world: World, guild: Guild | None, kind: int, thing_id: str) -> Json | None:
    if kind == USER:
        return world.users.get(thing_id)
    if guild is None:
        return None
    return guild.channels.get(thing_id) if kind == CHANNEL else guild.roles.get(thing_id)


def _value(option: Json, value: Any) -> Any:
    """Read a value as its option wants it, and hold it against the option's limits."""
    name, kind = option["name"], option["type"]
    try:
        read = READERS.get(kind, str)(value)
    except ValueError:
        raise NotPossible(f"{value} is not a value for {name}.") from None
    choices = [each["value"] for each in option.get("choices") or []]
    if choices and read not in choices:
        raise NotPossible(f"{name} must be one of: {', '.join(map(str, choices))}.")
    measure = len(read) if isinstance(read, str) else read
    ends = ("min_length", "max_length") if isinstance(read, str) else ("min_value", "max_value")
    low, high = (option.get(end) for end in ends)
    if (low is not None and measure < low) or (high is not None and measure > high):
        raise NotPossible(f"{name} must be between {low} and {high}.")
    return read


def _truth(value: Any) -> bool:
    return value in (True, "true", "True", "1", "on")


READERS: dict[int, Callable[[Any], Any]] = {INTEGER: int, NUMBER: float, BOOLEAN: _truth}


def nested(way: list[Json], options: list[Json]) -> list[Json]:
    """Put options within their subcommand, as they travel."""
    for step in reversed(way):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return options
