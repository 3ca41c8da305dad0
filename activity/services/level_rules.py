"""What a server says of its levels: the roles they bring, and what counts how much."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from activity.models import LevelReward, XpRule
from activity.services.announcing import refuse_unreadable_level
from activity.services.curve import MOST_LEVELS
from activity.services.gifts import LEVEL
from activity.services.rewards import Settled, kept_by, settle_rewards
from activity.services.settings import change_activity_settings
from community.errors import HouseError
from community.models import Channel, Grant, Guild, Role, Staff
from community.services.audit import OnDiscord, write_audit
from community.services.gifts import given_otherwise
from community.services.giving import agree_to_give, footing_of, why_not_give
from community.services.grants import require
from community.services.guilds import change_settings
from community.services.wishes import drop_role_of, leave_role_to

MOST_REWARDS = 100
MOST_RULES = 200
MOST_PERCENT = 1_000
Rule = LevelReward | XpRule


@transaction.atomic
def set_reward(
    *,
    guild_id: int,
    by: Staff,
    role: Role,
    level: int,
    owner_agrees: bool = False,
) -> LevelReward:
    """Have a level bring a role, or another level bring it; who has earned it is given it now."""
    _take_turn(by, guild_id)
    rewards = LevelReward.objects.of(guild_id)
    reward = rewards.filter(role_id=role.pk).first() or LevelReward(guild_id=guild_id, role=role)
    before = told_of(reward) if reward.pk else {}
    if not 1 <= level <= MOST_LEVELS:
        raise HouseError(f"A level lies between 1 and {MOST_LEVELS:,}.")
    if not before and rewards.count() >= MOST_REWARDS:
        raise HouseError(f"Levels bring {MOST_REWARDS} roles at most.")
    reward.level = level
    if owner_agrees:
        reward.agreed = agree_to_give(role=role, by=by)
    _refuse_role(role, reward.agreed)
    _keep(reward, by, before)
    settle_rewards(guild_id=guild_id)
    return reward


@transaction.atomic
def set_xp_rule(
    *, guild_id: int, by: Staff, subject: Channel | Role | None, percent: int
) -> XpRule:
    """Have a channel's messages, or those of a role's holders, count more, less or nothing."""
    _take_turn(by, guild_id)
    kind = XpRule.Subject.CHANNEL if isinstance(subject, Channel) else XpRule.Subject.ROLE
    if subject is None or subject.guild_id != guild_id:
        raise HouseError("There is no such channel or role in this server.")
    rules = XpRule.objects.of(guild_id)
    fresh = XpRule(guild_id=guild_id, subject=kind, subject_id=subject.pk)
    rule = rules.filter(subject=kind, subject_id=subject.pk).first() or fresh
    before = told_of(rule) if rule.pk else {}
    if not before and rules.count() >= MOST_RULES:
        raise HouseError(f"A server has {MOST_RULES} rules about XP at most.")
    rule.percent = percent
    _refuse_nonsense(rule)
    _keep(rule, by, before)
    return rule


@transaction.atomic
def remove_reward(*, reward: LevelReward, by: Staff, is_left: bool = True) -> int:
    """Have no level bring a role any more; who has it keeps it, or loses it; return how many."""
    _take_turn(by, reward.guild_id)
    _remove(reward, by)
    people = kept_by(reward.guild_id, [reward.role_id]).get(reward.role_id, ())
    let = leave_role_to if is_left else drop_role_of
    count = let(guild_id=reward.guild_id, role_id=reward.role_id, user_ids=people)
    settle_rewards(guild_id=reward.guild_id)
    return count


@transaction.atomic
def remove_xp_rule(*, rule: XpRule, by: Staff) -> None:
    """Have a channel or a role count as usual again."""
    _take_turn(by, rule.guild_id)
    _remove(rule, by)


@transaction.atomic
def resync_rewards(*, guild_id: int, by: Staff) -> Settled:
    """Give and take now what levels bring, of everybody in the server."""
    _take_turn(by, guild_id)
    settled = settle_rewards(guild_id=guild_id)
    write_audit(
        verb="activity.rewards.settled",
        subject=("settings", guild_id),
        by=by,
        guild_id=guild_id,
        after={"given": settled.given, "taken": settled.taken},
    )
    return settled


@transaction.atomic
def change_levels(*, guild_id: int, by: Staff | OnDiscord, **changes: Any) -> None:
    """Change how levels are earned, told and rewarded; what was earned before stays."""
    if "xp_enabled" in changes:
        change_settings(guild_id=guild_id, by=by, xp_enabled=changes.pop("xp_enabled"))
    if changes:
        refuse_unreadable_level(guild_id=guild_id, text=changes.get("level_text", ""))
        change_activity_settings(guild_id=guild_id, by=by, **changes)
    if "rewards" in changes:
        settle_rewards(guild_id=guild_id)


def why_not_given(*rewards: LevelReward) -> dict[int, str]:
    """Say which of some rewards are not given as things stand, and why."""
    if not rewards:
        return {}
    footing = footing_of(rewards[0].guild_id)
    told = {
        each.pk: why_not_give(role=each.role, agreed=each.agreed, footing=footing)
        for each in rewards
    }
    return {key: words for key, words in told.items() if words}


def subjects_of(rules: Collection[XpRule]) -> dict[int, Channel | Role]:
    """Return the channel or role that each of a server's rules is about, as far as it is known."""
    found: dict[int, Channel | Role] = {}
    for model, kind in ((Channel, XpRule.Subject.CHANNEL), (Role, XpRule.Subject.ROLE)):
        keys = {rule.subject_id: rule.pk for rule in rules if rule.subject == kind}
        rows: Any = model.objects.filter(pk__in=list(keys)) if keys else ()
        found |= {keys[each.pk]: each for each in rows}
    return found


