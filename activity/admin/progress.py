"""What levels hang at the person page: how far somebody has come, and XP that staff corrects."""

from django import forms
from django.http import HttpRequest

from activity.models import Progress
from activity.services.corrections import MOST_XP, correct_xp
from activity.services.curve import step_of
from community.admin.members import offer_for_person
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.current_guild import staff_of
from community.desk.registry import PersonFact, person_fact
from community.desk.verbs import name_verbs
from community.models import Grant, Member


class XpForm(DeedForm):
    """Asks how much, and why."""

    amount = forms.IntegerField(
        min_value=-MOST_XP, max_value=MOST_XP, help_text="With a minus in front it is taken."
    )
    reason = forms.CharField(
        required=False, max_length=200, help_text="Only staff reads this, in the audit log."
    )


def correct(request: HttpRequest, member: Member, asked: Asked) -> str:
    """Give somebody XP, or take some."""
    told = {"amount": asked["amount"], "reason": asked["reason"]}
    row = correct_xp(member=member, by=staff_of(request), **told)
    return f"They have {row.xp:,} XP now and are level {row.level}."


def how_far(member: Member) -> str:
    """Say which level somebody has reached, and how much is missing for the next."""
    row = Progress.objects.of(member.guild_id).of_person(member.user_id).first()
    if row is None:
        return ""
    step = step_of(row.xp)
    return f"{step.level}, with {row.xp:,} XP; {step.cost - step.done:,} to the next"


CORRECT = Deed(
    name="xp",
    label="Correct XP",
    explains="Their level and the roles it brings follow at once. Nobody is told on Discord.",
    needs=Grant.Capability.CONFIGURE,
    do=correct,
    form=XpForm,
)
offer_for_person(CORRECT, order=500)
person_fact(PersonFact(label="Level", needs=Grant.Capability.SEE, words=how_far, order=40))
name_verbs({"activity.xp.corrected": "corrected the XP of"})
