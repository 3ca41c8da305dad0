"""What a case says, and what stands in somebody's record: noted, corrected, counted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from community.errors import HouseError
from moderation.errors import NothingToDo
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.services.checks import WARN, refuse_long_reason, refuse_unless_may
from moderation.services.docket import Decision, Deed, case_of, lock_docket, note_event, open_case
from moderation.services.telling import show_case


@dataclass(frozen=True, slots=True)
class Record:
    """What somebody's record in one server comes to."""

    counts: Counter[str]
    points: int
    open_punishments: tuple[Punishment, ...]
    latest: tuple[Case, ...]


@transaction.atomic
def note_about(*, decision: Decision, user_id: int, text: str) -> Case:
    """Keep a note about somebody that only moderators read."""
    lock_docket(decision.guild_id)
    if (case := case_of(decision)) is not None:
        return case
    refuse_unless_may(decision, WARN)
    if not text.strip():
        raise HouseError("A note says something.")
    return open_case(
        decision=decision, deed=Deed(kind=Case.Kind.NOTE, user_id=user_id, comment=text)
    )


@transaction.atomic
def amend_reason(*, case: Case, decision: Decision, reason: str) -> Case:
    """Give a case another reason; what it said before stays in its history."""
    lock_docket(case.guild_id)
    refuse_unless_may(decision, WARN)
    refuse_long_reason(reason)
    case.refresh_from_db()
    if case.reason == reason:
        raise NothingToDo(f"Case #{case.number} says so already.")
    case.reason = reason
    case.save(update_fields=["reason"])
    note_event(case=case, verb=CaseEvent.Verb.REASON_CHANGED, decision=decision, words=reason)
    show_case(case)
    return case


@transaction.atomic
def add_to_case(*, case: Case, decision: Decision, text: str, is_evidence: bool = False) -> None:
    """Add a moderator's words, or a link to what was seen, to a case."""
    refuse_unless_may(decision, WARN)
    if not text.strip():
        raise HouseError("Say something.")
    verb = CaseEvent.Verb.EVIDENCE_ADDED if is_evidence else CaseEvent.Verb.NOTED
    note_event(case=case, verb=verb, decision=decision, words=text)


def case_numbered(*, guild_id: int, number: int) -> Case:
    """Return a server's case by its number."""
    case: Case | None = Case.objects.of(guild_id).filter(number=number).first()
    if case is None:
        raise HouseError(f"There is no case #{number} here.")
    return case


def record_of(*, guild_id: int, user_id: int, now: datetime, latest: int = 5) -> Record:
    """Return what somebody's record comes to, with their latest cases."""
    cases = Case.objects.of(guild_id).about(user_id)
    latest_cases = cases.latest_first().prefetch_related("warnings")
    counted = cases.filter(overruled_at=None).values_list("kind", flat=True)
    theirs = MemberWarning.objects.of(guild_id).filter(user_id=user_id)
    standing = Punishment.objects.of(guild_id).standing().filter(user_id=user_id)
    return Record(
        Counter(counted),
        theirs.standing(now).points(),
        tuple(standing),
        tuple(latest_cases[:latest]),
    )


def history_of(
    *, guild_id: int, user_id: int, before: int | None = None, page: int = 10
) -> list[Case]:
    """Return one page of somebody's cases, the newest first, before a number when one is given."""
    cases = Case.objects.of(guild_id).about(user_id).prefetch_related("warnings")
    if before is not None:
        cases = cases.filter(number__lt=before)
    return list(cases.latest_first()[:page])
