"""The request's server: how another one is chosen, and how it wants to be served."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_POST

from community.desk.actions import is_ours
from community.desk.current_guild import CHOSEN, guild_of, guilds_granted, may, staff_of
from community.errors import HouseError
from community.fields import GuildForeignKey
from community.models import Channel, Grant, GuildSettings, Member, Role
from community.scope import cross_guild
from community.services.guilds import change_settings

TEXT_KINDS = (Channel.Kind.TEXT, Channel.Kind.NEWS)
GROUPS = {
    "Commands": ["prefix"],
    "Welcome and goodbye": [
        "welcome_channel",
        "welcome_text",
        "goodbye_channel",
        "goodbye_text",
    ],
    "Where things are told": [
        "moderation_log",
        "member_log",
        "message_log",
        "role_log",
        "voice_log",
    ],
    "Moderation": ["mute_role", "appeal_text", "warning_lifetime", "escalation_window"],
    "What is counted": ["xp_enabled", "presence_enabled", "archive_enabled"],
    "Economy": ["economy_enabled", "currency_name"],
}
LONGEST_DAYS = 3650
LONG = ("welcome_text", "goodbye_text")


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


def form_field(field: Any, **told: Any) -> forms.Field:
    """Return the field of a form; which rows it offers is known once there is a server."""
    if not isinstance(field, GuildForeignKey):
        found: forms.Field = field.formfield(**told)
        return found
    rows = field.remote_field.model._base_manager.none()
    label = field.verbose_name.capitalize()
    return forms.ModelChoiceField(rows, required=False, label=label, help_text=field.help_text)


class SettingsForm(forms.ModelForm):
    """How a server wants to be served; offers the server's own channels and roles only."""

    warning_lifetime = DaysField(help_text="How many days a warning counts.")
    escalation_window = DaysField(
        help_text="Warnings within this many days climb the ladder together.",
    )

    class Meta:
        model = GuildSettings
        fields = [name for names in GROUPS.values() for name in names]
        formfield_callback = form_field
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in LONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        guild_id = self.instance.guild_id
        channels = Channel.objects.standing().filter(guild_id=guild_id, kind__in=TEXT_KINDS)
        roles = Role.objects.standing().filter(guild_id=guild_id, managed=False)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                rows: Any = roles if name == "mute_role" else channels
                field.queryset = rows.order_by("position", "pk")

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]

    def _post_clean(self) -> None:
        """Leave the row as it is: the service changes it, and says what it refuses."""


@require_POST
def choose_server(request: HttpRequest, guild_id: int) -> HttpResponse:
    """Turn to another server one was granted, and back to the same page where it has one."""
    if guild_id not in {guild.pk for guild in guilds_granted(request)}:
        raise Http404
    request.session[CHOSEN] = guild_id
    wanted = request.POST.get("next", "")
    is_there = is_ours(request, wanted) and _is_there(wanted, guild_id=guild_id)
    return HttpResponseRedirect(
        wanted.split("?", maxsplit=1)[0] if is_there else reverse("admin:index")
    )


def settings_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show a server's settings, and change them for those who may configure it."""
    told = {**context, "title": "Settings"}
    return answer_settings(request, told, SettingsForm, "desk/settings.html")


def answer_settings(
    request: HttpRequest, context: dict[str, Any], form_of: type[SettingsForm], template: str
) -> HttpResponse:
    """Answer a page on which settings of the request's server stand, or some of them."""
    settings = GuildSettings.objects.filter(guild_id=guild_of(request).pk).first()
    if settings is None:
        raise Http404
    build = partial(form_of, instance=settings)
    return answer_form(request, context, build, template, change_settings)


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
    may_change = may(request, Grant.Capability.CONFIGURE)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = build(request.POST if request.method == "POST" else None)
    if form.is_valid() and _change(request, form, change):
        return HttpResponseRedirect(request.path)
    for field in form.fields.values():
        field.disabled = not may_change
    told = {"form": form, "may_change": may_change}
    return TemplateResponse(request, template, {**context, **told})


def _change(request: HttpRequest, form: forms.BaseForm, change: Callable[..., Any]) -> bool:
    """Ask the service for what the form says; False when it refuses."""
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    try:
        change(guild_id=guild_of(request).pk, by=staff_of(request), **changes)
    except HouseError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "The settings are changed." if changes else "Nothing was changed.")
    return True


def _is_there(url: str, *, guild_id: int) -> bool:
    """Tell whether the server that was chosen has this page: a list, or a row of its own."""
    try:
        found = resolve(url.split("?", maxsplit=1)[0])
    except Resolver404:
        return False
    if not found.kwargs:
        return True
    name, _, page = (found.url_name or "").rpartition("_")
    if page not in ("person", "change"):
        return False
    model = apps.get_model(name.replace("_", ".", 1)) if name else Member
    key = unquote(str(next(iter(found.kwargs.values()))))
    with cross_guild("the same page in the server that was just chosen", among=[guild_id]):
        return _is_known(model, key)


def _is_known(model: type[Model], key: str) -> bool:
    try:
        return model._default_manager.filter(pk=key).exists()
    except (ValueError, ValidationError):
        return False
