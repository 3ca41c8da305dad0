"""Who may do what in which server: asked live, given and taken back by those who hold it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import Grant, Guild, MemberRole, Role, Staff
from community.scope import cross_guild
from community.services.audit import OnDiscord, write_audit

Capability = Grant.Capability
MAY_CONFIGURE = 1 << 3 | 1 << 5  # Discord's administrators, and who may manage the server


def grants_of(staff: Staff) -> QuerySet[Grant]:
    """Return a person's standing grants in the scope: their own, and those of roles they hold."""
    if not staff.is_active:
        return Grant.objects.none()
    theirs = Q(staff=staff)
    if staff.discord_id is not None:
        theirs |= Q(Exists(_assignments_of(staff)), role__deleted_at=None, role__isnull=False)
    return Grant.objects.standing().filter(theirs)


def capabilities_of(staff: Staff, *, guild_id: int) -> frozenset[str]:
    """Return what a person may do in a server now; whoever may do anything may see."""
    granted = {
        one for grant in grants_of(staff).filter(guild_id=guild_id) for one in grant.capabilities
    }
    return frozenset(granted | {Capability.SEE} if granted else ())


def who_on_discord(*, guild_id: int, user_id: int, permissions: int) -> Staff | OnDiscord:
    """Return somebody on Discord as staff where they may configure as such, or as they are."""
    staff = Staff.objects.filter(discord_id=user_id, is_active=True).first()
    if staff and Capability.CONFIGURE in capabilities_of(staff, guild_id=guild_id):
        return staff
    return OnDiscord(user_id, permissions)


def guilds_of(staff: Staff) -> dict[Guild, frozenset[str]]:
    """Return the servers a person may see now, by name, and what they may do in each."""
    rights: dict[int, set[str]] = defaultdict(lambda: {Capability.SEE})
    with cross_guild("which servers one person was granted"):
        for guild_id, capabilities in grants_of(staff).values_list("guild_id", "capabilities"):
            rights[guild_id].update(capabilities)
        guilds = list(Guild.objects.present().filter(pk__in=rights).order_by("name", "pk"))
    return {guild: frozenset(rights[guild.pk]) for guild in guilds}


def require(staff: Staff | OnDiscord, capability: str, *, guild_id: int) -> None:
    """Refuse unless the person holds the capability in the server now.

    Who has no account here may on Discord what Discord's own right lets them: configure.
    """
    if isinstance(staff, OnDiscord):
        if capability != Capability.CONFIGURE or not staff.permissions & MAY_CONFIGURE:
            raise NotAllowed("This needs the permission “Manage Server” here.")
        return
    if capability not in capabilities_of(staff, guild_id=guild_id):
        raise NotAllowed(f"This needs the right to {Capability(capability).label.lower()} here.")


@transaction.atomic
def give_grant(
    *,
    guild_id: int,
    by: Staff,
    to: Staff | Role,
    capabilities: Iterable[str],
    expires_at: datetime | None = None,
) -> Grant:
    """Grant capabilities in place of what somebody had; nobody gives more than they hold."""
    wanted = sorted(set(capabilities))
    if not wanted or set(wanted) - set(Capability.values):
        raise HouseError("Choose one or more of: " + ", ".join(Capability.labels) + ".")
    # Grants of one server change one after the other, so two givers cannot cross.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    by.refresh_from_db()
    _refuse_own(by, to, guild_id)
    _refuse_more_than_held(by, wanted, expires_at, guild_id)
    holder: dict[str, Staff | Role] = {"staff": to} if isinstance(to, Staff) else {"role": to}
    _make_room(guild_id, holder, by)
    grant = Grant.objects.create(
        guild_id=guild_id, given_by=by, capabilities=wanted, expires_at=expires_at, **holder
    )
    write_audit(
        verb="community.grant.given",
        subject=("grant", grant.pk),
        by=by,
        guild_id=guild_id,
        after=_described(grant),
    )
    return grant


