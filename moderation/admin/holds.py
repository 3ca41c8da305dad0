"""What keeps a case whole, whatever its time: set and lifted with a reason."""

from django import forms
from django.http import HttpRequest

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.current_guild import staff_of
from community.desk.people import in_words
from community.desk.verbs import name_verbs
from community.models import Grant
from moderation.models import Case
from moderation.services.holding import hold_case, holds_of, lift_hold

CONFIGURE = Grant.Capability.CONFIGURE


class WhyForm(DeedForm):
    """Asks why."""

    reason = forms.CharField(max_length=400, help_text="Stands in the audit log.")


def hold(request: HttpRequest, case: Case, asked: Asked) -> str:
    """Keep a case whole."""
    hold_case(case=case, by=staff_of(request), reason=asked["reason"])
    return f"Case #{case.number} is kept whole until the hold is lifted."


def lift(request: HttpRequest, case: Case, asked: Asked) -> str:
    """Let a case's rows leave in their time again."""
    lift_hold(case=case, by=staff_of(request), reason=asked["reason"])
    return f"The hold of case #{case.number} is lifted."


def hold_in_words(case: Case) -> str:
    """Say since when a case is held, by whom and why."""
    standing = [each for each in holds_of(case) if each.lifted_at is None]
    return " ".join(f"{each.reason} ({each.set_by}, {in_words(each.set_at)})" for each in standing)


def is_held(case: Case) -> bool:
    """Tell whether a case is held, as its page asked."""
    return bool(getattr(case, "is_held", False))


HOLDS = (
    Deed(
        name="hold",
        label="Hold",
        explains="Nothing of this case leaves while it is held: not its warnings and history, nor "
        "this server's audit log and archive files, nor the server itself; and the person cannot "
        "be erased. Messages are not held: of them only is known that they were written, and after "
        "a year a month of them goes for all servers at once.",
        needs=CONFIGURE,
        do=hold,
        form=WhyForm,
        is_offered=lambda case: not is_held(case),
    ),
    Deed(
        name="lift_hold",
        label="Lift hold",
        explains="Its rows leave in their time again, as every other's.",
        needs=CONFIGURE,
        do=lift,
        form=WhyForm,
        is_offered=is_held,
    ),
)
name_verbs(
    {
        "moderation.case.held": "had a case kept whole",
        "moderation.case.hold_lifted": "lifted the hold of a case",
    }
)
