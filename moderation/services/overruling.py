"""A case is undone with all that followed from it: punishment, points, the ladder's consequence."""

from dataclasses import replace

from django.db import transaction

from moderation.errors import NothingToDo
from moderation.models import Case, CaseEvent, LadderFire, MemberWarning, Punishment
from moderation.services.checks import BAN, WARN, refuse_unless_may
from moderation.services.docket import Decision, note_event
from moderation.services.punishments import lift_punishment, take_turn
from moderation.services.telling import show_case
from moderation.services.warnings import end_warning


@transaction.atomic
def overrule_case(*, case: Case, decision: Decision, reason: str) -> Case:
    """Undo a case and everything that followed from it; its history stays."""
    take_turn(decision, case.user_id or 0)
    refuse_unless_may(decision, BAN if case.kind == Case.Kind.BAN else WARN)
    case.refresh_from_db()
    if case.overruled_at is not None:
        raise NothingToDo(f"Case #{case.number} was overruled already.")
    _undo(case, decision, reason)
    return case


def _undo(case: Case, decision: Decision, reason: str) -> None:
    case.overruled_at = decision.at
    case.save(update_fields=["overruled_at"])
    note_event(case=case, verb=CaseEvent.Verb.OVERRULED, decision=decision, words=reason)
    for punishment in Punishment.objects.of(case.guild_id).standing().filter(case=case):
        punishment.case = case
        lift_punishment(punishment=punishment, decision=decision, by=case)
    for warning in MemberWarning.objects.of(case.guild_id).filter(case=case):
        end_warning(warning=warning, decision=decision, ending=MemberWarning.Ending.OVERRULED)
        _undo_fires(warning, decision, reason)
    show_case(case)


def _undo_fires(warning: MemberWarning, decision: Decision, reason: str) -> None:
    fires = LadderFire.objects.filter(guild_id=warning.guild_id, warning=warning, undone_at=None)
    for fire in fires.select_related("consequence"):
        fire.undone_at = decision.at
        fire.save(update_fields=["undone_at"])
        followed = fire.consequence
        # A mute that the rung only made longer belongs to another decision, which stands.
        if followed and followed.overruled_at is None and followed.cause_id == warning.case_id:
            _undo(followed, replace(decision, source_id=""), reason)
