"""What moderation knows of a person: a copy of it, and what is left when they are forgotten."""

from django.db import models, transaction

from community.errors import StillNeeded
from community.services.privacy import Rows, plain_rows
from moderation.models import Case, CaseEvent, CaseHold, CaseText, MemberWarning, Punishment

# Every table of this app that says something about a person, and the column that names them.
PERSONAL: dict[type[models.Model], str] = {
    Case: "user_id",
    CaseEvent: "case__user_id",
    MemberWarning: "user_id",
    Punishment: "user_id",
}
# What moderators say among themselves is not the person's.
BETWEEN_MODERATORS = frozenset({"comment", "commitment"})


def export_member(*, user_id: int) -> dict[str, Rows]:
    """Return what this app knows about a person, table by table."""
    return {
        model._meta.label: plain_rows(
            model._base_manager.filter(**{column: user_id}), besides=BETWEEN_MODERATORS
        )
        for model, column in PERSONAL.items()
    }


@transaction.atomic
def forget_member(*, user_id: int) -> int:
    """Empty every word said about a person; that something happened stays, and still proves true.

    Without its salt nobody can guess words from the proof that the history keeps of them.
    """
    if Punishment.objects.standing().filter(user_id=user_id).exists():
        raise StillNeeded("A punishment of theirs still holds: lift it, or wait for its end.")
    if CaseHold.objects.filter(case__user_id=user_id, lifted_at=None).exists():
        raise StillNeeded("A case of theirs must be kept whole: its hold is lifted first.")
    cases = Case.objects.filter(user_id=user_id).exclude(reason="", comment="")
    texts = CaseText.objects.filter(event__case__user_id=user_id).exclude(words="", salt="")
    return cases.update(reason="", comment="") + texts.update(words="", salt="")
