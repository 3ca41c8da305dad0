"""The world that a seed tells: three servers with 500 members, the same for everybody."""

from dataclasses import dataclass
from random import Random

from sandbox.deeds.guilds import employ_bot
from sandbox.permissions import MODERATOR, ORDINARY, SEND_MESSAGES, VIEW_CHANNEL
from sandbox.wire import Json, iso, snowflake_at
from sandbox.world import Guild, World

DAY = 86_400
BEGINNING = 1_748_736_000.0  # ids are told from here, so that they depend on the seed alone
PEOPLE = 420  # some of them are in two servers, so that there are 500 members
BOT_NAME = "Guildhall"
TEXT, VOICE, CATEGORY = 0, 2, 4


@dataclass(frozen=True, slots=True)
class Server:
    """How one server is furnished."""

    name: str
    tz: str
    size: int
    channels: tuple[str, ...]
    roles: tuple[tuple[str, int, float], ...]  # name, colour, share of members who hold it


SERVERS = (
    Server(
        "The Reading Room",
        "Europe/London",
        250,
        ("announcements", "introductions", "now-reading", "poetry", "spoilers", "off-topic"),
        (("Librarian", 0x8E44AD, 0.01), ("Bookbinder", 0x2980B9, 0.05), ("Reader", 0x27AE60, 0.7)),
    ),
    Server(
        "Kiln & Clay",
        "America/New_York",
        140,
        ("welcome", "glaze-chemistry", "show-your-work", "studio-visits", "marketplace"),
        (("Kiln Master", 0xC0392B, 0.02), ("Potter", 0xD35400, 0.5), ("Apprentice", 0xF39C12, 0.3)),
    ),
    Server(
        "Night Trains",
        "Europe/Berlin",
        110,
        ("departures", "trip-reports", "timetables", "photography", "lost-and-found"),
        (("Conductor", 0x16A085, 0.02), ("Sleeper", 0x34495E, 0.4), ("Interrailer", 0x7F8C8D, 0.3)),
    ),
)
FIRST = [
    "ada",
    "bram",
    "cleo",
    "dara",
    "emil",
    "faye",
    "goran",
    "hana",
    "ivo",
    "june",
    "kofi",
    "lena",
    "milo",
    "nora",
    "otis",
    "petra",
    "quin",
    "rosa",
    "sami",
    "tove",
    "ugo",
    "vera",
    "wim",
    "xenia",
    "yara",
    "zeno",
    "aiko",
    "birgit",
    "cosmo",
    "delia",
]
LAST = [
    "ash",
    "birch",
    "cobalt",
    "drift",
    "ember",
    "fern",
    "grove",
    "harbor",
    "iris",
    "juniper",
    "kestrel",
    "lark",
    "moss",
    "north",
    "oak",
    "pine",
    "quartz",
    "reed",
    "stone",
    "tide",
    "umber",
    "vale",
    "willow",
    "yarrow",
    "zephyr",
]
NICKNAMES = ("the quiet one", "mostly tea", "back on Monday", "☕ first", "ünïcode fan", "לילה טוב")
LETTERS = "abcdefghkmnpqrstuvwxyzABCDEFGH23456789"


def make_world(seed: int = 2026, *, now: float) -> World:
    """Tell the world of a seed; ids depend on the seed alone, dates on the day as well."""
    chance, today = Random(seed), now - now % DAY
    world = bare_world(_snowflake(chance, BEGINNING - 900 * DAY))
    people = [_person(world, chance, number) for number in range(PEOPLE)]
    for server in SERVERS:
        _furnish(world, chance, server, people, today)
    return world


def bare_world(bot_id: str, name: str = BOT_NAME) -> World:
    """Make a world in which there is nothing but the bot."""
    world = World(bot_id)
    world.add_user(bot_id, name, bot=True)
    world.application = {**PLAIN_APPLICATION, "id": bot_id, "name": name}
    return world


def _person(world: World, chance: Random, number: int) -> str:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    user_id = _snowflake(chance, BEGINNING - chance.randint(40, 3000) * DAY)
    shown = chance.choice([first.title(), f"{first} {last}".title(), None])
    is_bot = number % 97 == 96
    world.add_user(user_id, f"{first}.{last}{number}", global_name=shown, bot=is_bot)
    return user_id


