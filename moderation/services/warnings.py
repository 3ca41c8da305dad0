"""Warnings: written down, run out, taken back; what follows them is the ladder's."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from community.errors import HouseError
from community.models import GuildSettings
from community.scope import cross_guild
from moderation.errors import NothingToDo
from moderation.models import Case, CaseEvent, LadderFire, MemberWarning
from moderation.services.checks import (
    WARN,
    refuse_in_a_hurry,
    refuse_long_reason,
    refuse_out_of_reach,
    refuse_unless_may,
)
from moderation.services.deeds import ban_member, kick_member, mute_member
from moderation.services.docket import Decision, Deed, lock_docket, note_event, open_case
from moderation.services.ladder import points_of, rung_crossed
from moderation.services.punishments import punishment_of, take_turn
from moderation.services.telling import show_case, tell_person

RUN_OUT_AT_ONCE = 500


@transaction.atomic(savepoint=False)
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
    if ending != MemberWarning.Ending.OVERRULED:  # its case tells of that itself
        note_event(case=warning.case, verb=verb, decision=decision, words=reason)
    return True


@transaction.atomic
def pardon_warning(*, case: Case, decision: Decision, reason: str) -> MemberWarning:
    """Forgive a warning: it stays in the record and counts no more."""
    refuse_unless_may(decision, WARN)
    warning = case.warnings.first()
    if warning is None:
        over = "ended long ago" if case.kind == Case.Kind.WARN else "is no warning"
        raise HouseError(f"Case #{case.number} {over}.")
    ending = MemberWarning.Ending.PARDONED
    if not end_warning(warning=warning, decision=decision, ending=ending, reason=reason):
        raise HouseError(f"Warning #{case.number} has ended already.")
    warning.refresh_from_db()
    show_case(case)
    return warning


@transaction.atomic
def amend_warning(*, case: Case, decision: Decision, duration: timedelta | None) -> Case:
    """Let a warning count longer or less long, from when it was given; None is for ever."""
    lock_docket(case.guild_id)
    refuse_unless_may(decision, WARN)
    standing = MemberWarning.objects.of(case.guild_id).standing(decision.at)
    if (warning := standing.filter(case=case).first()) is None:
        raise HouseError(f"Warning #{case.number} counts no more.")
    end = None if duration is None else warning.given_at + duration
    if end == warning.expires_at:
        raise NothingToDo(f"Case #{case.number} says so already.")
    if end is not None and end <= decision.at:
        raise HouseError("That would have ended in the past: pardon it instead.")
    warning.expires_at = end
    warning.save(update_fields=["expires_at"])
    facts = {"seconds": None if duration is None else round(duration.total_seconds())}
    verb = CaseEvent.Verb.DURATION_CHANGED
    note_event(case=case, verb=verb, decision=decision, facts=facts)
    show_case(case)
    return case


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


@transaction.atomic
def warn_member(*, decision: Decision, deed: Deed) -> tuple[Case, LadderFire | None]:
    """Warn somebody; the warning stands even when what the ladder asks for cannot be done."""
    if deed.user_id is None:
        raise HouseError("Say whom.")
    if (told := take_turn(decision, deed.user_id)) is not None:
        return told, LadderFire.objects.of(told.guild_id).filter(warning__case=told).first()
    refuse_long_reason(deed.reason)
    refuse_out_of_reach(decision, deed.user_id)
    refuse_unless_may(decision, WARN)
    refuse_in_a_hurry(decision, deed)
    warning, fire = write_warning(
        decision=decision,
        user_id=deed.user_id,
        reason=deed.reason,
        points=max(1, deed.points),
        lifetime=deed.duration,
    )
    tell_person(warning.case)
    if fire is not None:
        _follow(fire, warning, decision)
    show_case(warning.case)
    return warning.case, fire


def _follow(fire: LadderFire, warning: MemberWarning, decision: Decision) -> None:
    """Do what a rung asks for; what refuses it is written down and refuses nothing else."""
    try:
        with transaction.atomic():
            fire.consequence = _punish(fire, warning, decision)
    except HouseError as refusal:
        fire.words = str(refusal)[:400]
    fire.save(update_fields=["consequence", "words"])


def _punish(fire: LadderFire, warning: MemberWarning, decision: Decision) -> Case:
    step = fire.step
    assert step is not None  # noqa: S101 - it was crossed a moment ago
    by_rule = replace(
        decision,
        source=Case.Source.RULE,
        source_id=f"ladder:{warning.pk}",
        staff=None,
        permissions=None,
        is_sure=True,
    )
    deed = Deed(
        kind=step.kind,
        user_id=warning.user_id,
        reason=f"{fire.points} points",
        duration=step.duration,
        cause=warning.case,
    )
    _refuse_to_shorten(warning.user_id, by_rule, deed)
    punish = {"mute": mute_member, "kick": kick_member, "ban": ban_member}[step.kind]
    return punish(decision=by_rule, deed=deed)


def _refuse_to_shorten(user_id: int, decision: Decision, deed: Deed) -> None:
    holds = punishment_of(guild_id=decision.guild_id, user_id=user_id, kind=deed.kind)
    if holds is None or deed.duration is None:
        return
    if holds.ends_at is None or holds.ends_at >= decision.at + deed.duration:
        raise HouseError(f"Case #{holds.case.number} punishes them for as long already.")
