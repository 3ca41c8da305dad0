"""What a server's moderators go by: the ladder's rungs, ready reasons, roles out of reach."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from community.durations import say_duration
from community.errors import HouseError
from community.models import Grant, Role, Staff
from community.services.audit import write_audit
from community.services.grants import require
from moderation.models import LadderStep, ProtectedRole, ReasonPreset
from moderation.services.docket import lock_docket

MOST_POINTS = 1_000
MOST_RUNGS = 25
MOST_PRESETS = 100
MOST_PROTECTED = 50
RUNG = ("points", "kind", "duration")
PRESET = ("name", "text", "kind", "points", "duration")

Rule = LadderStep | ReasonPreset | ProtectedRole


@transaction.atomic
def set_rung(
    *, guild_id: int, by: Staff, step: LadderStep | None = None, **told: Any
) -> LadderStep:
    """Put a rung on the ladder, or change one; it counts from the next warning on."""
    _take_turn(by, guild_id)
    rung = step or LadderStep(guild_id=guild_id)
    before = _told(rung) if step else {}
    for name in RUNG:
        setattr(rung, name, told[name])
    others = LadderStep.objects.of(guild_id).exclude(pk=rung.pk)
    _refuse_rung(rung)
    if others.filter(points=rung.points).exists():
        raise HouseError(f"There is a rung at {rung.points} points already: change that one.")
    if step is None and others.count() >= MOST_RUNGS:
        raise HouseError(f"A ladder has {MOST_RUNGS} rungs at most.")
    _keep(rung, by, before)
    return rung


@transaction.atomic
def set_preset(
    *, guild_id: int, by: Staff, preset: ReasonPreset | None = None, **told: Any
) -> ReasonPreset:
    """Keep a reason ready, or change one; cases that gave it stay as they are."""
    _take_turn(by, guild_id)
    ready = preset or ReasonPreset(guild_id=guild_id)
    before = _told(ready) if preset else {}
    for name in PRESET:
        setattr(ready, name, told[name])
    others = ReasonPreset.objects.of(guild_id).exclude(pk=ready.pk)
    if others.filter(name__iexact=ready.name).exists():
        raise HouseError(f"There is a reason called “{ready.name}” already: change that one.")
    if preset is None and others.count() >= MOST_PRESETS:
        raise HouseError(f"A server keeps {MOST_PRESETS} reasons ready at most.")
    _refuse_nonsense(ready)
    _keep(ready, by, before)
    return ready


@transaction.atomic
def protect_role(*, guild_id: int, by: Staff, role: Role) -> ProtectedRole:
    """Put the holders of a role out of moderators' reach."""
    _take_turn(by, guild_id)
    known = ProtectedRole.objects.of(guild_id)
    if role.pk == guild_id:
        raise HouseError("Everybody holds that role: nobody could be punished any more.")
    if not Role.objects.standing().filter(guild_id=guild_id, pk=role.pk).exists():
        raise HouseError("There is no such role in this server.")
    if known.filter(role_id=role.pk).exists():
        raise HouseError(f"{role} is protected already.")
    if known.count() >= MOST_PROTECTED:
        raise HouseError(f"A server protects {MOST_PROTECTED} roles at most.")
    safe = ProtectedRole(guild_id=guild_id, role=role)
    _keep(safe, by, {})
    return safe


@transaction.atomic
def remove_rule(*, rule: Rule, by: Staff) -> None:
    """Take a rung, a ready reason or a role's protection away; what it led to stays."""
    _take_turn(by, rule.guild_id)
    kind, key, before = str(rule._meta.model_name), rule.pk, _told(rule)
    gone, _ = type(rule)._default_manager.filter(guild_id=rule.guild_id, pk=key).delete()
    if not gone:
        raise HouseError("This was taken away already.")
    write_audit(
        verb=f"moderation.{kind}.removed",
        subject=(kind, key),
        by=by,
        guild_id=rule.guild_id,
        before=before,
    )


def oddities_of(*, steps: list[LadderStep], window: timedelta, lifetime: timedelta) -> list[str]:
    """Return what is odd about a ladder, a sentence each."""
    odd = [
        f"{upper.points} points bring no more than {lower.points} points do."
        for lower, upper in pairwise(steps)
        if _weight(upper) <= _weight(lower)
    ]
    if lifetime < window:
        odd.append(
            f"A warning counts for {lifetime.days} days only, so the {window.days} days within "
            "which warnings climb together are never used up."
        )
    return odd


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    # Rules change between two deeds, never in the middle of one.
    lock_docket(guild_id)


def _refuse_rung(rung: LadderStep) -> None:
    if not 1 <= rung.points <= MOST_POINTS:
        raise HouseError(f"A rung takes between 1 and {MOST_POINTS:,} points.")
    if rung.kind == LadderStep.Kind.KICK and rung.duration is not None:
        raise HouseError("A kick has no duration: who is put out may come back at once.")
    _refuse_nonsense(rung)


def _refuse_nonsense(rule: LadderStep | ReasonPreset) -> None:
    try:
        rule.clean_fields(exclude=["guild"])
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error


def _keep(rule: Rule, by: Staff, before: dict[str, Any]) -> None:
    after = _told(rule)
    changed = [name for name in after if before.get(name) != after[name]]
    if before and not changed:
        return
    is_new, kind = rule.pk is None, rule._meta.model_name
    rule.save()
    write_audit(
        verb=f"moderation.{kind}.{'added' if is_new else 'changed'}",
        subject=(str(kind), rule.pk),
        by=by,
        guild_id=rule.guild_id,
        before={name: before[name] for name in changed if before},
        after={name: after[name] for name in changed},
    )


def _told(rule: Rule) -> dict[str, Any]:
    """Return a rule as history keeps it."""
    if isinstance(rule, ProtectedRole):
        return {"role": str(rule.role_id)}
    values = {name: getattr(rule, name) for name in _names(rule)}
    return {
        name: say_duration(value) if isinstance(value, timedelta) else value
        for name, value in values.items()
    }


def _names(rule: LadderStep | ReasonPreset) -> tuple[str, ...]:
    return RUNG if isinstance(rule, LadderStep) else PRESET


def _weight(step: LadderStep) -> tuple[int, timedelta]:
    kinds = [LadderStep.Kind.MUTE, LadderStep.Kind.KICK, LadderStep.Kind.BAN]
    return kinds.index(LadderStep.Kind(step.kind)), step.duration or timedelta.max
