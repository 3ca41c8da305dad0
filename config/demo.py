"""The demo: the pretend Discord's world, told to the house as the bot would tell it."""

import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db import Error
from django.utils import timezone

from community.errors import HouseError
from community.mirror import reading
from community.mirror.hearing import news_of
from community.models import Guild as House
from community.scope import cross_guild
from community.services.demo import DemoServer, make_demo
from community.services.mirror.facts import InvitesTold
from community.services.people import MemberFacts
from config.past import USUAL_SEED, tell_past
from config.pretend_discord import TOKEN, is_at_home_here, pretend_world, state_file
from sandbox.payloads import guild_wire
from sandbox.state import save
from sandbox.story import SERVERS
from sandbox.world import Guild, World

log = logging.getLogger(__name__)

ZONES = {server.name: server.tz for server in SERVERS}
SHARE_OF_LEAVERS = 12
LONGEST_STAY = 700


def move_in(seed: int | None = None) -> list[House]:
    """Furnish the house with the pretend world, which the sandbox then goes on with."""
    world = pretend_world(seed)
    guilds = make_demo(servers=list(_servers(world)), seed=seed or USUAL_SEED)
    save(world, state_file())
    return guilds


def move_in_with_past(seed: int | None = None) -> list[House]:
    """Furnish the house, and let people have done there what people do."""
    guilds = move_in(seed)
    tell_past(guild_ids=[guild.pk for guild in guilds], seed=seed or USUAL_SEED)
    return guilds


def give_a_past() -> int:
    """Let the servers of the pretend Discord have a past, once; nothing is told to real ones.

    Whoever cannot reach the database now leaves it to the next start.
    """
    if settings.DISCORD_TOKEN != TOKEN or not is_at_home_here():
        return 0
    with cross_guild("the pretended servers, which all are"):
        guild_ids = list(House.objects.present().values_list("pk", flat=True))
    try:
        return tell_past(guild_ids=guild_ids) if guild_ids else 0
    except HouseError:
        return 0
    except Error as error:
        log.warning("The past could not be told: %s", error)
        return 0


def _servers(world: World) -> Iterator[DemoServer]:
    for guild in world.guilds.values():
        told = news_of("GUILD_CREATE", guild_wire(world, guild))
        invites = InvitesTold(reading.all_of(list(guild.invites.values()), reading.invite))
        yield DemoServer(
            guild_id=int(guild.id),
            tz=ZONES.get(guild.facts["name"], "UTC"),
            told=[*told, invites],
            former=list(_former_members(world, guild)),
        )


def _former_members(world: World, guild: Guild) -> Iterator[MemberFacts]:
    """Choose, always the same, some people who are elsewhere by now."""
    chance, now = random.Random(guild.id), timezone.now()  # noqa: S311 - a story, not a secret
    elsewhere = [user_id for user_id in world.users if user_id not in guild.members]
    for user_id in chance.sample(elsewhere, len(guild.members) // SHARE_OF_LEAVERS):
        facts = reading.member({"user": world.users[user_id]})
        if facts is not None:
            yield replace(facts, joined_at=now - timedelta(days=chance.uniform(1, LONGEST_STAY)))
