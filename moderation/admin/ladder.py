"""The page of the rules: the ladder in plain words, ready reasons, roles out of reach, spans."""

from dataclasses import replace
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from community.desk.actions import Asked, Deed, DeedForm, SpanField
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, staff_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.settings import answer_form, form_of
from community.desk.verbs import name_verbs
from community.durations import say_duration
from community.models import Grant, GuildSettings, Role
from community.services.guilds import change_settings
from community.services.settings import section_called
from moderation.models import Case, LadderStep, ProtectedRole, ReasonPreset
from moderation.models.cases import LONGEST_REASON
from moderation.services.rules import (
    MOST_POINTS,
    oddities_of,
    protect_role,
    remove_rule,
    set_preset,
    set_rung,
)
from moderation.words import describe_rung

MODERATION = "Moderation"
CONFIGURE = Grant.Capability.CONFIGURE
SPANS = ("warning_lifetime", "escalation_window", "moderation_log", "mute_role")
HOW_LONG = "Like 30m, 12h, 2d4h or 1w."
VERBS = {
    "ladderstep": "a rung of the ladder",
    "reasonpreset": "a ready reason",
    "protectedrole": "the protection of a role",
}


class RuleForm(DeedForm):
    """A form that shows the rule it is about as it stands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in self.targets[:1]:
            self.initial = {name: getattr(rule, name) for name in self.fields}


class RungForm(RuleForm):
    """Asks how many points bring what."""

    points = forms.IntegerField(
        min_value=1, max_value=MOST_POINTS, help_text="Who has so many points reaches this rung."
    )
    kind = forms.ChoiceField(choices=LadderStep.Kind, label="What follows")
    duration = SpanField(
        required=False, label="For how long", help_text=f"{HOW_LONG} Empty: for good."
    )


class PresetForm(RuleForm):
    """Asks for a reason that is given often."""

    name = forms.CharField(max_length=50, help_text="What moderators pick it by.")
    text = forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The person is told this.",
    )
    kind = forms.ChoiceField(
        required=False,
        label="Offered for",
        choices=[("", "Every deed"), *Case.Kind.choices],
        help_text="Only where this is done.",
    )
    points = forms.IntegerField(
        required=False, min_value=0, max_value=100, help_text="Of a warning; empty is one."
    )
    duration = SpanField(required=False, label="For how long", help_text=HOW_LONG)


class ProtectForm(DeedForm):
    """Asks which role."""

    role = forms.ModelChoiceField(Role._base_manager.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = Role.objects.standing().order_by("-position", "pk")


def put_rung(request: HttpRequest, step: LadderStep | None, asked: Asked) -> str:
    """Put a rung on the ladder, or change one."""
    guild_id, by = guild_of(request).pk, staff_of(request)
    rung = set_rung(guild_id=guild_id, by=by, step=step, **asked)
    return f"Who reaches {rung.points} points is {describe_rung(rung)}."


def put_preset(request: HttpRequest, preset: ReasonPreset | None, asked: Asked) -> str:
    """Keep a reason ready, or change one."""
    guild_id, by = guild_of(request).pk, staff_of(request)
    ready = set_preset(guild_id=guild_id, by=by, preset=preset, **asked)
    return f"“{ready.name}” is ready."


def protect(request: HttpRequest, _: None, asked: Asked) -> str:
    """Put the holders of a role out of moderators' reach."""
    protect_role(guild_id=guild_of(request).pk, by=staff_of(request), role=asked["role"])
    return f"Nobody who holds {asked['role']} can be punished from now on."


def remove(request: HttpRequest, rule: Any, _: Asked) -> str:
    """Take a rule away."""
    remove_rule(rule=rule, by=staff_of(request))
    return "It is taken away."


def rule_deed(name: str, label: str, explains: str, do: Any, **more: Any) -> Deed:
    """Return a deed that changes the rules."""
    return Deed(name=name, label=label, explains=explains, needs=CONFIGURE, do=do, **more)


