"""Which roles newcomers are given, as a server sets it."""

from django.db import transaction

from community.errors import HouseError
from community.models import AutoRole, Grant, Guild, Role, Staff
from community.services.audit import write_audit
from community.services.gifts import NEWCOMERS, given_otherwise
from community.services.giving import footing_of, why_not_give
from community.services.grants import require

MOST = 10


@transaction.atomic
def add_auto_role(*, guild_id: int, by: Staff, role: Role) -> AutoRole:
    """Give a role to whoever comes in from now on."""
    _take_turn(by, guild_id)
    if not Role.objects.filter(guild_id=guild_id, pk=role.pk).exists():
        raise HouseError("There is no such role in this server.")
    rules = AutoRole.objects.filter(guild_id=guild_id)
    if rules.filter(role_id=role.pk).exists():
        raise HouseError(f"Newcomers are given {role} already.")
    if rules.count() >= MOST:
        raise HouseError(f"Newcomers are given {MOST} roles at most.")
    elsewhere = given_otherwise(guild_id=guild_id, by=NEWCOMERS)
    if words := why_not_give(role=role) or elsewhere.get(role.pk, "").format(role):
        raise HouseError(words)
    rule = AutoRole.objects.create(guild_id=guild_id, role=role)
    _note("added", rule, by)
    return rule


@transaction.atomic
def remove_auto_role(*, rule: AutoRole, by: Staff) -> None:
    """Give a role to newcomers no more; whoever has it keeps it."""
    _take_turn(by, rule.guild_id)
    _note("removed", rule, by)
    gone, _ = AutoRole.objects.filter(guild_id=rule.guild_id, pk=rule.pk).delete()
    if not gone:
        raise HouseError("This was taken away already.")


def why_not_for_newcomers(*rules: AutoRole) -> dict[int, str]:
    """Say which of a server's rules give nothing as things stand, and why."""
    if not rules:
        return {}
    footing = footing_of(rules[0].guild_id)
    told = {rule.pk: why_not_give(role=rule.role, footing=footing) for rule in rules}
    return {key: words for key, words in told.items() if words}


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)


def _note(verb: str, rule: AutoRole, by: Staff) -> None:
    told = {"role": str(rule.role_id)}
    write_audit(
        verb=f"community.autorole.{verb}",
        subject=("autorole", rule.pk),
        by=by,
        guild_id=rule.guild_id,
        before=told if verb == "removed" else {},
        after=told if verb == "added" else {},
    )
