"""Warnings: written down, run out, taken back; what follows them is the ladder's."""

from datetime import datetime, timedelta

from django.db import transaction

from community.errors import HouseError
from community.models import GuildSettings
from community.scope import cross_guild
from moderation.models import Case, CaseEvent, LadderFire, MemberWarning
from moderation.services.docket import Decision, Deed, lock_docket, note_event, open_case
from moderation.services.ladder import points_of, rung_crossed

RUN_OUT_AT_ONCE = 500


@transaction.atomic
def write_warning(
    *,
    decision: Decision,
    user_id: int,
    reason: str,
    points: int = 1,
    lifetime: timedelta | None = None,
) -> tuple[MemberWarning, LadderFire | None]:
    """Write a warning down with its case, and note the rung that it crosses.

    The warning stands whatever becomes of the rung's punishment.
    """
    # One server's deeds happen in turn: each of forty warnings at once sees those before it.
    lock_docket(decision.guild_id)
    before = points_of(guild_id=decision.guild_id, user_id=user_id, now=decision.at)
    deed = Deed(kind=Case.Kind.WARN, user_id=user_id, reason=reason, points=points)
    case = open_case(decision=decision, deed=deed)
    settings = GuildSettings.objects.get(guild_id=decision.guild_id)
    warning: MemberWarning = MemberWarning.objects.create(
        guild_id=decision.guild_id,
        case=case,
        user_id=user_id,
        points=points,
        given_at=decision.at,
        expires_at=decision.at + (lifetime or settings.warning_lifetime),
    )
    return warning, rung_crossed(warning=warning, before=before, after=before + points)


@transaction.atomic
def end_warning(
    *, warning: MemberWarning, decision: Decision, ending: str, reason: str = ""
) -> bool:
    """Take a warning back, as its case tells; True for exactly one caller."""
    verb = {
        MemberWarning.Ending.EXPIRED: CaseEvent.Verb.EXPIRED,
        MemberWarning.Ending.PARDONED: CaseEvent.Verb.PARDONED,
        MemberWarning.Ending.OVERRULED: CaseEvent.Verb.OVERRULED,
    }[MemberWarning.Ending(ending)]
    lock_docket(warning.guild_id)
    standing = MemberWarning.objects.of(warning.guild_id).filter(pk=warning.pk, ended_at=None)
    told = {"ended_at": decision.at, "ended_by_id": decision.moderator_id, "ending": ending}
    if not standing.update(**told):
        return False
    note_event(case=warning.case, verb=verb, decision=decision, words=reason)
    return True


@transaction.atomic
def pardon_warning(*, case: Case, decision: Decision, reason: str) -> MemberWarning:
    """Forgive a warning: it stays in the record and counts no more."""
    warning = case.warnings.first()
    if warning is None:
        raise HouseError(f"Case #{case.number} is no warning.")
    ending = MemberWarning.Ending.PARDONED
    if not end_warning(warning=warning, decision=decision, ending=ending, reason=reason):
        raise HouseError(f"Warning #{case.number} has ended already.")
    warning.refresh_from_db()
    return warning


@transaction.atomic
def end_run_out_warnings(*, now: datetime) -> int:
    """End the warnings of all servers whose time is over, a bounded number; return how many."""
    with cross_guild("warnings of every server run out"):
        over = MemberWarning.objects.run_out(now).select_related("case").order_by("guild_id", "pk")
        return sum(
            end_warning(
                warning=warning,
                decision=Decision(guild_id=warning.guild_id, source=Case.Source.CLOCK, at=now),
                ending=MemberWarning.Ending.EXPIRED,
            )
            for warning in over[:RUN_OUT_AT_ONCE]
        )
