"""The page of what a server wants counted."""

from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from activity.models import ActivitySettings
from activity.services.settings import change_activity_settings, settings_of
from community.desk.current_guild import guild_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.server import answer_form
from community.desk.verbs import name_verbs
from community.models import Channel, Grant

SEE = Grant.Capability.SEE
GROUPS = {
    "What is counted": ["messages_counted", "voice_counted", "ignored_channel_ids"],
    "Which time in voice counts": ["alone_counts", "deafened_counts", "afk_channel_counts"],
}
SHOWN_AT_ONCE = 8


class CountingForm(forms.ModelForm):
    """What counts; offers the server's own channels only."""

    ignored_channel_ids = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        label="Ignored channels",
        widget=forms.SelectMultiple(attrs={"size": SHOWN_AT_ONCE}),
        help_text="Nothing is counted there; a category stands for its channels.",
    )

    class Meta:
        model = ActivitySettings
        fields = [name for names in GROUPS.values() for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        here: Any = Channel.objects.standing().filter(guild_id=self.instance.guild_id)
        offered = [(each.pk, f"{'— ' * each.depth}{each.name}") for each in here.in_tree()]
        self.fields["ignored_channel_ids"].choices = offered  # type: ignore[attr-defined]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]

    def _post_clean(self) -> None:
        """Leave the row as it is: the service changes it, and says what it refuses."""


def counting_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what counts in a server, and change it for those who may configure it."""
    build = partial(CountingForm, instance=settings_of(guild_of(request).pk))
    told = {**context, "title": "What counts"}
    return answer_form(request, told, build, "desk/settings.html", change_activity_settings)


desk_page(
    DeskPage(route="activity/counting/", name="activity_counting", needs=SEE, view=counting_page)
)
nav_item(
    NavItem(
        group="Activity",
        label="What counts",
        url_name="activity_counting",
        icon="settings",
        needs=SEE,
        order=290,
    )
)
name_verbs({"activity.settings.changed": "changed what counts"})