class RuleAdmin(DeskAdmin):
    """Shows no list of its own: all rules stand on one page."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:rules")


@admin.register(LadderStep)
class LadderStepAdmin(RuleAdmin):
    deeds = [
        rule_deed(
            "add",
            "Add a rung",
            "It counts from the next warning on; nobody is punished now.",
            put_rung,
            form=RungForm,
            has_target=False,
        ),
        rule_deed(
            "edit",
            "Change",
            "It counts from the next warning on. What followed before stays as it is.",
            put_rung,
            form=RungForm,
        ),
        rule_deed(
            "remove",
            "Remove",
            "Nothing follows at these points any more. What followed before stays as it is.",
            remove,
            is_danger=True,
        ),
    ]


@admin.register(ReasonPreset)
class ReasonPresetAdmin(RuleAdmin):
    deeds = [
        rule_deed(
            "add",
            "Add a reason",
            "Moderators can pick it in the desk and on Discord; they may still change its words.",
            put_preset,
            form=PresetForm,
            has_target=False,
        ),
        rule_deed(
            "edit", "Change", "Cases that gave it stay as they are.", put_preset, form=PresetForm
        ),
        rule_deed(
            "remove", "Remove", "Cases that gave it stay as they are.", remove, is_danger=True
        ),
    ]


@admin.register(ProtectedRole)
class ProtectedRoleAdmin(RuleAdmin):
    deeds = [
        rule_deed(
            "add",
            "Protect a role",
            "Nobody who holds it can be warned, muted, kicked or banned through Guildhall.",
            protect,
            form=ProtectForm,
            has_target=False,
        ),
        rule_deed(
            "remove",
            "No longer protect",
            "Its holders can be punished again, by those who stand above them.",
            remove,
            is_danger=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role")


def rules_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what moderators go by, and change it for those who may configure the server."""
    spans = replace(section_called("moderation"), title="How long, and where", fields=SPANS)
    told = {**context, "title": "Rules", **_rules(guild_of(request).pk)}
    build = partial(form_of, request, spans)
    return answer_form(request, told, build, "moderation/rules.html", change_settings)


def _rules(guild_id: int) -> dict[str, Any]:
    """Return everything that stands on the page besides the form."""
    settings = GuildSettings.objects.filter(guild_id=guild_id).first() or GuildSettings()
    return {
        **_ladder(settings),
        "presets": [(each, _of_preset(each)) for each in ReasonPreset.objects.order_by("name")],
        "safe": ProtectedRole.objects.select_related("role").order_by("-role__position", "pk"),
    }


def _ladder(settings: GuildSettings) -> dict[str, Any]:
    """Return the ladder in sentences."""
    steps = list(LadderStep.objects.order_by("points"))
    window, lifetime = settings.escalation_window, settings.warning_lifetime
    return {
        "steps": [(step, describe_rung(step)) for step in steps],
        "odd": oddities_of(steps=steps, window=window, lifetime=lifetime),
        "window": say_duration(window),
        "lifetime": say_duration(lifetime),
    }


def _of_preset(preset: ReasonPreset) -> str:
    """Return for what a reason is offered, and what it brings."""
    points = f"{preset.points} point{'' if preset.points == 1 else 's'}"
    span = say_duration(preset.duration) if preset.duration else ""
    told = [preset.get_kind_display(), points if preset.points is not None else "", span]
    return ", ".join(filter(None, told)) or "Every deed"


desk_page(DeskPage(route="rules/", name="rules", needs=Grant.Capability.SEE, view=rules_page))
nav_item(
    NavItem(
        group=MODERATION,
        label="Rules",
        url_name="rules",
        icon="ladder",
        needs=Grant.Capability.SEE,
        order=150,
    )
)
name_verbs(
    {
        f"moderation.{kind}.{verb}": f"{verb} {words}"
        for kind, words in VERBS.items()
        for verb in ("added", "changed", "removed")
    }
)