def told_of(rule: Rule) -> dict[str, Any]:
    """Return a rule as history keeps it."""
    if isinstance(rule, XpRule):
        return {rule.subject: str(rule.subject_id), "percent": rule.percent}
    agreed = {"agreed": str(rule.agreed)} if rule.agreed else {}
    return {"role": str(rule.role_id), "level": rule.level, **agreed}


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    # Rules of one server change one after the other.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)


def _refuse_role(role: Role, agreed: int) -> None:
    elsewhere = given_otherwise(guild_id=role.guild_id, by=LEVEL)
    words = why_not_give(role=role, agreed=agreed) or elsewhere.get(role.pk, "").format(role)
    if words:
        raise HouseError(words)


def _refuse_nonsense(rule: XpRule) -> None:
    try:
        rule.clean_fields(exclude=["guild"])
        rule.validate_constraints(exclude=["guild"])
    except ValidationError as error:
        raise HouseError(f"Between 0 and {MOST_PERCENT:,} percent, please.") from error


def _keep(rule: Rule, by: Staff, before: dict[str, Any]) -> None:
    is_new, kind, after = rule.pk is None, str(rule._meta.model_name), told_of(rule)
    if before == after:
        return
    rule.save()
    write_audit(
        verb=f"activity.{kind}.{'added' if is_new else 'changed'}",
        subject=(kind, rule.pk),
        by=by,
        guild_id=rule.guild_id,
        before=before,
        after=after,
    )


def _remove(rule: Rule, by: Staff) -> None:
    kind, key = str(rule._meta.model_name), rule.pk
    gone, _ = type(rule)._default_manager.filter(guild_id=rule.guild_id, pk=key).delete()
    if not gone:
        raise HouseError("This was taken away already.")
    write_audit(
        verb=f"activity.{kind}.removed",
        subject=(kind, key),
        by=by,
        guild_id=rule.guild_id,
        before=told_of(rule),
    )
