"""What moderators do to people from the desk: each deed a page with the record and what follows."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from community.admin.members import offer_for_person
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.current_guild import guild_of, staff_of
from community.errors import HouseError
from community.models import Grant, Member
from moderation.admin.showing import what_came
from moderation.errors import AskFirst
from moderation.models import Case, Punishment, ReasonPreset
from moderation.models.cases import LONGEST_REASON
from moderation.services.answers import ERASED_SPANS, Wish, punish
from moderation.services.docket import Decision
from moderation.services.given_by_hand import given_by_hand
from moderation.services.lookups import brief_on
from moderation.services.records import note_about

MODERATE, PUNISH = Grant.Capability.MODERATE, Grant.Capability.PUNISH
SPAN = "30m, 2d4h, 1w, “until friday 18:00”."


class OnceForm(DeedForm):
    """A form that counts once, however often it is sent; it asks again where the service does."""

    once = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["once"].initial = uuid.uuid4
        if "is_sure" in self.data:
            self._ask_again()

    def refuse(self, refusal: HouseError) -> None:
        """Say what stands against it; what is only worth a question can be answered."""
        super().refuse(refusal)
        if isinstance(refusal, AskFirst):
            self._ask_again()

    def _ask_again(self) -> None:
        self.fields["is_sure"] = forms.BooleanField(required=False, label="Do it all the same")
        self.order_fields(["is_sure"])


class LiftForm(OnceForm):
    """Asks why something is taken back."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The person is told this.",
    )


class DecisionForm(LiftForm):
    """Asks why; the server's ready reasons are offered."""

    kind: ClassVar[str] = ""
    field_order = ["preset"]
    preset = forms.ModelChoiceField(
        ReasonPreset._base_manager.none(),
        required=False,
        label="Ready reason",
        empty_label="None of them",
        help_text="Fills in what you leave empty below.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["preset"]
        for target in self.targets[:1]:
            guild_id = target.guild_id  # type: ignore[attr-defined]
            offered = ReasonPreset.objects.of(guild_id).filter(kind__in=["", self.kind])
            field.queryset = offered.order_by("name")


class WarnForm(DecisionForm):
    """Asks why, how much it counts and for how long."""

    kind = "warn"
    points = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        help_text="Empty: as usual.",
    )
    length = forms.CharField(
        required=False, max_length=50, label="Counts for", help_text=f"{SPAN} Empty: as usual here."
    )


class LastingForm(DecisionForm):
    """Asks why and for how long."""

    length = forms.CharField(
        required=False, max_length=50, label="For how long", help_text=f"{SPAN} Empty: for ever."
    )


class MuteForm(LastingForm):
    """Asks why and for how long somebody is silenced."""

    kind = "mute"


class BanForm(LastingForm):
    """Asks why and for how long somebody is banned, and what goes with them."""

    kind = "ban"
    erased_hours = forms.TypedChoiceField(
        required=False,
        coerce=int,
        choices=[("", "Nothing"), *ERASED_SPANS.items()],
        label="Erase what they wrote",
        help_text="In all channels; it cannot be brought back.",
    )


class KickForm(DecisionForm):
    """Asks why somebody is put out."""

    kind = "kick"


class SoftbanForm(DecisionForm):
    """Asks why somebody is put out with what they wrote."""

    kind = "softban"


class NoteForm(OnceForm):
    """Asks for words that only moderators read."""

    text = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Only moderators read this.",
    )


def decision_of(request: HttpRequest, asked: Asked, mark: object = "") -> Decision:
    """Return who decides in the desk; one form counts once for each whom it is about."""
    staff = staff_of(request)
    return Decision(
        guild_id=guild_of(request).pk,
        moderator_id=staff.discord_id,
        staff=staff,
        source=Case.Source.WEB,
        source_id=f"{asked['once']}:{mark}",
        is_sure=bool(asked.get("is_sure")),
    )


def say_case(case: Case) -> str:
    """Return which case came of it, with the way there, until when it holds and what followed."""
    url = reverse("admin:moderation_case_change", args=[case.pk])
    link = format_html('<a href="{}">Case {}</a> is written down.', url, str(case))
    return format_html("{} {}", link, what_came(case))


