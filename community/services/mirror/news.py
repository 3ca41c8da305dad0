"""What Discord told of one server, in its order, written down in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from community.models import Guild, Member, MemberRole
from community.services.guilds import leave_guild, lose_channel, lose_role, note_outage
from community.services.mirror import facts
from community.services.mirror.guilds import mirror_channels, mirror_guild, mirror_roles
from community.services.mirror.invites import lose_invite, mirror_invites, write_invites
from community.services.mirror.stirs import stir_newcomers, stir_orders
from community.services.neighbours import apps_that_answer
from community.services.people import (
    greet_erased,
    members_left,
    members_not_told_of,
    mirror_members,
    mirror_packed,
)

Tell = Callable[[int, list[Any], datetime], object]


def tell_news(*, guild_id: int, news: Sequence[facts.News]) -> None:
    """Write down what Discord told of one server; the same news told twice change nothing.

    What the apps make of it follows, of all of it together or piece by piece: they lock what is
    theirs in their own order.
    """
    write_news(guild_id=guild_id, news=news)
    for app in apps_that_answer("hear_all_news"):
        app.hear_all_news(guild_id=guild_id, news=news)
    hearers = apps_that_answer("hear_news")
    for each in news:
        for app in hearers:
            app.hear_news(guild_id=guild_id, told=each.told)


@transaction.atomic
def write_news(*, guild_id: int, news: Sequence[facts.News]) -> None:
    """Write down what this app keeps of some news, in one transaction."""
    # Who gave a role is often told before the role itself.
    in_order = sorted(news, key=lambda each: isinstance(each.told, facts.RolesGiven))
    for kind, told in groupby(in_order, key=lambda each: type(each.told)):
        together = list(told)
        tell = TELL.get(kind, _tell_nothing)
        tell(guild_id, [each.told for each in together], together[-1].at)
        stirring = [each.told for each in together]
        stir_orders(guild_id=guild_id, told=stirring)
        stir_newcomers(guild_id=guild_id, told=stirring, at=together[-1].at)


def _tell_nothing(_guild_id: int, _told: list[facts.Told], _at: datetime) -> None:
    """Pass over news that nobody writes down."""


def _tell_guilds(guild_id: int, told: list[facts.GuildTold], at: datetime) -> None:
    for each in told:
        mirror_guild(guild_id=guild_id, told=each, at=at)


def _tell_channels(guild_id: int, told: list[facts.ChannelsTold], _: datetime) -> None:
    mirror_channels(guild_id=guild_id, channels=[one for each in told for one in each.channels])


def _tell_people(guild_id: int, told: list[facts.PeopleTold], at: datetime) -> None:
    people = (one for each in told for one in each.people)
    mirror_members(guild_id=guild_id, facts=people, at=at)


def _tell_crowds(guild_id: int, told: list[facts.CrowdTold], at: datetime) -> None:
    for each in told:
        mirror_packed(guild_id=guild_id, packed=each.packed, at=at)


def _tell_changes(guild_id: int, told: list[facts.PersonChanged], at: datetime) -> None:
    mirror_members(guild_id=guild_id, facts=(each.person for each in told), at=at)


def _tell_joins(guild_id: int, told: list[facts.PersonJoined], at: datetime) -> None:
    came = {each.person.user_id for each in told}
    here = Member.objects.present().filter(guild_id=guild_id, user_id__in=came)
    known = set(here.values_list("user_id", flat=True))
    mirror_members(guild_id=guild_id, facts=(each.person for each in told), at=at)
    _count(guild_id, len(came - known))


def _tell_askers(guild_id: int, told: list[facts.PersonAsked], at: datetime) -> None:
    greet_erased(guild_id=guild_id, facts=(each.person for each in told), at=at)


def _tell_leaves(guild_id: int, told: list[facts.PersonLeft], at: datetime) -> None:
    gone = {each.user_id for each in told}
    _count(guild_id, -members_left(guild_id=guild_id, user_ids=gone, at=at))


def _tell_end_of_list(guild_id: int, told: list[facts.ListEnded], at: datetime) -> None:
    for each in told:
        members_not_told_of(guild_id=guild_id, told=each.user_ids, at=at)


def _tell_all_invites(guild_id: int, told: list[facts.InvitesTold], at: datetime) -> None:
    for each in told:
        mirror_invites(guild_id=guild_id, invites=each.invites, joined=each.joined, at=at)


def _tell_givers(guild_id: int, told: list[facts.RolesGiven], _: datetime) -> None:
    for each in told:
        whose = Member.objects.filter(guild_id=guild_id, user_id=each.user_id)
        held = MemberRole.objects.standing().filter(
            guild_id=guild_id,
            member_id__in=list(whose.values_list("pk", flat=True)),
            role_id__in=each.role_ids,
        )
        held.filter(assigned_by_id=None).update(assigned_by_id=each.by_id)


def _count(guild_id: int, more: int) -> None:
    if more:
        count = Greatest(F("member_count") + more, 0)
        Guild.objects.filter(pk=guild_id).update(member_count=count)


TELL: dict[type, Tell] = {
    facts.GuildTold: _tell_guilds,
    facts.GuildSilent: lambda guild_id, _told, _at: note_outage(guild_id=guild_id),
    facts.GuildLeft: lambda guild_id, _told, at: leave_guild(guild_id=guild_id, at=at),
    facts.ChannelsTold: _tell_channels,
    facts.ChannelLost: lambda guild_id, told, at: [
        lose_channel(guild_id=guild_id, channel_id=each.channel_id, at=at) for each in told
    ],
    facts.RoleTold: lambda guild_id, told, _at: mirror_roles(
        guild_id=guild_id, roles=[each.role for each in told]
    ),
    facts.RoleLost: lambda guild_id, told, at: [
        lose_role(guild_id=guild_id, role_id=each.role_id, at=at) for each in told
    ],
    facts.PeopleTold: _tell_people,
    facts.CrowdTold: _tell_crowds,
    facts.PersonJoined: _tell_joins,
    facts.PersonChanged: _tell_changes,
    facts.PersonAsked: _tell_askers,
    facts.PersonLeft: _tell_leaves,
    facts.ListEnded: _tell_end_of_list,
    facts.InviteTold: lambda guild_id, told, at: write_invites(
        guild_id=guild_id, invites=[each.invite for each in told], at=at
    ),
    facts.InviteLost: lambda guild_id, told, at: [
        lose_invite(guild_id=guild_id, code=each.code, at=at) for each in told
    ],
    facts.InvitesTold: _tell_all_invites,
    facts.RolesGiven: _tell_givers,
}
