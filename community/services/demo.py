"""A believable house to look at: what a pretend Discord tells, and what people would have done."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from community.errors import HouseError
from community.models import Channel, Grant, Guild, GuildSettings, Member, MemberRole, Role, Staff
from community.scope import cross_guild, guild_scope
from community.services.grants import give_grant
from community.services.mirror.facts import News, Told
from community.services.mirror.news import tell_news
from community.services.people import MemberFacts, meet_members, member_left

EVERYTHING = tuple(Grant.Capability.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoServer:
    """One server as Discord tells of it, its time zone, and people who are no longer there."""

    guild_id: int
    tz: str
    told: Sequence[Told]
    former: Sequence[MemberFacts]


@transaction.atomic
def make_demo(*, servers: Sequence[DemoServer], seed: int) -> list[Guild]:
    """Fill an empty house with servers, settings and staff; the same seed, the same house."""
    with cross_guild("the demo makes several servers"):
        if Guild.objects.exists():
            raise HouseError(
                "There are servers here already; the demo only moves into an empty house."
            )
        chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        guilds = [_move_in(chance, server) for server in servers]
        _employ(guilds)
    return guilds


def _move_in(chance: random.Random, server: DemoServer) -> Guild:
    now, guild_id = timezone.now(), server.guild_id
    with guild_scope(guild_id):
        tell_news(guild_id=guild_id, news=[News(told, now) for told in server.told])
        Guild.objects.filter(pk=guild_id).update(tz=server.tz)
        guild = Guild.objects.get(pk=guild_id)
        _remember(chance, guild, server.former)
        arrival = Member.objects.filter(guild=guild, pk=OuterRef("member_id")).values("joined_at")
        MemberRole.objects.filter(guild=guild).update(assigned_at=Subquery(arrival))
        _settle(guild)
    return guild


def _remember(chance: random.Random, guild: Guild, former: Sequence[MemberFacts]) -> None:
    """Let people have been here who are gone."""
    for gone in meet_members(guild_id=guild.pk, facts=former):
        left = gone.joined_at + (timezone.now() - gone.joined_at) * chance.random()
        member_left(guild_id=guild.pk, user_id=gone.user_id, at=left)


def _settle(guild: Guild) -> None:
    texts = Channel.objects.filter(guild=guild, kind=Channel.Kind.TEXT).order_by("position")
    GuildSettings.objects.filter(guild=guild).update(
        moderation_log=texts.get(name="mod-log"),
        welcome_channel=texts.first(),
        welcome_text="Welcome, {{ user.mention }}! Say hello when you are ready.",
    )


def _employ(guilds: list[Guild]) -> None:
    """Hire people with different rights: everything, one server, through a role, for a week."""
    keeper = Staff.objects.filter(is_superuser=True).first()
    if keeper is None:
        keeper = Staff.objects.create_superuser("keeper")
    for guild in guilds:
        give_grant(guild_id=guild.pk, by=keeper, to=keeper, capabilities=EVERYTHING)
    reading, kiln, *_ = guilds
    marin = Staff.objects.create_user("marin")
    give_grant(guild_id=reading.pk, by=keeper, to=marin, capabilities=["moderate", "punish"])
    guest = Staff.objects.create_user("guest")
    until = timezone.now() + timedelta(days=7)
    give_grant(guild_id=kiln.pk, by=keeper, to=guest, capabilities=["see"], expires_at=until)
    librarian = Role.objects.get(guild=reading, name="Librarian")
    give_grant(guild_id=reading.pk, by=keeper, to=librarian, capabilities=["moderate"])
