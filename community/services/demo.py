"""A believable world to look at before there is a bot: three servers, their people, their staff."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from community.errors import HouseError
from community.models import (
    Channel,
    Grant,
    Guild,
    GuildSettings,
    Invite,
    Member,
    MemberRole,
    Role,
    Staff,
)
from community.scope import cross_guild, guild_scope
from community.services.grants import give_grant
from community.services.guilds import GuildFacts, meet_channel, meet_guild, meet_role
from community.services.people import MemberFacts, meet_members, member_left

DISCORD_EPOCH_MS = 1_420_070_400_000
PEOPLE = 420  # some of them are in two servers, so that there are 500 members
EVERYTHING = tuple(Grant.Capability.values)


@dataclass(frozen=True, slots=True)
class DemoServer:
    """How one server of the demo is furnished."""

    name: str
    tz: str
    size: int
    channels: tuple[str, ...]
    roles: tuple[tuple[str, int, float], ...]  # name, colour, share of members who hold it


SERVERS = (
    DemoServer(
        "The Reading Room",
        "Europe/London",
        250,
        ("announcements", "introductions", "now-reading", "poetry", "spoilers", "off-topic"),
        (("Librarian", 0x8E44AD, 0.01), ("Bookbinder", 0x2980B9, 0.05), ("Reader", 0x27AE60, 0.7)),
    ),
    DemoServer(
        "Kiln & Clay",
        "America/New_York",
        140,
        ("welcome", "glaze-chemistry", "show-your-work", "studio-visits", "marketplace"),
        (("Kiln Master", 0xC0392B, 0.02), ("Potter", 0xD35400, 0.5), ("Apprentice", 0xF39C12, 0.3)),
    ),
    DemoServer(
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


@transaction.atomic
def make_demo(*, seed: int = 2026) -> list[Guild]:
    """Fill an empty house with three servers and 500 members; the same seed, the same world."""
    with cross_guild("the demo makes several servers"):
        if Guild.objects.exists():
            raise HouseError(
                "There are servers here already; the demo only moves into an empty house."
            )
        chance = random.Random(seed)
        people = [_person(chance, number) for number in range(PEOPLE)]
        guilds = [_furnish(chance, server, people) for server in SERVERS]
        _employ(guilds)
    return guilds


def _person(chance: random.Random, number: int) -> MemberFacts:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return MemberFacts(
        user_id=_snowflake(chance, timezone.now() - timedelta(days=chance.randint(40, 3000))),
        username=f"{first}.{last}{number}",
        global_name=chance.choice([first.title(), f"{first} {last}".title(), ""]),
        is_bot=number % 97 == 96,
    )


def _furnish(chance: random.Random, server: DemoServer, people: list[MemberFacts]) -> Guild:
    founded = timezone.now() - timedelta(days=chance.randint(400, 1500))
    guild_id = _snowflake(chance, founded)
    crowd = chance.sample(people, server.size)
    with guild_scope(guild_id):
        guild = meet_guild(
            guild_id=guild_id,
            facts=GuildFacts(name=server.name, owner_id=crowd[0].user_id, member_count=len(crowd)),
        )
        Guild.objects.filter(pk=guild_id).update(tz=server.tz, joined_at=founded)
        channels = _channels(chance, guild, server, founded)
        roles = _roles(chance, guild, server, founded)
        _crowd(chance, guild, crowd, roles, founded)
        _settle(chance, guild, channels, crowd)
    return guild


def _channels(
    chance: random.Random, guild: Guild, server: DemoServer, founded: datetime
) -> list[Channel]:
    plan = [("category", "Commons"), *(("text", name) for name in server.channels)]
    plan += [("text", "mod-log"), ("voice", "Lounge"), ("voice", "Quiet corner"), ("voice", "AFK")]
    made: list[Channel] = []
    for position, (kind, name) in enumerate(plan):
        parent = made[0] if made and kind == "text" else None
        told = {"kind": kind, "name": name, "position": position, "parent": parent}
        made.append(meet_channel(guild_id=guild.pk, channel_id=_snowflake(chance, founded), **told))
    return made


def _roles(
    chance: random.Random, guild: Guild, server: DemoServer, founded: datetime
) -> dict[Role, float]:
    everyone = meet_role(guild_id=guild.pk, role_id=guild.pk, name="everyone")
    roles = {everyone: 0.0}
    for position, (name, colour, share) in enumerate(reversed(server.roles), start=1):
        told = {"name": name, "colour": colour, "position": position, "hoist": position > 1}
        roles[meet_role(guild_id=guild.pk, role_id=_snowflake(chance, founded), **told)] = share
    return roles


def _crowd(
    chance: random.Random,
    guild: Guild,
    crowd: list[MemberFacts],
    roles: dict[Role, float],
    founded: datetime,
) -> None:
    span = (timezone.now() - founded).total_seconds()
    facts = [
        MemberFacts(
            user_id=each.user_id,
            username=each.username,
            global_name=each.global_name,
            is_bot=each.is_bot,
            nickname=chance.choice(NICKNAMES) if chance.random() < 0.08 else "",
            # More people came lately than long ago.
            joined_at=founded + timedelta(seconds=span * chance.random() ** 0.6),
            pending=chance.random() < 0.02,
            role_ids=frozenset(role.pk for role, share in roles.items() if chance.random() < share),
        )
        for each in crowd
    ]
    meet_members(guild_id=guild.pk, facts=facts)
    arrival = Member.objects.filter(guild=guild, pk=OuterRef("member_id")).values("joined_at")
    MemberRole.objects.filter(guild=guild).update(assigned_at=Subquery(arrival))
    for gone in chance.sample(facts[1:], len(facts) // 12):
        came = gone.joined_at or founded
        left = came + (timezone.now() - came) * chance.random()
        member_left(guild_id=guild.pk, user_id=gone.user_id, at=left)


def _settle(
    chance: random.Random, guild: Guild, channels: list[Channel], crowd: list[MemberFacts]
) -> None:
    by_name = {channel.name: channel for channel in channels}
    GuildSettings.objects.filter(guild=guild).update(
        moderation_log=by_name["mod-log"],
        welcome_channel=channels[1],
        welcome_text="Welcome, {member}! Say hello when you are ready.",
    )
    for _ in range(3):
        Invite.objects.create(
            guild=guild,
            code="".join(chance.choices("abcdefghkmnpqrstuvwxyzABCDEFGH23456789", k=8)),
            channel=channels[1],
            inviter_id=chance.choice(crowd).user_id,
            uses=chance.randint(0, 90),
        )


def _employ(guilds: list[Guild]) -> None:
    """Hire people with different rights: everything, one server, through a role, for a week."""
    keeper = Staff.objects.filter(is_superuser=True).first()
    if keeper is None:
        keeper = Staff.objects.create_superuser("keeper")
    for guild in guilds:
        give_grant(guild_id=guild.pk, by=keeper, to=keeper, capabilities=EVERYTHING)
    reading, kiln, _ = guilds
    marin = Staff.objects.create_user("marin")
    give_grant(guild_id=reading.pk, by=keeper, to=marin, capabilities=["moderate", "punish"])
    guest = Staff.objects.create_user("guest")
    until = timezone.now() + timedelta(days=7)
    give_grant(guild_id=kiln.pk, by=keeper, to=guest, capabilities=["see"], expires_at=until)
    librarian = Role.objects.get(guild=reading, name="Librarian")
    give_grant(guild_id=reading.pk, by=keeper, to=librarian, capabilities=["moderate"])


def _snowflake(chance: random.Random, at: datetime) -> int:
    """Return an id as Discord makes them: its upper bits tell when."""
    return (int(at.timestamp() * 1000) - DISCORD_EPOCH_MS) << 22 | chance.getrandbits(22)
