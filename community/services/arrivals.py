"""What follows when people come and go: a word, the roles of newcomers, and those they had."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Greatest

from community.models import (
    AutoRole,
    Guild,
    GuildSettings,
    Member,
    RoleReturn,
    StandingOrder,
    Stay,
)
from community.scope import cross_guild, guild_scope
from community.services.giving import Footing, footing_of, why_not_give
from community.services.greetings import see_off, welcome_member
from community.services.returning import roles_to_return
from community.services.wishes import GIVEN, give_role_to, let_go

# Who came while nobody listened is found by a list: so long ago at most, and welcomed if it was
# just now.
LOOKS_BACK, STILL_WELCOME = timedelta(days=7), timedelta(hours=1)
NEWCOMER, RETURNING = "For newcomers", "They had it when they left"


@dataclass
class Owed:
    """What is asked once for all newcomers of one server, and which roles they come to."""

    guild_id: int
    now: datetime
    silenced: frozenset[int] = frozenset()
    roles: dict[tuple[int, str], set[int]] = field(default_factory=dict)

    def give(self, role_id: int, user_id: int, why: str) -> None:
        """Note that somebody is to be given a role."""
        self.roles.setdefault((role_id, why), set()).add(user_id)

    @cached_property
    def settings(self) -> GuildSettings:
        """How the server wants newcomers to be met."""
        return GuildSettings.objects.get(guild_id=self.guild_id)

    @cached_property
    def footing(self) -> Footing:
        """How high the bot stands."""
        return footing_of(self.guild_id)

    @cached_property
    def auto_roles(self) -> list[AutoRole]:
        """What newcomers are given, as far as it may be given."""
        rules = AutoRole.objects.filter(guild_id=self.guild_id).select_related("role")
        return [each for each in rules if not why_not_give(role=each.role, footing=self.footing)]


@transaction.atomic
def hear_arrivals(*, guild_id: int, user_ids: Collection[int], now: datetime) -> None:
    """Open a stay for each newcomer, once, and see to what they are owed at once."""
    people = Member.objects.present().filter(guild_id=guild_id, user_id__in=user_ids)
    came = list(people.filter(user__is_bot=False).order_by("pk").values_list("pk", "joined_at"))
    keys = [key for key, _ in came]
    known = Stay.objects.of(guild_id).filter(member_id__in=keys)
    before = set(known.values_list("member_id", flat=True))
    fresh = [
        Stay(guild_id=guild_id, member_id=key, joined_at=at, is_first=key not in before)
        for key, at in came
    ]
    Stay.objects.bulk_create(fresh, ignore_conflicts=True)
    settle_stays(guild_id=guild_id, now=now, member_ids=keys)


@transaction.atomic
def hear_departures(*, guild_id: int, user_ids: Collection[int], now: datetime) -> list[Stay]:
    """Close the stays of who left, and what was still under way for them; return the new ones."""
    gone = Member.objects.filter(guild_id=guild_id, user_id__in=user_ids, left_at__isnull=False)
    left = list(gone.filter(user__is_bot=False).order_by("pk").values_list("pk", "joined_at"))
    keys = [key for key, _ in left]
    # Who was here before us has no stay yet.
    fresh = [
        Stay(guild_id=guild_id, member_id=key, joined_at=at, closed_at=now) for key, at in left
    ]
    Stay.objects.bulk_create(fresh, ignore_conflicts=True)
    stays = Stay.objects.of(guild_id).filter(member_id__in=keys, left_at=None)
    locked = stays.select_related("member").select_for_update(no_key=True, of=("self",))
    ended = list(locked.order_by("pk"))
    for stay in ended:
        stay.left_at = max(stay.member.left_at or now, stay.joined_at)
        stay.closed_at = stay.closed_at or now
    Stay.objects.bulk_update(ended, ["left_at", "closed_at"])
    RoleReturn.objects.of(guild_id).waiting().filter(member_id__in=keys).update(
        state=RoleReturn.State.GONE, decided_at=Greatest("asked_at", now)
    )
    given = StandingOrder.objects.of(guild_id).filter(kind=GIVEN, user_id__in=user_ids)
    let_go(given.to_keep())
    return ended


def hear_leavers(*, guild_id: int, user_ids: Collection[int], now: datetime) -> None:
    """Do so for who was seen leaving, and see them off."""
    if ended := hear_departures(guild_id=guild_id, user_ids=user_ids, now=now):
        settings = GuildSettings.objects.get(guild_id=guild_id)
        see_off(settings=settings, stays=ended)


def hear_list(*, guild_id: int, at: datetime) -> None:
    """Find who came and went while nobody listened."""
    left = Member.objects.filter(guild_id=guild_id, left_at=at)
    gone = list(left.values_list("user_id", flat=True))
    hear_departures(guild_id=guild_id, user_ids=gone, now=at)
    came = Guild.objects.values_list("joined_at", flat=True).get(pk=guild_id)
    here = Member.objects.present().filter(guild_id=guild_id)
    known = Stay.objects.of(guild_id).filter(
        member_id=OuterRef("pk"), joined_at=OuterRef("joined_at")
    )
    missed = here.filter(joined_at__gt=max(came, at - LOOKS_BACK)).exclude(Exists(known))
    user_ids = list(missed.values_list("user_id", flat=True))
    hear_arrivals(guild_id=guild_id, user_ids=user_ids, now=at)


def settle_arrivals(*, now: datetime) -> int:
    """See to what newcomers are owed in every server, now that they waited; return how many."""
    with cross_guild("which servers have newcomers who wait for something"):
        waiting = Stay.objects.open().filter(member__pending=False, joined_at__lte=now)
        present = waiting.filter(guild__available=True, guild__left_at=None)
        guild_ids = sorted(set(present.values_list("guild_id", flat=True).distinct()))
    settled = 0
    for guild_id in guild_ids:
        with guild_scope(guild_id):
            settled += settle_stays(guild_id=guild_id, now=now)
    return settled


@transaction.atomic
def settle_stays(*, guild_id: int, now: datetime, member_ids: Collection[int] | None = None) -> int:
    """See to what newcomers of one server are owed by now; return how many are owed nothing more.

    Nothing is given to who has to accept the rules first, nor over a mute.
    """
    rows = Stay.objects.of(guild_id).open()
    if member_ids is not None:
        rows = rows.filter(member_id__in=member_ids)
    locked = rows.select_related("member__user").select_for_update(no_key=True, of=("self",))
    stays = list(locked.order_by("pk"))
    if not stays:
        return 0
    owed = Owed(guild_id, now, _silenced(guild_id, stays))
    for stay in stays:
        _settle(stay, owed)
    Stay.objects.bulk_update(stays, ["greeted_at", "restored_at", "closed_at"])
    for (role_id, why), user_ids in sorted(owed.roles.items()):
        give_role_to(guild_id=guild_id, role_id=role_id, user_ids=user_ids, reason=why)
    return sum(stay.closed_at is not None for stay in stays)


def _settle(stay: Stay, owed: Owed) -> None:
    member = stay.member
    if member.left_at is not None or member.joined_at != stay.joined_at:
        stay.closed_at = owed.now  # another stay has begun, or none
        return
    if stay.greeted_at is None:
        _greet(stay, owed)
    if member.pending or member.user_id in owed.silenced:
        return
    if stay.restored_at is None:
        _restore(stay, owed)
    # Discord's word for when they came may lie a little ahead of our count of its time.
    delay = owed.settings.auto_role_delay
    if not delay or stay.joined_at + delay <= owed.now:
        _give_what_newcomers_get(stay, owed)


def _give_what_newcomers_get(stay: Stay, owed: Owed) -> None:
    stay.closed_at = owed.now
    for rule in owed.auto_roles:
        if rule.added_at <= stay.joined_at:
            owed.give(rule.role_id, stay.member.user_id, NEWCOMER)


def _greet(stay: Stay, owed: Owed) -> None:
    waits = owed.settings.welcome_waits
    if waits and stay.member.pending:
        return
    stay.greeted_at = owed.now
    if owed.now - stay.joined_at < (LOOKS_BACK if waits else STILL_WELCOME):
        welcome_member(settings=owed.settings, stay=stay, user_id=stay.member.user_id)


def _restore(stay: Stay, owed: Owed) -> None:
    stay.restored_at = owed.now
    if owed.settings.sticky_roles:
        for role_id in roles_to_return(stay=stay, settings=owed.settings, footing=owed.footing):
            owed.give(role_id, stay.member.user_id, RETURNING)


def _silenced(guild_id: int, stays: Iterable[Stay]) -> frozenset[int]:
    user_ids = [stay.member.user_id for stay in stays]
    orders = StandingOrder.objects.of(guild_id).silencing().filter(user_id__in=user_ids)
    return frozenset(orders.values_list("user_id", flat=True))
