"""Roles that come back with their people; those of staff at somebody's word alone."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import (
    Grant,
    GuildSettings,
    MemberRole,
    Role,
    RoleReturn,
    Staff,
    StandingOrder,
    Stay,
)
from community.services.audit import write_audit
from community.services.gifts import NEWCOMERS, given_otherwise
from community.services.giving import Footing, staff_rights_of, why_not_give
from community.services.grants import capabilities_of, require
from community.services.mirror.rights import ADMINISTRATOR, permissions_of
from community.services.wishes import ROLE, give_role_to

RETURNED = "They had it when they left, and staff said so"


def roles_to_return(*, stay: Stay, settings: GuildSettings, footing: Footing) -> list[int]:
    """Return what somebody had when they left last and may have back; ask about the rest."""
    free = []
    for role in _held_before(stay):
        if role.pk == settings.mute_role_id:
            continue  # who is still to be silent is kept so by their punishment
        if is_of_staff(role, footing):
            _ask_about(stay, role)
        elif not why_not_give(role=role, footing=footing):
            free.append(role.pk)
    return free


def is_of_staff(role: Role, footing: Footing) -> bool:
    """Tell whether a role lets its holders do what staff does, on Discord or at the desk."""
    return bool(staff_rights_of(role)) or role.pk in footing.granted


@transaction.atomic
def decide_role_return(*, asked: RoleReturn, by: Staff, is_given: bool) -> None:
    """Give somebody back the role of staff they had, or refuse it; once."""
    require(by, Grant.Capability.STAFF, guild_id=asked.guild_id)
    rows = RoleReturn.objects.of(asked.guild_id).waiting().filter(pk=asked.pk)
    row = rows.select_related("member", "role").select_for_update(of=("self",)).first()
    if row is None:
        raise HouseError("This was decided already.")
    if is_given:
        _refuse_more_than_theirs(by, row)
        give_role_to(
            guild_id=row.guild_id,
            role_id=row.role_id,
            user_ids=[row.member.user_id],
            reason=RETURNED,
        )
    row.state = RoleReturn.State.APPROVED if is_given else RoleReturn.State.REFUSED
    row.decided_by, row.decided_at = by, timezone.now()
    row.save()
    write_audit(
        verb=f"community.rolereturn.{row.state}",
        subject=("user", row.member.user_id),
        by=by,
        guild_id=row.guild_id,
        after={"role": str(row.role_id)},
    )


def _refuse_more_than_theirs(by: Staff, row: RoleReturn) -> None:
    """Refuse who could not hand it out on Discord, nor at the desk, themselves."""
    if by.discord_id == row.member.user_id:
        raise NotAllowed("Nobody gives themselves a role of staff.")
    rights = permissions_of(guild_id=row.guild_id, user_id=by.discord_id or 0)
    if not rights & ADMINISTRATOR and staff_rights_of(row.role) & ~rights:
        raise NotAllowed(f"{row.role} lets its holders do more on Discord than you may yourself.")
    grants = Grant.objects.standing().filter(guild_id=row.guild_id, role_id=row.role_id)
    carried = {each for grant in grants for each in grant.capabilities}
    if carried - capabilities_of(by, guild_id=row.guild_id):
        raise NotAllowed(f"{row.role} carries rights at this desk that you do not hold.")


def _held_before(stay: Stay) -> Iterator[Role]:
    """Yield the roles that ended when somebody left last, but for those that are kept anyway."""
    earlier = Stay.objects.of(stay.guild_id).filter(
        member_id=stay.member_id, left_at__isnull=False, joined_at__lt=stay.joined_at
    )
    left_at = earlier.order_by("-left_at").values_list("left_at", flat=True).first()
    if left_at is None:
        return
    held = MemberRole.objects.filter(
        guild_id=stay.guild_id, member_id=stay.member_id, ended_at__gte=left_at
    )
    kept = StandingOrder.objects.of(stay.guild_id).about(stay.member.user_id)
    ruled = set(kept.filter(kind=ROLE).values_list("subject", flat=True))
    # What something gives by itself, it gives again; what it has taken stays taken.
    ruled |= given_otherwise(guild_id=stay.guild_id, by=NEWCOMERS).keys()
    for each in held.select_related("role").order_by("role_id"):
        if each.role_id not in ruled:
            yield each.role


def _ask_about(stay: Stay, role: Role) -> None:
    RoleReturn.objects.get_or_create(
        guild_id=stay.guild_id,
        member_id=stay.member_id,
        role=role,
        state=RoleReturn.State.WAITING,
    )