@transaction.atomic
def take_back_grant(*, grant: Grant, by: Staff, reason: str = "") -> bool:
    """End a grant; False when it had ended before. Nobody takes back more than they hold."""
    _refuse_own(by, grant.staff or grant.role, grant.guild_id)
    _refuse_more_than_held(by, grant.capabilities, None, grant.guild_id, taking=True)
    ended = Grant.objects.filter(guild_id=grant.guild_id, pk=grant.pk, ended_at=None)
    if not ended.update(ended_at=timezone.now()):
        return False
    write_audit(
        verb="community.grant.taken_back",
        subject=("grant", grant.pk),
        by=by,
        guild_id=grant.guild_id,
        before=_described(grant),
        after={"reason": reason} if reason else {},
    )
    return True


def _make_room(guild_id: int, holder: dict[str, Staff | Role], by: Staff) -> None:
    """End what the holder has; what has run out by itself takes nobody's leave."""
    open_ones = Grant.objects.filter(guild_id=guild_id, ended_at=None, **holder)
    open_ones.filter(expires_at__lte=timezone.now()).update(ended_at=timezone.now())
    if (old := open_ones.first()) is not None:
        take_back_grant(grant=old, by=by)


def _refuse_own(by: Staff, to: Staff | Role | None, guild_id: int) -> None:
    # Somebody has to be first: the house's keeper may, and the audit log shows it.
    if by.is_superuser:
        return
    if to == by:
        raise NotAllowed("Nobody changes their own grants.")
    if isinstance(to, Role) and grants_hang_on(by, to, guild_id=guild_id):
        raise NotAllowed(f"You hold {to}: nobody changes their own grants.")


def grants_hang_on(staff: Staff, role: Role, *, guild_id: int) -> bool:
    """Tell whether a person holds a role now, so that a grant to it is a grant to them."""
    held = MemberRole.objects.standing().filter(guild_id=guild_id, role=role)
    return held.filter(member__user_id=staff.discord_id or 0).exists()


def _refuse_more_than_held(
    by: Staff,
    capabilities: Iterable[str],
    expires_at: datetime | None,
    guild_id: int,
    *,
    taking: bool = False,
) -> None:
    if not by.is_active:
        raise NotAllowed("This account is switched off.")
    if by.is_superuser:
        return
    held = _held_until(by, guild_id)
    if Capability.STAFF not in held:
        raise NotAllowed("This needs the right to grant and take back here.")
    for capability in capabilities:
        if capability not in held:
            raise NotAllowed(f"You do not hold “{Capability(capability).label}” here yourself.")
        # Taking back may end what would have lasted longer than one's own.
        _refuse_longer(capability, held[capability] if taking else expires_at, held[capability])


def _refuse_longer(capability: str, wanted: datetime | None, held: datetime | None) -> None:
    if held is not None and (wanted is None or wanted > held):
        label = Capability(capability).label
        raise NotAllowed(f"Your own “{label}” ends {held:%d %b %Y %H:%M} UTC; give no longer.")


def _held_until(staff: Staff, guild_id: int) -> dict[str, datetime | None]:
    """Map what a person holds to when it ends (None: it does not)."""
    held: dict[str, datetime | None] = {}
    role_until = Subquery(_assignments_of(staff).values("expires_at")[:1])
    for grant in grants_of(staff).filter(guild_id=guild_id).annotate(role_until=role_until):
        # A right that comes with a role ends with the grant or with the role, whichever is first.
        ends = (grant.expires_at, grant.role_until)
        end = min(filter(None, ends), default=None)
        for one in [*grant.capabilities, Capability.SEE.value]:
            known = held.get(one, end)
            held[one] = None if end is None or known is None else max(end, known)
    return held


def _assignments_of(staff: Staff) -> QuerySet[MemberRole]:
    """Return the assignments by which a person holds the role of a grant."""
    return MemberRole.objects.filter(
        guild_id=OuterRef("guild_id"),
        role_id=OuterRef("role_id"),
        member__user_id=staff.discord_id or 0,
        member__left_at=None,
        ended_at=None,
    ).exclude(expires_at__lte=timezone.now())


def _described(grant: Grant) -> dict[str, object]:
    return {
        "to": f"staff {grant.staff_id}" if grant.staff_id else f"role {grant.role_id}",
        "capabilities": grant.capabilities,
        "expires_at": grant.expires_at and grant.expires_at.isoformat(),
    }
