"""Roles that levels bring: wished as standing orders, so that they are given, kept and taken."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction

from activity.models import ActivitySettings, LevelReward, Progress
from activity.services.curve import Risen
from community.models import Guild, Member, StandingOrder
from community.scope import cross_guild, guild_scope
from community.services.giving import footing_of, why_not_give
from community.services.wishes import drop_role_of, want_role_of

Changes = Mapping[int, Collection[int]]  # which role, and whose
REASON = "A reward for their level"
PAST = "Another level's reward takes its place, or it is one no longer"


@dataclass(frozen=True, slots=True)
class Settled:
    """How many roles were wished for, and how many no longer."""

    given: int = 0
    taken: int = 0


def give_rewards(risen: Collection[Risen]) -> None:
    """Wish for what new levels bring, and no longer for what they replace."""
    server = _guild_of
    for guild_id, people in groupby(sorted(risen, key=server), key=server):
        with guild_scope(guild_id):
            rewards = list(LevelReward.objects.of(guild_id).select_related("role"))
            if rewards:
                _change(guild_id, rewards, list(people))


@transaction.atomic
def settle_rewards(*, guild_id: int) -> Settled:
    """Make good what is owed to whoever is in the server, or held too much by anybody."""
    with guild_scope(guild_id):
        rewards = list(LevelReward.objects.of(guild_id).select_related("role"))
        here = Member.objects.present().filter(guild_id=guild_id)
        present = set(here.values_list("user_id", flat=True))
        owed = _owed(guild_id, rewards)
        kept = kept_by(guild_id, [each.role_id for each in rewards])
        given = {role: users & present - kept.get(role, set()) for role, users in owed.items()}
        taken = {role: users - owed.get(role, set()) for role, users in kept.items()}
        return _wish(guild_id, rewards, given, taken)


def settle_all_rewards() -> Settled:
    """Do so in every server that has rewards, one transaction each."""
    with cross_guild("what levels bring, in every server that has rewards"):
        present = Guild.objects.present().values("pk")
        ruled = LevelReward.objects.filter(guild_id__in=present).order_by("guild_id")
        guild_ids = list(ruled.values_list("guild_id", flat=True).distinct())
        told = [settle_rewards(guild_id=guild_id) for guild_id in guild_ids]
    return Settled(sum(each.given for each in told), sum(each.taken for each in told))


def roles_at(rewards: Iterable[LevelReward], level: int, *, is_stack: bool) -> set[int]:
    """Return the roles that somebody of this level shall hold."""
    reached = [each for each in rewards if each.level <= level]
    highest = max((each.level for each in reached), default=0)
    return {each.role_id for each in reached if is_stack or each.level == highest}


def _guild_of(risen: Risen) -> int:
    return risen.guild_id


def _is_stack(guild_id: int) -> bool:
    told = ActivitySettings.objects.of(guild_id).values_list("rewards", flat=True).first()
    return told != ActivitySettings.Rewards.HIGHEST


def _change(guild_id: int, rewards: Sequence[LevelReward], people: Sequence[Risen]) -> None:
    is_stack = _is_stack(guild_id)
    given: dict[int, set[int]] = {}
    taken: dict[int, set[int]] = {}
    for each in people:
        before = roles_at(rewards, each.before, is_stack=is_stack)
        after = roles_at(rewards, each.level, is_stack=is_stack)
        for role_id in after - before:
            given.setdefault(role_id, set()).add(each.user_id)
        for role_id in before - after:
            taken.setdefault(role_id, set()).add(each.user_id)
    _wish(guild_id, rewards, given, taken)


def _wish(guild_id: int, rewards: Sequence[LevelReward], given: Changes, taken: Changes) -> Settled:
    """Wish it in one order for everybody; a role that may not be given is left alone."""
    gives, takes, footing = 0, 0, footing_of(guild_id)
    for reward in sorted(rewards, key=lambda each: each.role_id):
        of, role_id = guild_id, reward.role_id
        if users := taken.get(role_id):
            takes += drop_role_of(guild_id=of, role_id=role_id, user_ids=users, reason=PAST)
        users = given.get(role_id)
        if users and not why_not_give(role=reward.role, agreed=reward.agreed, footing=footing):
            gives += want_role_of(guild_id=of, role_id=role_id, user_ids=users, reason=REASON)
    return Settled(gives, takes)


def _owed(guild_id: int, rewards: Sequence[LevelReward]) -> dict[int, set[int]]:
    """Return who has earned each role, wherever they are now."""
    is_stack = _is_stack(guild_id)
    least = min((each.level for each in rewards), default=0)
    risen = Progress.objects.of(guild_id).filter(level__gte=max(1, least))
    owed: dict[int, set[int]] = {each.role_id: set() for each in rewards}
    for user_id, level in risen.values_list("user_id", "level"):
        for role_id in roles_at(rewards, level, is_stack=is_stack):
            owed[role_id].add(user_id)
    return owed


def kept_by(guild_id: int, role_ids: Collection[int]) -> dict[int, set[int]]:
    """Return for whom each role is wished now."""
    wished = StandingOrder.objects.of(guild_id).filter(
        kind="role", subject__in=role_ids, wanted=True
    )
    kept: dict[int, set[int]] = {}
    for role_id, user_id in wished.values_list("subject", "user_id"):
        kept.setdefault(role_id, set()).add(user_id)
    return kept
