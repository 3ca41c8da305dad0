"""Activity roles as a server sets them: what each takes, and which roles cannot be such."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activity.models import ActivityRole, ActivityRoleHolding
from activity.services.gifts import ACTIVITY
from community.durations import say_duration
from community.errors import HouseError
from community.models import Grant, Guild, Role, Staff
from community.services.audit import write_audit
from community.services.gifts import given_otherwise
from community.services.giving import agree_to_give, footing_of, why_not_give
from community.services.grants import require
from community.services.wishes import drop_role_of, leave_role_to

MOST_RULES = 25
SHORTEST = timedelta(hours=1)
RULE = ("min_hours", "window", "group", "priority", "exempt_role_ids", "lasts", "is_enabled")


@transaction.atomic
def add_activity_role(
    *, guild_id: int, by: Staff, role: Role, owner_agrees: bool = False, **told: Any
) -> ActivityRole:
    """Have a role given to who is active enough, from the next look on."""
    _take_turn(by, guild_id)
    if not Role.objects.filter(guild_id=guild_id, pk=role.pk).exists():
        raise HouseError("There is no such role in this server.")
    rules = ActivityRole.objects.of(guild_id)
    if rules.filter(role_id=role.pk).exists():
        raise HouseError(f"{role} is an activity role already: change that one.")
    if rules.count() >= MOST_RULES:
        raise HouseError(f"A server has {MOST_RULES} activity roles at most.")
    rule = ActivityRole(guild_id=guild_id, role=role)
    _set(rule, by, owner_agrees, told)
    return rule


@transaction.atomic
def change_activity_role(
    *, rule: ActivityRole, by: Staff, owner_agrees: bool = False, **told: Any
) -> ActivityRole:
    """Have a role take something else; it counts from the next look on."""
    _take_turn(by, rule.guild_id)
    _set(rule, by, owner_agrees, told)
    return rule


@transaction.atomic
def remove_activity_role(*, rule: ActivityRole, by: Staff, is_left: bool = False) -> int:
    """Have a role given no more; who has it by merit loses it, unless it is left to them."""
    _take_turn(by, rule.guild_id)
    key, before = rule.pk, told_of(rule)
    people = close_holdings(rule=rule, is_left=is_left, now=timezone.now())
    gone, _ = ActivityRole.objects.of(rule.guild_id).filter(pk=key).delete()
    if not gone:
        raise HouseError("This was taken away already.")
    write_audit(
        verb="activity.role.removed",
        subject=("activityrole", key),
        by=by,
        guild_id=rule.guild_id,
        before=before,
    )
    return people


def close_holdings(*, rule: ActivityRole, is_left: bool, now: datetime) -> int:
    """End every holding of a role; it is taken back, or left to those who have it."""
    held = ActivityRoleHolding.objects.of(rule.guild_id).standing().filter(rule=rule)
    people = list(held.values_list("user_id", flat=True))
    let = leave_role_to if is_left else drop_role_of
    let(guild_id=rule.guild_id, role_id=rule.role_id, user_ids=people)
    held.filter(given_at__lte=now).update(ended_at=now)
    return len(people)


def why_not_by_merit(*rules: ActivityRole) -> dict[int, str]:
    """Say which of a server's rules give nothing as things stand, and why."""
    if not rules:
        return {}
    guild_id = rules[0].guild_id
    footing, elsewhere = footing_of(guild_id), given_otherwise(guild_id=guild_id, by=ACTIVITY)
    told = {
        rule.pk: why_not_give(role=rule.role, agreed=rule.agreed_permissions, footing=footing)
        or elsewhere.get(rule.role_id, "").format(rule.role)
        for rule in rules
    }
    return {key: words for key, words in told.items() if words}


def told_of(rule: ActivityRole) -> dict[str, Any]:
    """Return a rule as history keeps it."""
    return {"role": str(rule.role_id)} | {name: _plain(getattr(rule, name)) for name in RULE}


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    # Rules of one server change one after the other, and never while roles are given by them.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    rules = ActivityRole.objects.of(guild_id).select_for_update(no_key=True).order_by("pk")
    list(rules.values_list("pk"))


def _set(rule: ActivityRole, by: Staff, owner_agrees: bool, told: dict[str, Any]) -> None:  # noqa: FBT001 - says what it is where it is asked
    before = told_of(rule) if rule.pk else {}
    for name in RULE:
        if name in told:
            setattr(rule, name, told[name])
    if owner_agrees:
        rule.agreed_permissions = agree_to_give(role=rule.role, by=by)
    _refuse_nonsense(rule)
    if rule.is_enabled and (words := why_not_by_merit(rule)):
        raise HouseError(*words.values())
    _keep(rule, by, before)


def _refuse_nonsense(rule: ActivityRole) -> None:
    if rule.min_hours is None or Decimal(rule.min_hours) <= 0:
        raise HouseError("A role takes some time in voice.")
    if rule.lasts is not None and rule.lasts < SHORTEST:
        raise HouseError("A role lasts an hour at least.")
    exempt = set(rule.exempt_role_ids)
    if exempt & {rule.role_id, rule.guild_id}:
        raise HouseError("Neither the role itself nor everybody's role exempts from it.")
    known = Role.objects.filter(guild_id=rule.guild_id, pk__in=exempt)
    if known.count() != len(exempt):
        raise HouseError("There is no such role in this server.")
    try:
        rule.clean_fields(exclude=["guild", "role"])
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error


def _keep(rule: ActivityRole, by: Staff, before: dict[str, Any]) -> None:
    after = told_of(rule)
    changed = [name for name in after if before.get(name) != after[name]]
    if before and not changed:
        return
    is_new = rule.pk is None
    rule.save()
    write_audit(
        verb=f"activity.role.{'added' if is_new else 'changed'}",
        subject=("activityrole", rule.pk),
        by=by,
        guild_id=rule.guild_id,
        before={name: before[name] for name in changed if before},
        after={name: after[name] for name in changed},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return say_duration(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return [str(each) for each in value] if isinstance(value, list) else value
