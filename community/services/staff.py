"""Who works at the desk: the first account, new ones, and ending everything somebody has open."""

import secrets

from django.db import transaction
from django.db.models import F

from community.errors import HouseError, NotAllowed
from community.models import Staff
from community.scope import cross_guild
from community.services.audit import write_audit


@transaction.atomic
def open_the_house() -> str | None:
    """Make the first account, `keeper`, and return its password; None when staff exist already."""
    if Staff.objects.exists():
        return None
    password = secrets.token_urlsafe(12)
    keeper = Staff.objects.create_superuser("keeper", password)
    _write_down("community.staff.hired", keeper, None, after={"username": keeper.username})
    return password


@transaction.atomic
def hire_staff(*, username: str, by: Staff, discord_id: int | None = None) -> tuple[Staff, str]:
    """Make an account with a made-up password, which is returned once; the house's keepers may."""
    require_keeper(by)
    if Staff.objects.filter(username__iexact=username).exists():
        raise HouseError(f"Somebody called {username} works here already.")
    password = secrets.token_urlsafe(12)
    staff = Staff.objects.create_user(username, password, discord_id=discord_id)
    _write_down("community.staff.hired", staff, by, after={"username": username})
    return staff, password


@transaction.atomic
def switch_off_staff(*, staff: Staff, by: Staff, reason: str = "") -> None:
    """Close an account and everything it has open; the house is never left without a keeper."""
    require_keeper(by)
    keepers = Staff.objects.select_for_update(no_key=True).filter(is_superuser=True, is_active=True)
    if {keeper.pk for keeper in keepers} <= {staff.pk}:
        raise HouseError(f"{staff} is the last keeper of this house.")
    Staff.objects.filter(pk=staff.pk).update(is_active=False)
    told = {"reason": reason} if reason else {}
    _write_down("community.staff.switched_off", staff, by, before={"active": True}, after={**told})
    end_sessions(staff=staff, by=by)


@transaction.atomic
def switch_on_staff(*, staff: Staff, by: Staff, reason: str = "") -> None:
    """Open an account again: with the password and the grants it had, and no session of then."""
    require_keeper(by)
    if not Staff.objects.filter(pk=staff.pk, is_active=False).update(is_active=True):
        raise HouseError(f"{staff} is not switched off.")
    told = {"reason": reason} if reason else {}
    _write_down("community.staff.switched_on", staff, by, before={"active": False}, after={**told})


@transaction.atomic
def end_sessions(*, staff: Staff, by: Staff) -> None:
    """Sign somebody out everywhere; everyone may do so for themselves."""
    if by != staff:
        require_keeper(by)
    Staff.objects.filter(pk=staff.pk).update(sessions_ended=F("sessions_ended") + 1)
    staff.refresh_from_db(fields=["sessions_ended", "is_active"])
    _write_down("community.staff.signed_out", staff, by)


def require_keeper(by: Staff) -> None:
    """Refuse unless somebody keeps the house."""
    if not (by.is_active and by.is_superuser):
        raise NotAllowed("Only the keepers of the house may do this.")


def _write_down(
    verb: str,
    staff: Staff,
    by: Staff | None,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    with cross_guild("the house's own history"):
        write_audit(verb=verb, subject=("staff", staff.pk), by=by, before=before, after=after)
