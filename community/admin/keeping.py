"""The door to how long rows stay: what is kept for how long here, and what would leave now."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from community.desk.actions import Asked, Deed, DeedForm, SpanField
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, staff_of
from community.desk.registry import KEEPER, DeskPage, NavItem, desk_page, nav_item
from community.models import Grant, RetentionChoice
from community.services.retention import (
    choose_retention,
    forget_choice,
    look_ahead,
    may_be_chosen,
)

CONFIGURE = Grant.Capability.CONFIGURE


class SpanForm(DeedForm):
    """Asks what is kept, and for how long."""

    table = forms.ChoiceField(label="What")
    kept = SpanField(label="Is kept for", help_text="90d, 1y; in whole days.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["table"]
        field.choices = sorted(map(offered, may_be_chosen().items()), key=lambda each: each[1])


def offered(item: tuple[str, Any]) -> tuple[str, str]:
    """Return a table as a choice: its name, and its bounds in words."""
    table, (model, rule) = item
    name = str(model._meta.verbose_name_plural).capitalize()
    return table, f"{name} ({rule.shortest.days} to {rule.longest.days} days)"


def choose(request: HttpRequest, _: None, asked: Asked) -> str:
    """Keep something for another span here."""
    where = {"guild_id": guild_of(request).pk, "table": asked["table"]}
    choice = choose_retention(**where, kept=asked["kept"], by=staff_of(request))
    return f"Kept for {choice.days} days from now on."


def forget(request: HttpRequest, choice: RetentionChoice, _: Asked) -> str:
    """Keep something as long as the house does."""
    forget_choice(choice=choice, by=staff_of(request))
    return "Kept as long as the house keeps it."


@admin.register(RetentionChoice)
class RetentionChoiceAdmin(DeskAdmin):
    change_list_template = "desk/retention.html"
    list_display = ["what", "span"]
    ordering = ["table_name"]
    empty_words = "Everything is kept here as long as the house keeps it."
    deeds = [
        Deed(
            name="choose",
            label="Keep for another span",
            explains="In this server alone. What is past its new time leaves within the hour.",
            needs=CONFIGURE,
            do=choose,
            form=SpanForm,
            has_target=False,
        ),
        Deed(
            name="forget",
            label="As the house does",
            explains="The span of the house counts again.",
            needs=CONFIGURE,
            do=forget,
        ),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show what is kept for how long, and what would leave now."""
        lines = look_ahead(guild_id=guild_of(request).pk)
        told = {"lines": lines, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, told)
        return response

    @admin.display(description="What", ordering="table_name")
    def what(self, choice: RetentionChoice) -> str:
        model, _ = may_be_chosen().get(choice.table_name, (RetentionChoice, None))
        return str(model._meta.verbose_name_plural).capitalize()

    @admin.display(description="Kept for", ordering="days")
    def span(self, choice: RetentionChoice) -> str:
        return f"{choice.days} days"


def house_retention(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show the keepers how long the house keeps what, and what would leave in all servers."""
    lines = look_ahead()
    stays = [line for line in lines if line.rule.after is None]
    told = {
        "title": "How long rows stay",
        "lines": [line for line in lines if line.rule.after is not None],
        "stays": sorted(stays, key=lambda line: (line.fate, line.name)),
        "is_house": True,
    }
    return TemplateResponse(request, "desk/house_retention.html", {**context, **told})


desk_page(
    DeskPage(route="house/retention/", name="house_retention", needs=KEEPER, view=house_retention)
)
nav_item(
    NavItem(
        group="Server",
        label="Retention",
        url_name="community_retentionchoice_changelist",
        icon="audit",
        needs=Grant.Capability.SEE,
    )
)
nav_item(
    NavItem(
        group="House", label="Retention", url_name="house_retention", icon="audit", needs=KEEPER
    )
)