def _furnish(
    world: World, chance: Random, server: Server, people: list[str], today: float
) -> Guild:
    founded = BEGINNING - chance.randint(40, 1200) * DAY
    crowd = chance.sample(people, server.size)
    guild = world.add_guild(_snowflake(chance, founded), server.name, crowd[0])
    guild.roles[guild.id]["permissions"] = str(ORDINARY)
    roles = _roles(world, chance, guild, server)
    employ_bot(world, guild, founded, _snowflake(chance, founded + DAY))
    _channels(world, chance, guild, server)
    for user_id in crowd:
        _arrive(world, chance, guild, user_id, roles, (founded, today))
    # Somebody must be there to moderate by hand, whatever chance says.
    moderator = guild.members[crowd[1]]
    moderator["roles"] = list(dict.fromkeys([*moderator["roles"], next(reversed(roles))]))
    _invite(world, chance, guild, crowd)
    return guild


def _roles(world: World, chance: Random, guild: Guild, server: Server) -> dict[str, float]:
    shares: dict[str, float] = {}
    for position, (name, colour, share) in enumerate(reversed(server.roles), start=1):
        is_first = position == len(server.roles)
        facts: Json = {"color": colour, "position": position, "hoist": position > 1}
        facts["permissions"] = str(ORDINARY | MODERATOR) if is_first else "0"
        role_id = _snowflake(chance, _beginning(guild))
        world.add_role(guild, role_id, name, **facts)
        shares[role_id] = share
    return shares


def _channels(world: World, chance: Random, guild: Guild, server: Server) -> None:
    plan = [(CATEGORY, "Commons"), *((TEXT, name) for name in server.channels), (TEXT, "mod-log")]
    plan += [(VOICE, "Lounge"), (VOICE, "Quiet corner"), (VOICE, "AFK")]
    commons = None
    for position, (kind, name) in enumerate(plan):
        facts: Json = {"position": position, "parent_id": commons if kind == TEXT else None}
        if name == "mod-log":
            facts["permission_overwrites"] = _staff_only(world, guild)
        channel_id = _snowflake(chance, _beginning(guild))
        world.add_channel(guild, channel_id, kind, name, **facts)
        if name == "AFK":
            guild.facts["afk_channel_id"] = channel_id
        commons = commons or channel_id


def _staff_only(world: World, guild: Guild) -> list[Json]:
    trusted = [r for r in guild.roles.values() if int(r["permissions"]) & MODERATOR]
    allow = str(VIEW_CHANNEL | SEND_MESSAGES)
    shown = [{"id": each["id"], "type": 0, "allow": allow, "deny": "0"} for each in trusted]
    hidden = {"id": guild.id, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}
    return [hidden, *shown, {"id": world.bot_id, "type": 1, "allow": allow, "deny": "0"}]


def _arrive(
    world: World,
    chance: Random,
    guild: Guild,
    user_id: str,
    roles: dict[str, float],
    span: tuple[float, float],
) -> None:
    founded, today = span
    facts = {
        "nick": chance.choice(NICKNAMES) if chance.random() < 0.08 else None,
        "pending": chance.random() < 0.02,
        "roles": [role_id for role_id, share in roles.items() if chance.random() < share],
    }
    # More people came lately than long ago.
    world.add_member(guild, user_id, founded + (today - founded) * chance.random() ** 0.6, **facts)


def _invite(world: World, chance: Random, guild: Guild, crowd: list[str]) -> None:
    welcome = next(each for each in guild.channels.values() if each["type"] == TEXT)
    for _ in range(3):
        code = "".join(chance.choices(LETTERS, k=8))
        guild.invites[code] = {
            "code": code,
            "channel_id": welcome["id"],
            "inviter_id": chance.choice(crowd),
            "uses": chance.randint(0, 90),
            "max_uses": 0,
            "max_age": 0,
            "temporary": False,
            "created_at": iso(BEGINNING),
        }


def _beginning(guild: Guild) -> float:
    return (int(guild.id) >> 22) / 1000 + 1_420_070_400


def _snowflake(chance: Random, at: float) -> str:
    return str(snowflake_at(at) | chance.getrandbits(22))


PRIVILEGED = (1 << 13) | (1 << 15) | (1 << 19)  # presences, members, content: switched on
PLAIN_APPLICATION: Json = {
    "icon": None,
    "description": "The bot of this pretend Discord.",
    "type": None,
    "flags": PRIVILEGED,
    "flags_new": str(PRIVILEGED),
    "hook": True,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "approximate_guild_count": 0,
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
    "explicit_content_filter": 0,
    "event_webhooks_url": None,
    "event_webhooks_status": 1,
    "tags": [],
    "eligible_oauth2_scopes": [],
    "team": None,
}
