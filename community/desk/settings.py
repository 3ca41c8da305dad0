"""The page of all settings: each app's sections, searched, shown with their defaults.

Each section is a form of its own, and saves for itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from community.desk.actions import SpanField
from community.desk.current_guild import guild_of, may, staff_of
from community.durations import write_duration
from community.errors import HouseError
from community.fields import GuildForeignKey
from community.models import Channel, Grant, Role
from community.services.greetings import WORDS
from community.services.setting_values import points_at, say_value
from community.services.settings import TOPICS, Section, changed_in, label_of, sections_about

TEXT_KINDS = (Channel.Kind.TEXT, Channel.Kind.NEWS)
LONGEST_DAYS = 3650
# A text of more letters than a line holds is typed into an area.
A_LINE, ROWS, SHOWN_AT_ONCE = 300, 3, 8
IN_DAYS = ("warning_lifetime", "escalation_window")


class DaysField(forms.IntegerField):
    """A span of time in whole days."""

    def __init__(self, **told: Any) -> None:
        super().__init__(min_value=1, max_value=LONGEST_DAYS, **told)

    def prepare_value(self, value: Any) -> Any:
        """Show a span as its days."""
        return max(1, value.days) if isinstance(value, timedelta) else value

    def clean(self, value: Any) -> Any:
        """Return the span."""
        return timedelta(days=super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare days with days."""
        return super().has_changed(self.prepare_value(initial), data)


