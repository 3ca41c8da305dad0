"""What the house can tell of one person or one server, in one look, for whoever asks on Discord."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from community.errors import HouseError
from community.models import Channel, Guild, Invite, Member, MemberRole, Role
from community.scope import guild_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One member as the house knows them, also after they left."""

    user_id: int
    username: str
    global_name: str
    nickname: str
    is_bot: bool
    joined_at: datetime
    left_at: datetime | None
    pending: bool
    premium_since: datetime | None
    timed_out_until: datetime | None
    role_ids: list[int]
    record: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One server as the house knows it."""

    guild_id: int
    name: str
    owner_id: int | None
    members: int
    bots: int
    channels: dict[str, int]
    roles: int
    invites: int
    bot_joined_at: datetime


# Each returns lines about one person of one server; upper apps add theirs with `tell_of_people`.
_records: list[Callable[[int, int], list[str]]] = []


def tell_of_people(record: Callable[[int, int], list[str]]) -> None:
    """Add what an app knows of a person, asked with the ids of server and person."""
    if record not in _records:
        _records.append(record)


def portray_person(*, guild_id: int, user_id: int) -> Person:
    """Return what is known of somebody in a server; HouseError when they were never met."""
    with guild_scope(guild_id):
        met = Member.objects.select_related("user").filter(guild_id=guild_id, user_id=user_id)
        if (member := met.first()) is None:
            raise HouseError("I have never met this person here.")
        roles = MemberRole.objects.standing().filter(guild_id=guild_id, member_id=member.pk)
        return Person(
            user_id=user_id,
            username=member.user.username,
            global_name=member.user.global_name,
            nickname=member.nickname,
            is_bot=member.user.is_bot,
            joined_at=member.joined_at,
            left_at=member.left_at,
            pending=member.pending,
            premium_since=member.premium_since,
            timed_out_until=member.timed_out_until,
            role_ids=list(roles.order_by("-role__position").values_list("role_id", flat=True)),
            record=[line for record in _records for line in record(guild_id, user_id)],
        )


def portray_server(*, guild_id: int) -> Place:
    """Return what is known of a server; HouseError while the bot has not seen it yet."""
    with guild_scope(guild_id):
        if (guild := Guild.objects.filter(pk=guild_id).first()) is None:
            raise HouseError("I do not know this server yet; try again in a minute.")
        present = Member.objects.present().filter(guild_id=guild_id)
        kinds = Channel.objects.standing().filter(guild_id=guild_id).values_list("kind", flat=True)
        roles = Role.objects.standing().filter(guild_id=guild_id).exclude(pk=guild_id)
        return Place(
            guild_id=guild_id,
            name=guild.name,
            owner_id=guild.owner_id,
            members=guild.member_count,
            bots=present.filter(user__is_bot=True).count(),
            channels={str(Channel.Kind(kind).label): n for kind, n in Counter(kinds).items()},
            roles=roles.count(),
            invites=Invite.objects.standing().filter(guild_id=guild_id).count(),
            bot_joined_at=guild.joined_at,
        )
