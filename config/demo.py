"""The demo: the pretend Discord's world, told to the house as the bot would tell it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from community.mirror import reading
from community.mirror.hearing import news_of
from community.models import Guild as House
from community.services.demo import DemoServer, make_demo
from community.services.mirror.facts import InvitesTold
from community.services.people import MemberFacts
from config.pretend_discord import pretend_world, state_file
from sandbox.payloads import guild_wire
from sandbox.state import save
from sandbox.story import SERVERS
from sandbox.world import Guild, World

USUAL_SEED = 2026
ZONES = {server.name: server.tz for server in SERVERS}
SHARE_OF_LEAVERS = 12
LONGEST_STAY = 700


def move_in(seed: int | None = None) -> list[House]:
    """Furnish the house with the pretend world, which the sandbox then goes on with."""
    world = pretend_world(seed)
    guilds = make_demo(servers=list(_servers(world)), seed=seed or USUAL_SEED)
    save(world, state_file())
    return guilds


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
