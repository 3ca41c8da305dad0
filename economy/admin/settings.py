"""The page on which a server says how it handles its coins."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from community.desk.actions import SpanField
from community.desk.current_guild import guild_of, may, staff_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.errors import HouseError
from community.models import Grant
from economy.models import EconomySettings
from economy.services.settings import change_economy_settings

SEE, CONFIGURE = Grant.Capability.SEE, Grant.Capability.CONFIGURE
GROUPS = {
    "A day's coins": ["daily_coins", "streak_coins", "streak_days"],
    "Work": ["work_least", "work_most", "work_pause"],
    "Payments": ["pay_tax", "ask_above", "freezes_muted"],
    "Games": ["gambling_enabled", "stake_least", "stake_most", "house_edge"],
}


class EconomyForm(forms.ModelForm):
    """How a server handles its coins."""

    work_pause = SpanField(help_text="How long after work one may work again: 1h, 90m.")

    class Meta:
        model = EconomySettings
        fields = [name for names in GROUPS.values() for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]

    def _post_clean(self) -> None:
        """Leave the row as it is: the service changes it, and says what it refuses."""


def settings_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show how coins are handled, and change it for those who may configure the server."""
    if request.method == "POST" and not may(request, CONFIGURE):
        raise PermissionDenied
    settings = EconomySettings.objects.in_force(guild_of(request).pk)
    form = EconomyForm(request.POST if request.method == "POST" else None, instance=settings)
    if form.is_valid() and _change(request, form):
        return HttpResponseRedirect(request.path)
    for field in form.fields.values():
        field.disabled = not may(request, CONFIGURE)
    told = {"title": "Coins: settings", "form": form, "may_change": may(request, CONFIGURE)}
    return TemplateResponse(request, "desk/settings.html", {**context, **told})


def _change(request: HttpRequest, form: EconomyForm) -> bool:
    """Ask the service for what the form says; False when it refuses."""
    changes = {name: form.cleaned_data[name] for name in form.changed_data}
    about: dict[str, Any] = {"guild_id": guild_of(request).pk, "by": staff_of(request)}
    try:
        change_economy_settings(**about, **changes)
    except HouseError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "The settings are changed." if changes else "Nothing was changed.")
    return True


desk_page(DeskPage(route="coins/settings/", name="economy_settings", needs=SEE, view=settings_page))
nav_item(
    NavItem(
        group="Coins",
        label="Settings",
        url_name="economy_settings",
        icon="settings",
        needs=SEE,
        order=230,
    )
)
