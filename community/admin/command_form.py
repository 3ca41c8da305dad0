"""The form in which a command is made, and what it would answer as it stands there."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.desk.actions import Asked, DeedForm, SpanField
from community.desk.current_guild import guild_of, staff_of
from community.desk.settings import TEXT_KINDS
from community.errors import HouseError
from community.models import Channel, CustomCommand, Member, Role
from community.models.commands import LONGEST_SOURCE
from community.services.answering import preview_answer
from community.services.command_files import LONGEST_FILE
from community.services.commands import aliases_of
from community.services.making import read_buttons, write_buttons

HOW_LONG = "Like 3s or 5m. Empty: none."
NOTHING = timedelta(0)
# What an answer is shown with, and nothing is kept of.
SHOWN_WITH = ("as_person", "as_channel", "as_args")
LONGEST_ID = 20


def _text(label: str, rows: int, longest: int, hint: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return forms.CharField(
        required=False, label=label, max_length=longest, widget=area, help_text=hint
    )


class CommandForm(DeedForm):
    """Asks what a command is called, what it answers, and to whom."""

    name = forms.CharField(max_length=32, help_text="Letters, digits, - and _.")
    aliases = forms.CharField(
        required=False, max_length=400, label="Other names", help_text="With spaces between."
    )
    response = _text("Answer", 5, LONGEST_SOURCE, "Like: Hello, {{ user.name }}!")
    embed_title = forms.CharField(required=False, max_length=256, label="Title of a card")
    embed_text = _text("Text of the card", 4, LONGEST_SOURCE, "Below the title.")
    embed_picture = forms.CharField(
        required=False, max_length=500, label="Picture", help_text="An address with https://."
    )
    embed_colour = forms.CharField(
        required=False,
        initial="#5b6ee1",
        label="Colour of the card",
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    buttons = _text("Buttons", 2, 4_000, "One a line: Label | https://example.org")
    user_pause = SpanField(
        required=False, initial="3s", label="One person waits", help_text=HOW_LONG
    )
    channel_pause = SpanField(required=False, label="A channel waits", help_text=HOW_LONG)
    role_ids = forms.TypedMultipleChoiceField(
        coerce=int, required=False, label="Only for", help_text="None: for everybody."
    )
    channel_ids = forms.TypedMultipleChoiceField(
        coerce=int, required=False, label="Only in", help_text="None: everywhere."
    )
    pings = forms.ChoiceField(choices=CustomCommand.Pings, label="May call")
    is_enabled = forms.BooleanField(required=False, initial=True, label="On")
    as_person = forms.CharField(
        required=False, max_length=100, label="As used by", help_text="A name, or an id."
    )
    as_channel = forms.TypedChoiceField(coerce=int, required=False, label="As used in")
    as_args = forms.CharField(required=False, max_length=200, label="With the words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(each.pk, str(each)) for each in Role.objects.standing().order_by("-position")]
        rows = Channel.objects.standing().filter(kind__in=TEXT_KINDS).in_tree()
        channels = [(each.pk, str(each)) for each in rows]
        offered: Any = self.fields
        offered["role_ids"].choices = roles
        offered["channel_ids"].choices = offered["as_channel"].choices = channels
        for command in self.targets[:1]:
            self.initial = _shown(command)

    def visible_fields(self) -> list[forms.BoundField]:
        """Return the fields of the command itself."""
        return [each for each in super().visible_fields() if each.name not in SHOWN_WITH]

    def shown_with(self) -> list[forms.BoundField]:
        """Return the fields that stand with the answer."""
        return [self[name] for name in SHOWN_WITH]

    def clean_embed_colour(self) -> int:
        """Return a colour as a number."""
        try:
            return int(self.cleaned_data["embed_colour"].lstrip("#") or "5b6ee1", 16)
        except ValueError:
            raise forms.ValidationError("A colour is written like #5b6ee1.") from None

    @staticmethod
    def kept(asked: Asked) -> dict[str, Any]:
        """Return what is kept of the form: nothing of what it is shown with."""
        told = {name: value for name, value in asked.items() if name not in SHOWN_WITH}
        told["aliases"] = told["aliases"].replace(",", " ").split()
        told["buttons"] = read_buttons(told["buttons"])
        for name in ("user_pause", "channel_pause"):
            told[name] = told[name] or NOTHING
        return told


class ImportForm(DeedForm):
    """Asks for the text of a file."""

    text = forms.CharField(
        label="What stands in the file",
        max_length=LONGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    replaces = forms.BooleanField(required=False, label="Change those that are there already")


def preview_of(request: HttpRequest) -> HttpResponse:
    """Show what the form of a request would answer."""
    told: dict[str, Any] = {}
    if request.method == "POST":
        form = CommandForm(request.POST)
        form.full_clean()
        try:
            told = {"message": _answer(request, getattr(form, "cleaned_data", {}))}
        except HouseError as refusal:
            told = {"refusal": str(refusal)}
    return TemplateResponse(request, "community/command_answer.html", told)


def _answer(request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
    names = ("response", "embed_title", "embed_text", "embed_picture", "embed_colour")
    told = {name: asked[name] for name in names if name in asked}
    command = CustomCommand(guild_id=guild_of(request).pk, name=asked.get("name", ""), **told)
    command.buttons = read_buttons(asked.get("buttons", ""))
    person = _person(request, asked.get("as_person", "").replace("\0", "").strip())
    channel_id, said = asked.get("as_channel") or 0, asked.get("as_args", "")
    return preview_answer(command=command, person=person, channel_id=channel_id, said=said)


def _person(request: HttpRequest, called: str) -> Member | None:
    """Return who is named, or who asks; nobody when there is none of that name."""
    members = Member.objects.of(guild_of(request).pk).select_related("user")
    if not called:
        return members.filter(user_id=staff_of(request).discord_id or 0).first()
    if called.isascii() and called.isdecimal() and len(called) < LONGEST_ID:
        return members.filter(user_id=int(called)).first()
    names = ("nickname", "user__username", "user__global_name")
    wanted = Q()
    for name in names:
        wanted |= Q(**{f"{name}__istartswith": called})
    return members.filter(wanted).order_by("left_at", "pk").first()


def _shown(command: Any) -> dict[str, Any]:
    names = set(CommandForm.base_fields) - set(SHOWN_WITH)
    told = {name: getattr(command, name) for name in names if hasattr(command, name)}
    told["aliases"] = " ".join(aliases_of(command))
    told["buttons"] = write_buttons(command.buttons)
    told["embed_colour"] = f"#{command.embed_colour:06x}"
    return told
