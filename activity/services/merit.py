"""Activity roles are given and taken: by the clock, server by server, as standing orders."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from activity.models import ActivityRole, ActivityRoleHolding
from activity.services.roles import close_holdings
from activity.services.settings import settings_of
from activity.services.standings import KEPT_FROM, Standing, standings_of
from community.models import Guild, Member
from community.scope import cross_guild, guild_scope
from community.services.wishes import drop_role_of, want_role_of

log = logging.getLogger(__name__)
# Of one role in one look; Discord takes no more in that time, and the next look goes on.
MOST_GIVEN = 1_000


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look at the activity roles came to."""

    given: int = 0
    taken: int = 0
    failed: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        given, taken = self.given + other.given, self.taken + other.taken
        return Swept(given, taken, self.failed + other.failed)


def keep_activity_roles(*, now: datetime) -> Swept:
    """Give and take the activity roles of every server the bot can reach."""
    with cross_guild("which servers have activity roles"):
        with_rules = ActivityRole.objects.order_by().values("guild_id")
        here = Guild.objects.present().filter(available=True, pk__in=with_rules)
        guild_ids = list(here.order_by("pk").values_list("pk", flat=True))
    return sum((_tried(guild_id, now) for guild_id in guild_ids), Swept())


def _tried(guild_id: int, now: datetime) -> Swept:
    try:
        with guild_scope(guild_id):
            return keep_roles_of(guild_id=guild_id, now=now)
    except Exception:
        log.exception("The activity roles of server %s were left as they are.", guild_id)
        return Swept(failed=1)


@transaction.atomic
def keep_roles_of(*, guild_id: int, now: datetime) -> Swept:
    """Give and take the activity roles of one server; nothing while its voice is not counted."""
    rules = ActivityRole.objects.of(guild_id).select_related("role").order_by("pk")
    # Two looks at once would both give; who changes a rule waits for this one.
    locked = {rule.pk: rule for rule in rules.select_for_update(no_key=True, of=("self",))}
    swept = _end_what_ran_out(guild_id, now) + _end_of_who_is_gone(guild_id, locked, now)
    swept += _end_of_what_is_gone(locked.values(), now)
    if not settings_of(guild_id).voice_counted:
        return swept
    by_rule: dict[int, list[Standing]] = {}
    for standing in standings_of(guild_id=guild_id, now=now):
        by_rule.setdefault(standing.rule.pk, []).append(standing)
    return sum((_apply(locked[key], each, now) for key, each in by_rule.items()), swept)


def _end_what_ran_out(guild_id: int, now: datetime) -> Swept:
    """Note what has ended by itself; its order knows its end."""
    over = ActivityRoleHolding.objects.of(guild_id).standing().filter(expires_at__lte=now)
    return Swept(taken=over.update(ended_at=Greatest("given_at", "expires_at")))


def _end_of_who_is_gone(guild_id: int, rules: dict[int, ActivityRole], now: datetime) -> Swept:
    """Keep nothing for who left, was erased or turned out to be a bot."""
    here = Member.objects.present().persons().filter(guild_id=guild_id).values("user_id")
    held = ActivityRoleHolding.objects.of(guild_id).standing()
    gone: dict[int, list[int]] = {}
    for rule_id, user_id in held.exclude(user_id__in=here).values_list("rule_id", "user_id"):
        gone.setdefault(rule_id, []).append(user_id)
    return Swept(taken=sum(_take(rules[key], each, now) for key, each in gone.items()))


def _end_of_what_is_gone(rules: Iterable[ActivityRole], now: datetime) -> Swept:
    """Keep nothing true about roles that are deleted on Discord."""
    gone = [rule for rule in rules if rule.role.deleted_at is not None]
    return Swept(taken=sum(close_holdings(rule=each, is_left=True, now=now) for each in gone))


def _apply(rule: ActivityRole, standings: list[Standing], now: datetime) -> Swept:
    losers = [each.user_id for each in standings if each.is_held and not each.is_wanted]
    taken = _take(rule, losers, now)
    _renew(rule, [each.user_id for each in standings if _is_renewed(each, now)], now)
    winners = [each.user_id for each in standings if each.is_wanted and not each.is_held]
    return Swept(given=_give(rule, winners[:MOST_GIVEN], now), taken=taken)


def _is_renewed(each: Standing, now: datetime) -> bool:
    """Tell whether somebody has earned it anew in time, or need not."""
    if each.expires_at is None or each.is_blocked or not (each.is_held and each.is_wanted):
        return False
    if each.rule.lasts is None:
        return True
    return each.expires_at - now < each.rule.lasts / 2 and (each.is_earned or each.is_spared)


def _give(rule: ActivityRole, user_ids: Collection[int], now: datetime) -> int:
    if not user_ids:
        return 0
    end = now + rule.lasts if rule.lasts else None
    told: dict[str, Any] = {"guild_id": rule.guild_id, "rule": rule}
    fresh = [
        ActivityRoleHolding(**told, user_id=user_id, given_at=now, expires_at=end)
        for user_id in user_ids
    ]
    ActivityRoleHolding.objects.bulk_create(fresh, 1_000)
    return _want(rule, user_ids, end)


def _renew(rule: ActivityRole, user_ids: Collection[int], now: datetime) -> None:
    if user_ids:
        end = now + rule.lasts if rule.lasts else None
        _holdings(rule, user_ids).update(expires_at=end)
        _want(rule, user_ids, end)


def _take(rule: ActivityRole, user_ids: Collection[int], now: datetime) -> int:
    if not user_ids:
        return 0
    _holdings(rule, user_ids).update(ended_at=Greatest(F("given_at"), now))
    of = {"guild_id": rule.guild_id, "role_id": rule.role_id}
    below = f"Activity: less than {float(rule.min_hours) * KEPT_FROM:g} h in voice"
    drop_role_of(**of, user_ids=user_ids, reason=f"{below} ({rule.get_window_display().lower()})")
    return len(user_ids)


def _want(rule: ActivityRole, user_ids: Collection[int], end: datetime | None) -> int:
    enough = f"Activity: {float(rule.min_hours):g} h in voice"
    return want_role_of(
        guild_id=rule.guild_id,
        role_id=rule.role_id,
        user_ids=user_ids,
        until=end,
        reason=f"{enough} ({rule.get_window_display().lower()})",
    )


def _holdings(rule: ActivityRole, user_ids: Iterable[int]) -> Any:
    standing = ActivityRoleHolding.objects.of(rule.guild_id).standing()
    return standing.filter(rule=rule, user_id__in=list(user_ids))