class PauseField(SpanField):
    """A span of time that may be none, and was not changed when it is typed as it stood."""

    def prepare_value(self, value: Any) -> Any:
        """Show no span at all as what can be typed."""
        return "0s" if value == timedelta(0) else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """Return the span."""
        return timedelta(0) if value in ("0", "0s") else super().clean(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare a span with a span."""
        return super().has_changed(self.prepare_value(initial), data)


class Places:
    """What a page shows and offers of a server, asked for once, however many fields do."""

    def __init__(self, guild_id: int) -> None:
        text = Channel.objects.standing().filter(guild_id=guild_id, kind__in=TEXT_KINDS)
        roles = Role.objects.standing().filter(guild_id=guild_id, managed=False)
        tree: Any = Channel.objects.standing().filter(guild_id=guild_id)
        self._rows: dict[str, Any] = {
            "text": text.order_by("position", "pk"),
            "roles": roles.order_by("-position", "pk"),
            "tree": tree.in_tree(),
        }
        self._found: dict[str, list[Any]] = {}
        self._begun: dict[type[models.Model], models.Model] = {}
        self._guild_id = guild_id

    def row(self, section: Section) -> models.Model:
        """Return the row in which a section's settings stand."""
        if section.model not in self._begun:
            self._begun[section.model] = section.row(self._guild_id)
        return self._begun[section.model]

    def of(self, field: Any) -> forms.Field:
        """Return the field of a form that offers channels, or roles."""
        kind = "roles" if points_at(field, Role) else "text"
        label, rows = label_of(field), self._rows[kind]
        told = {"required": False, "label": label, "help_text": field.help_text}
        offered = forms.ModelChoiceField(rows, **told)
        offered.choices = [("", "Nowhere" if kind == "text" else "None"), *self._pairs(kind)]
        return offered

    def many(self, field: Any) -> forms.Field:
        """Return the field of a form that offers channels, of which several may be chosen."""
        tree = [(each.pk, f"{'— ' * each.depth}{each.name}") for each in self._all("tree")]
        size = forms.SelectMultiple(attrs={"size": SHOWN_AT_ONCE})
        told = {"label": label_of(field), "help_text": field.help_text, "widget": size}
        return forms.TypedMultipleChoiceField(coerce=int, required=False, choices=tree, **told)

    def _pairs(self, kind: str) -> list[tuple[Any, str]]:
        return [(each.pk, str(each)) for each in self._all(kind)]

    def _all(self, kind: str) -> list[Any]:
        if kind not in self._found:
            self._found[kind] = list(self._rows[kind])
        return self._found[kind]


class SectionForm(forms.Form):
    """The settings of one section; offers the server's own channels and roles only."""

    def __init__(self, data: Any, *, section: Section, places: Places) -> None:
        row = places.row(section)
        begun = {name: getattr(row, name) for name in section.fields}
        initial = {name: _bare(value) for name, value in begun.items()}
        super().__init__(data, label_suffix="", initial=initial, auto_id=f"id_{section.name}_%s")
        self.section, self.row = section, row
        for name in section.fields:
            field = setting_field(section.field(name), places)
            field.help_text = f"{field.help_text} Default: {self._default(name)}."
            self.fields[name] = field

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as one group."""
        return [(self.section.title, list(self))]

    @property
    def is_greeting(self) -> bool:
        """Whether it is shown beside it how it would read."""
        return self.section.name in WORDS

    @property
    def changed_ones(self) -> int:
        """How many of them are not as they were in the beginning."""
        return len(changed_in(self.section, self.row))

    def _default(self, name: str) -> str:
        value = self.section.default(name)
        if isinstance(value, timedelta) and name not in IN_DAYS:
            return write_duration(value) if value else "0s"
        return say_value(self.section.field(name), value).rstrip(".")


def form_field(field: Any, **told: Any) -> forms.Field:
    """Return the field of a form; which rows it offers is known once there is a server."""
    if not isinstance(field, GuildForeignKey):
        found: forms.Field = field.formfield(**told)
        return found
    rows = field.remote_field.model._base_manager.none()
    label = label_of(field)
    return forms.ModelChoiceField(rows, required=False, label=label, help_text=field.help_text)


@dataclass(frozen=True, slots=True)
class Page:
    """What surrounds the sections: what was searched for, and whose they are."""

    topic: str
    words: str


def setting_field(field: Any, places: Places) -> forms.Field:
    """Return the field of a form for a setting."""
    if isinstance(field, GuildForeignKey):
        return places.of(field)
    if isinstance(field, ArrayField):
        return places.many(field)
    told = {"label": label_of(field), "help_text": field.help_text}
    if field.name in IN_DAYS:
        told["help_text"] = f"{field.help_text} In days."
        return DaysField(**told)
    if isinstance(field, models.DurationField):
        return PauseField(**told)
    if isinstance(field, models.CharField) and (field.max_length or 0) > A_LINE:
        told["widget"] = forms.Textarea(attrs={"rows": ROWS})
    found: forms.Field = field.formfield(**told)
    return found


def settings_page(request: HttpRequest, context: dict[str, Any], topic: str = "") -> HttpResponse:
    """Show a server's settings, and change a section for those who may configure it."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    sections = sections_about(topic=topic, words=words)
    asked = request.POST.get("section") if request.method == "POST" else None
    places = Places(guild_of(request).pk)
    told = {asked: request.POST}
    shown = [SectionForm(told.get(s.name), section=s, places=places) for s in sections]
    if request.method == "POST":
        _may_or_refuse(request)
        form = next((each for each in shown if each.section.name == asked), None)
        if form is None:
            raise Http404
        if form.is_valid() and change_by(request, form, form.section.change):
            return HttpResponseRedirect(f"{request.get_full_path()}#{asked}")
    return _answer(request, context, shown, Page(topic, words))


def form_of(request: HttpRequest, section: Section, data: Any) -> SectionForm:
    """Return the form of one section, for a page on which more stands than that."""
    return SectionForm(data, section=section, places=Places(guild_of(request).pk))


def answer_form(
    request: HttpRequest,
    context: dict[str, Any],
    build: Callable[..., forms.BaseForm],
    template: str,
    change: Callable[..., Any],
) -> HttpResponse:
    """Answer a page with a form of settings, which `change` is asked for what became different.

    Who may not configure the server reads it only.
    """
    if request.method == "POST":
        _may_or_refuse(request)
    form = build(request.POST if request.method == "POST" else None)
    if form.is_valid() and change_by(request, form, change):
        return HttpResponseRedirect(request.path)
    may_change = _lock(request, form)
    told = {"form": form, "may_change": may_change}
    return TemplateResponse(request, template, {**context, **told})


def change_by(request: HttpRequest, form: forms.BaseForm, change: Callable[..., Any]) -> bool:
    """Ask the service for what the form says; False when it refuses."""
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    try:
        change(guild_id=guild_of(request).pk, by=staff_of(request), **changes)
    except HouseError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "The settings are changed." if changes else "Nothing was changed.")
    return True


def _answer(
    request: HttpRequest, context: dict[str, Any], shown: list[SectionForm], page: Page
) -> HttpResponse:
    for form in shown:
        _lock(request, form)
    may_change = may(request, Grant.Capability.CONFIGURE)
    topics = [
        (topic, [form for form in shown if form.section.topic == topic])
        for topic in TOPICS
        if any(form.section.topic == topic for form in shown)
    ]
    title = f"Settings: {page.topic.lower()}" if page.topic else "Settings"
    told = {"title": title, "topics": topics, "page": page, "may_change": may_change}
    return TemplateResponse(request, "desk/settings.html", {**context, **told})


def _lock(request: HttpRequest, form: forms.BaseForm) -> bool:
    """Let who may not configure read only; tell whether they may."""
    may_change = may(request, Grant.Capability.CONFIGURE)
    for field in form.fields.values():
        field.disabled = not may_change
    return may_change


def _may_or_refuse(request: HttpRequest) -> None:
    if not may(request, Grant.Capability.CONFIGURE):
        raise PermissionDenied


def _bare(value: Any) -> Any:
    """Return the key of a row: that is what a form compares."""
    return value.pk if isinstance(value, models.Model) else value