def do_to_member(request: HttpRequest, member: Member, asked: Asked, *, kind: str) -> str:
    """Do a deed to a member of this server."""
    wish = Wish(
        kind=kind,
        user_id=member.user_id,
        reason=asked.get("reason", ""),
        preset=getattr(asked.get("preset"), "name", ""),
        length=asked.get("length", ""),
        erased_hours=asked.get("erased_hours") or 0,
        points=asked.get("points"),
    )
    return say_case(punish(decision=decision_of(request, asked, member.user_id), wish=wish))


def write_note(request: HttpRequest, member: Member, asked: Asked) -> str:
    """Keep a note about a member."""
    decision = decision_of(request, asked, member.user_id)
    return say_case(note_about(decision=decision, user_id=member.user_id, text=asked["text"]))


def tell_record(targets: Sequence[Any]) -> dict[str, Any]:
    """Return the record of the one whom it is about, and what comes next."""
    if len(targets) != 1:
        return {}
    return {"known": brief_on(guild_id=targets[0].guild_id, user_id=targets[0].user_id)}


def is_held(kind: str) -> Callable[[Member], bool]:
    """Return whether something holds for a member, given by us or, as far as is known, by hand."""
    return lambda member: (
        any(each.kind == kind for each in held_by(member)) or kind in held_by_hand(member)
    )


def held_by(member: Any) -> list[Punishment]:
    """Return what holds for a member; asked once for a page."""
    if not hasattr(member, "held_now"):
        standing = Punishment.objects.of(member.guild_id).standing()
        member.held_now = list(standing.filter(user_id=member.user_id).order_by("kind"))
    found: list[Punishment] = member.held_now
    return found


def held_by_hand(member: Any) -> dict[str, Case]:
    """Return under which cases others gave what holds for a member; asked once for a page."""
    if not hasattr(member, "held_by_others"):
        about = {"guild_id": member.guild_id, "user_id": member.user_id}
        member.held_by_others = given_by_hand(**about, now=timezone.now())
    found: dict[str, Case] = member.held_by_others
    return found


def is_here(member: Member) -> bool:
    """Tell whether somebody can be put out."""
    return member.left_at is None


def _act(kind: str, label: str, explains: str, form: type[DeedForm], **more: Any) -> Deed:
    """Return a deed done to a member, shown with their record."""
    do = partial(do_to_member, kind=kind)
    rest: dict[str, Any] = {"do": do, "needs": PUNISH, **RECORD, **more}
    return Deed(name=kind, label=label, explains=explains, form=form, **rest)


TOLD = "They are told by message, the case is written down, and it stays true whatever happens."
RECORD: dict[str, Any] = {"brief": "moderation/brief.html", "tell": tell_record}
MANY: dict[str, Any] = {"is_for_many": True}
OUT: dict[str, Any] = {"is_offered": is_here}
ACTS = (
    Deed(
        name="note",
        label="Note",
        explains="A note stays with the person, and they never see it.",
        needs=MODERATE,
        do=write_note,
        form=NoteForm,
        **RECORD,
    ),
    _act(
        "warn",
        "Warn",
        "A warning counts points until it runs out; enough of them climb the ladder.",
        WarnForm,
        needs=MODERATE,
        **MANY,
    ),
    _act("mute", "Mute", TOLD, MuteForm, **MANY),
    _act("unmute", "Unmute", "They may speak again.", LiftForm, is_offered=is_held("mute")),
    _act("kick", "Kick", "They are put out; they may come back.", KickForm, **MANY, **OUT),
    _act(
        "softban",
        "Softban",
        "They are put out, and what they wrote in the last day with them; they may come back.",
        SoftbanForm,
        **OUT,
    ),
    _act("ban", "Ban", TOLD, BanForm, **MANY, is_danger=True),
    _act("unban", "Unban", "They may come back.", LiftForm, is_offered=is_held("ban")),
)

for place, act in enumerate(ACTS):
    offer_for_person(act, order=10 + place)
