"""What may be done with a case: put it right, add to it, take it back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from community.desk.actions import Asked, Deed
from community.models import Grant
from moderation.admin.deeds import SPAN, LiftForm, NoteForm, OnceForm, decision_of, say_case
from moderation.admin.showing import what_came
from moderation.errors import NothingToDo
from moderation.models import Case
from moderation.models.cases import LONGEST_REASON
from moderation.services.answers import Wish, change_case, change_length, punish
from moderation.services.given_by_hand import UNDONE_BY, given_by_hand
from moderation.services.overruling import overrule_case
from moderation.services.records import add_to_case, amend_reason
from moderation.services.warnings import pardon_warning

MODERATE, PUNISH = Grant.Capability.MODERATE, Grant.Capability.PUNISH


class ReasonForm(OnceForm):
    """Asks for another reason."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What it said before stays in its history.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for case in self.targets[:1]:
            self.fields["reason"].initial = case.reason  # type: ignore[attr-defined]


class LengthForm(OnceForm):
    """Asks for another end."""

    length = forms.CharField(
        max_length=50,
        label="How long, from when it was decided",
        help_text=f"{SPAN} “for ever” has no end.",
    )


class EvidenceForm(OnceForm):
    """Asks for a link to what was seen."""

    text = forms.CharField(
        max_length=2000,
        label="Evidence",
        help_text="A link to a message or picture, or words; only moderators read it.",
    )


def with_reason(service: Callable[..., Any], words: str) -> Callable[..., str]:
    """Return how a service that takes a case and a reason is asked for."""

    def do(request: HttpRequest, case: Case, asked: Asked) -> str:
        decision = decision_of(request, asked, case.number)
        change_case(service, decision, number=case.number, reason=asked["reason"])
        return f"{words} case #{case.number}."

    return do


def set_length(request: HttpRequest, case: Case, asked: Asked) -> str:
    """Let what a case decided end at another time."""
    decision = decision_of(request, asked, case.number)
    change_length(decision, number=case.number, length=asked["length"])
    changed = Case.objects.of(case.guild_id).get(pk=case.pk)
    return f"Case #{case.number} holds otherwise now: {what_came(changed)}"


def add(is_evidence: bool) -> Callable[..., str]:  # noqa: FBT001 - one of two
    """Return how words or evidence are added to a case."""

    def do(request: HttpRequest, case: Case, asked: Asked) -> str:
        decision = decision_of(request, asked, case.number)
        text = asked["text"]
        add_to_case(case=case, decision=decision, text=text, is_evidence=is_evidence)
        return f"It stands in case #{case.number} now."

    return do


def lift(request: HttpRequest, case: Case, asked: Asked) -> str:
    """End what a case decided, before its time."""
    if not (holds(case) or holds_by_hand(case)) or case.user_id is None:
        raise NothingToDo(f"Nothing of case #{case.number} holds any more.")
    kind = Case.Kind.UNMUTE if case.kind == Case.Kind.MUTE else Case.Kind.UNBAN
    wish = Wish(kind=kind, user_id=case.user_id, reason=asked["reason"])
    return say_case(punish(decision=decision_of(request, asked, case.number), wish=wish))


def holds(case: Any) -> bool:
    """Tell whether what a case decided still holds."""
    return any(each.is_open for each in case.punishments.all())


def holds_by_hand(case: Case) -> bool:
    """Tell whether what others did still holds, as far as is known."""
    if case.source != Case.Source.DISCORD or case.kind not in UNDONE_BY:
        return False
    about = {"guild_id": case.guild_id, "user_id": case.user_id or 0}
    return given_by_hand(**about, now=timezone.now()).get(case.kind) == case


def counts(case: Any) -> bool:
    """Tell whether a case's warning still counts."""
    return any(each.ended_at is None for each in case.warnings.all())


def stands(case: Any) -> bool:
    """Tell whether a case was not undone."""
    return case.overruled_at is None and case.kind != Case.Kind.NOTE


CHANGES = (
    Deed(
        name="reason",
        label="Change reason",
        explains="The case says another reason from now on; the line in the log is changed, too.",
        needs=MODERATE,
        do=with_reason(amend_reason, "Another reason stands in"),
        form=ReasonForm,
    ),
    Deed(
        name="length",
        label="Change length",
        explains="The mute or ban ends at another time; Discord is told.",
        needs=PUNISH,
        do=set_length,
        form=LengthForm,
        is_offered=holds,
    ),
    Deed(
        name="lifetime",
        label="Change length",
        explains="The warning counts until another time; what followed from it stays.",
        needs=MODERATE,
        do=set_length,
        form=LengthForm,
        is_offered=counts,
    ),
    Deed(
        name="lift",
        label="Lift",
        explains="The mute or ban ends now, by a case of its own; this one stays on record.",
        needs=PUNISH,
        do=lift,
        form=LiftForm,
        is_offered=lambda case: holds(case) or holds_by_hand(case),
    ),
    Deed(
        name="note",
        label="Add a note",
        explains="Words that only moderators read, added to this case.",
        needs=MODERATE,
        do=add(is_evidence=False),
        form=NoteForm,
    ),
    Deed(
        name="evidence",
        label="Add evidence",
        explains="What was seen, added to this case.",
        needs=MODERATE,
        do=add(is_evidence=True),
        form=EvidenceForm,
    ),
    Deed(
        name="pardon",
        label="Pardon",
        explains="The warning stays on record and counts no more.",
        needs=MODERATE,
        do=with_reason(pardon_warning, "Pardoned:"),
        form=LiftForm,
        is_offered=counts,
    ),
    Deed(
        name="overrule",
        label="Overrule",
        explains="The case and everything that followed from it is undone: punishment, points, and "
        "what the ladder did. Its history stays.",
        needs=PUNISH,
        do=with_reason(overrule_case, "Undone:"),
        form=LiftForm,
        is_danger=True,
        is_offered=stands,
    ),
)
