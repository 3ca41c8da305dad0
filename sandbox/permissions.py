"""Who may do what: permission bits, channel overwrites, the order of roles, silence in timeouts."""

from collections.abc import Iterable

from sandbox.wire import Json, seconds_of
from sandbox.world import Guild

CREATE_INSTANT_INVITE = 1 << 0
KICK_MEMBERS = 1 << 1
BAN_MEMBERS = 1 << 2
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_AUDIT_LOG = 1 << 7
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
CONNECT = 1 << 20
SPEAK = 1 << 21
MUTE_MEMBERS = 1 << 22
DEAFEN_MEMBERS = 1 << 23
MOVE_MEMBERS = 1 << 24
CHANGE_NICKNAME = 1 << 26
MANAGE_NICKNAMES = 1 << 27
MANAGE_ROLES = 1 << 28
MANAGE_WEBHOOKS = 1 << 29
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
MODERATE_MEMBERS = 1 << 40
PIN_MESSAGES = 1 << 51
EVERYTHING = (1 << 53) - 1

NAMES = {
    name: value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, int)
}
ORDINARY = (
    CREATE_INSTANT_INVITE | ADD_REACTIONS | VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS
    | ATTACH_FILES | READ_MESSAGE_HISTORY | CONNECT | SPEAK | CHANGE_NICKNAME
    | USE_APPLICATION_COMMANDS | CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS
)  # fmt: skip
MODERATOR = (
    KICK_MEMBERS | BAN_MEMBERS | MODERATE_MEMBERS | MANAGE_MESSAGES | MANAGE_NICKNAMES
    | VIEW_AUDIT_LOG | MUTE_MEMBERS | DEAFEN_MEMBERS | MOVE_MEMBERS | MANAGE_THREADS
)  # fmt: skip
BOT = (
    ORDINARY | MODERATOR | MANAGE_ROLES | MANAGE_CHANNELS | MANAGE_GUILD | MANAGE_WEBHOOKS
    | MENTION_EVERYONE | CREATE_PRIVATE_THREADS | PIN_MESSAGES
)  # fmt: skip
SILENCED = VIEW_CHANNEL | READ_MESSAGE_HISTORY


def permissions_of(guild: Guild, user_id: str, now: float, channel: Json | None = None) -> int:
    """Return what somebody may do in a server, or in one of its channels; 0 for a stranger."""
    member = guild.members.get(user_id)
    if member is None:
        return 0
    everywhere = _by_roles(guild, user_id, member["roles"])
    if everywhere & ADMINISTRATOR:
        return EVERYTHING
    allowed = everywhere if channel is None else _in_channel(guild, user_id, channel, everywhere)
    return allowed & SILENCED if is_timed_out(member, now) else allowed


def is_timed_out(member: Json, now: float) -> bool:
    """Tell whether a timeout runs; its date stays behind when it has ended."""
    until = member["communication_disabled_until"]
    return until is not None and seconds_of(until) > now


def _by_roles(guild: Guild, user_id: str, roles: Iterable[str]) -> int:
    if user_id == guild.facts["owner_id"]:
        return EVERYTHING
    allowed = int(guild.roles[guild.id]["permissions"])
    for role_id in roles:
        allowed |= int(guild.roles[role_id]["permissions"])
    return EVERYTHING if allowed & ADMINISTRATOR else allowed


def _in_channel(guild: Guild, user_id: str, channel: Json, allowed: int) -> int:
    if channel["type"] in (10, 11, 12):
        channel = guild.channels[channel["parent_id"]]
    overwrites = {each["id"]: each for each in channel["permission_overwrites"]}
    if overwrites:
        mine = [overwrites[i] for i in guild.members[user_id]["roles"] if i in overwrites]
        for group in (overwrites.get(guild.id),), mine, (overwrites.get(user_id),):
            allowed = _overwritten(allowed, [each for each in group if each])
    return allowed if allowed & VIEW_CHANNEL else 0


def _overwritten(allowed: int, overwrites: list[Json]) -> int:
    for each in overwrites:
        allowed &= ~int(each["deny"])
    for each in overwrites:
        allowed |= int(each["allow"])
    return allowed


def rank(guild: Guild, user_id: str) -> tuple[int, int]:
    """Return where somebody stands: the place of the highest role; of equal places the older id."""
    roles = guild.members[user_id]["roles"] if user_id in guild.members else ()
    return max((role_rank(guild.roles[role_id]) for role_id in roles), default=(0, 0))


def role_rank(role: Json) -> tuple[int, int]:
    """Return where a role stands."""
    return role["position"], -int(role["id"])


def outranks(guild: Guild, actor_id: str, target_id: str) -> bool:
    """Tell whether one may act upon another; nobody acts upon the owner."""
    owner = guild.facts["owner_id"]
    if target_id == owner:
        return False
    if actor_id == owner or target_id not in guild.members:
        return True
    return rank(guild, actor_id) > rank(guild, target_id)


def rules_role(guild: Guild, actor_id: str, role: Json) -> bool:
    """Tell whether somebody stands above a role."""
    return actor_id == guild.facts["owner_id"] or rank(guild, actor_id) > role_rank(role)
