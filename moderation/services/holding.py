"""Cases that must be kept whole: nothing of them leaves, nor of what they rest on."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from community.errors import HouseError
from community.models import Archive, AuditEntry, Grant, Guild, Member, Staff
from community.services.audit import write_audit
from community.services.grants import require
from moderation.models import Case, CaseHold, MemberWarning


@transaction.atomic
def hold_case(*, case: Case, by: Staff, reason: str) -> CaseHold:
    """Keep a case whole, whatever its time."""
    require(by, Grant.Capability.CONFIGURE, guild_id=case.guild_id)
    try:
        with transaction.atomic():
            hold: CaseHold = CaseHold.objects.create(
                guild_id=case.guild_id, case=case, reason=reason, set_by=by
            )
    except IntegrityError as error:
        raise HouseError(f"Case #{case.number} is held already.") from error
    _note("moderation.case.held", case, by, reason)
    return hold


@transaction.atomic
def lift_hold(*, case: Case, by: Staff, reason: str) -> None:
    """Let the rows of a case leave again when their time is over."""
    require(by, Grant.Capability.CONFIGURE, guild_id=case.guild_id)
    standing = CaseHold.objects.of(case.guild_id).filter(case=case, lifted_at=None)
    if not standing.update(lifted_at=timezone.now(), lifted_by=by):
        raise HouseError(f"Case #{case.number} is not held.")
    _note("moderation.case.hold_lifted", case, by, reason)


def holds_of(case: Case) -> list[CaseHold]:
    """Return every hold a case was ever under, the latest first."""
    holds = CaseHold.objects.of(case.guild_id).filter(case=case)
    return list(holds.select_related("set_by", "lifted_by").order_by("-set_at", "-pk"))


def rows_on_hold(*, model: type[Any]) -> Q | None:
    """Return what finds the rows of a table that must stay, whatever their time."""
    held = CaseHold.objects.filter(lifted_at=None)
    here = held.filter(guild_id=OuterRef("guild_id"))
    if model is Guild:
        return Q(Exists(held.filter(guild_id=OuterRef("pk"))))
    if model in (AuditEntry, Archive):
        return Q(Exists(here))
    if model is MemberWarning:
        return Q(Exists(here.filter(case_id=OuterRef("case_id"))))
    if model is Member:  # who has a record is looked up by it
        cases = Case.objects.filter(guild_id=OuterRef("guild_id"), user_id=OuterRef("user_id"))
        return Q(Exists(cases))
    return None


def _note(verb: str, case: Case, by: Staff, reason: str) -> None:
    write_audit(
        verb=verb,
        subject=("case", case.number),
        by=by,
        guild_id=case.guild_id,
        before={"held": verb != "moderation.case.held"},
        after={"held": verb == "moderation.case.held", "reason": reason},
    )
