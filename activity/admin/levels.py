"""The page of levels: what they bring, what counts how much, how they are earned and told."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from activity.models import ActivitySettings, LevelReward, XpRule
from activity.services.curve import MOST_LEVELS, TOTALS
from activity.services.level_rules import (
    MOST_PERCENT,
    change_levels,
    remove_reward,
    remove_xp_rule,
    resync_rewards,
    set_reward,
    set_xp_rule,
    subjects_of,
    why_not_given,
)
from activity.services.settings import settings_of
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import DeskAdmin
from community.desk.current_guild import guild_of, staff_of
from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.settings import TEXT_KINDS, PauseField, answer_form, form_field
from community.desk.verbs import name_verbs
from community.models import Channel, Grant, GuildSettings, Role

SEE, CONFIGURE = Grant.Capability.SEE, Grant.Capability.CONFIGURE
EARNED = ["xp_min", "xp_max", "xp_cooldown"]
TOLD = ["level_announce", "level_channel", "level_text"]
SHOWN_LEVELS = (1, 5, 10, 20, 50, 100)
THREAD = Channel.Kind.THREAD


class RewardForm(DeedForm):
    """Asks which level brings which role."""

    level = forms.IntegerField(min_value=1, max_value=MOST_LEVELS)
    role = forms.ModelChoiceField(Role._base_manager.none(), empty_label=None)
    owner_agrees = forms.BooleanField(
        required=False,
        label="I am the owner, and this role may be given with what it allows today",
        help_text="Only needed for a role that lets its holders do what staff does.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role: Any = self.fields["role"]
        role.queryset = _roles()


class RewardLevelForm(DeedForm):
    """Asks at which level a role is brought instead."""

    level = forms.IntegerField(min_value=1, max_value=MOST_LEVELS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for reward in self.targets[:1]:
            self.initial = {"level": getattr(reward, "level", None)}


class RemoveRewardForm(DeedForm):
    """Asks what becomes of those who have the role."""

    is_left = forms.BooleanField(
        required=False, initial=True, label="Whoever has the role because of it keeps it"
    )


class PercentForm(DeedForm):
    """Asks how much something counts."""

    percent = forms.IntegerField(
        min_value=0,
        max_value=MOST_PERCENT,
        help_text="100 is as usual, 200 twice as much, 0 nothing.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rule in self.targets[:1]:
            self.initial = {"percent": getattr(rule, "percent", None)}


class ChannelForm(PercentForm):
    """Asks how much the messages of a channel count."""

    subject = forms.ModelChoiceField(
        Channel._base_manager.none(),
        empty_label=None,
        label="Channel",
        help_text="A category stands for its channels, unless they have a rule of their own.",
    )
    field_order = ["subject", "percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject: Any = self.fields["subject"]
        subject.queryset = Channel.objects.standing().exclude(kind=THREAD).in_tree()


class RoleForm(PercentForm):
    """Asks how much the messages of a role's holders count."""

    subject = forms.ModelChoiceField(
        Role._base_manager.none(),
        empty_label=None,
        label="Role",
        help_text="Of several roles the best counts; one with 0 stands above all.",
    )
    field_order = ["subject", "percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        subject: Any = self.fields["subject"]
        subject.queryset = _roles()


def _roles() -> Any:
    return Role.objects.standing().order_by("-position", "pk")


def put_reward(request: HttpRequest, reward: LevelReward | None, asked: Asked) -> str:
    """Have a level bring a role, or another level."""
    told = {"role": reward.role} if reward else {}
    guild_id, by = guild_of(request).pk, staff_of(request)
    put = set_reward(guild_id=guild_id, by=by, **{**told, **asked})
    return f"Level {put.level} brings {put.role}; who has earned it is given it now."


def take_reward(request: HttpRequest, reward: LevelReward, asked: Asked) -> str:
    """Have no level bring a role any more."""
    count = remove_reward(reward=reward, by=staff_of(request), is_left=asked["is_left"])
    people = "1 person" if count == 1 else f"{count:,} people"
    return f"It is taken away; {people} {'keep' if asked['is_left'] else 'lose'} the role."


def settle(request: HttpRequest, _: None, __: Asked) -> str:
    """Give and take now what levels bring."""
    settled = resync_rewards(guild_id=guild_of(request).pk, by=staff_of(request))
    return f"{settled.given:,} roles are being given, {settled.taken:,} taken."


def put_rule(request: HttpRequest, rule: XpRule | None, asked: Asked) -> str:
    """Have something count more, less or nothing."""
    guild_id, by = guild_of(request).pk, staff_of(request)
    subject = asked.get("subject") or (subjects_of([rule]).get(rule.pk) if rule else None)
    set_xp_rule(guild_id=guild_id, by=by, subject=subject, percent=asked["percent"])
    return f"{subject} counts {asked['percent']} percent from now on."


def take_rule(request: HttpRequest, rule: XpRule, _: Asked) -> str:
    """Have something count as usual again."""
    remove_xp_rule(rule=rule, by=staff_of(request))
    return "It counts as usual again."


def deed(name: str, label: str, explains: str, do: Any, **more: Any) -> Deed:
    """Return a deed that changes what levels go by."""
    return Deed(name=name, label=label, explains=explains, needs=CONFIGURE, do=do, **more)


class LevelsAdmin(DeskAdmin):
    """Shows no list of its own: all stands on one page."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("admin:levels")


@admin.register(LevelReward)
class LevelRewardAdmin(LevelsAdmin):
    deeds = [
        deed(
            "add",
            "Add a reward",
            "Everybody in the server who has reached the level is given the role at once.",
            put_reward,
            form=RewardForm,
            has_target=False,
        ),
        deed(
            "settle",
            "Give and take now",
            "Looks at everybody's level, gives roles that are missing and takes those that are "
            "too much. This happens by itself as well, four times a day.",
            settle,
            has_target=False,
        ),
        deed(
            "edit",
            "Change",
            "Who no longer reaches the level loses the role; who reaches it now is given it.",
            put_reward,
            form=RewardLevelForm,
        ),
        deed(
            "remove",
            "Remove",
            "Nobody is given the role for a level any more.",
            take_reward,
            form=RemoveRewardForm,
            is_danger=True,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("role")


@admin.register(XpRule)
class XpRuleAdmin(LevelsAdmin):
    deeds = [
        deed(
            "channel",
            "Add a channel",
            "Messages in it count so much from now on. What was earned before stays.",
            put_rule,
            form=ChannelForm,
            has_target=False,
        ),
        deed(
            "role",
            "Add a role",
            "Messages of its holders count so much from now on. What was earned before stays.",
            put_rule,
            form=RoleForm,
            has_target=False,
        ),
        deed("edit", "Change", "What was earned before stays.", put_rule, form=PercentForm),
        deed("remove", "Remove", "It counts as usual again.", take_rule, is_danger=True),
    ]


class LevelsForm(forms.ModelForm):
    """How levels are earned, where they are told, and which of their roles are held."""

    xp_enabled = forms.BooleanField(required=False, label="Members earn levels")
    xp_cooldown = PauseField(
        label="XP pause",
        help_text="After a message that earned, none of the same person earns for this long.",
    )

    class Meta:
        model = ActivitySettings
        fields = [*EARNED, *TOLD, "rewards"]
        formfield_callback = form_field
        labels = {
            "level_announce": "Where",
            "level_channel": "Channel",
            "level_text": "Words",
            "rewards": "Roles",
        }
        widgets = {"level_text": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        channel: Any = self.fields["level_channel"]
        channels = Channel.objects.standing().filter(kind__in=TEXT_KINDS)
        channel.queryset = channels.order_by("position", "pk")

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields as the page groups them."""
        named = {"How they are earned": ["xp_enabled", *EARNED], "Where they are told": TOLD}
        named["Which roles are held"] = ["rewards"]
        return [(title, [self[name] for name in names]) for title, names in named.items()]

    def _post_clean(self) -> None:
        """Leave the row as it is: the service changes it, and says what it refuses."""


def levels_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show what levels bring and what counts, and change it for those who may configure."""
    guild_id = guild_of(request).pk

    def build(data: Any) -> LevelsForm:
        on = GuildSettings.objects.filter(guild_id=guild_id, xp_enabled=True).exists()
        return LevelsForm(data, instance=settings_of(guild_id), initial={"xp_enabled": on})

    told = {**context, "title": "Levels", **_rules(guild_id)}
    return answer_form(request, told, build, "activity/levels.html", change_levels)


def _rules(guild_id: int) -> dict[str, Any]:
    """Return everything that stands on the page besides the form."""
    of = LevelReward.objects.of(guild_id).select_related("role")
    rewards = list(of.order_by("level", "-role__position"))
    odd = why_not_given(*rewards)
    rules = list(XpRule.objects.of(guild_id).order_by("subject", "percent", "pk"))
    subjects = subjects_of(rules)
    return {
        "curve": f"{_curve()}.",
        "rewards": [(each, odd.get(each.pk, "")) for each in rewards],
        "rules": [(rule, subjects.get(rule.pk)) for rule in rules],
    }


def _curve() -> str:
    """Say what some levels take."""
    told = [f"level {level} {TOTALS[level]:,}" for level in SHOWN_LEVELS[1:]]
    return f"Level {SHOWN_LEVELS[0]} takes {TOTALS[SHOWN_LEVELS[0]]:,} XP, {', '.join(told)}"


desk_page(DeskPage(route="levels/", name="levels", needs=SEE, view=levels_page))
nav_item(
    NavItem(
        group="Activity", label="Levels", url_name="levels", icon="updown", needs=SEE, order=250
    )
)
name_verbs(
    {
        f"activity.{kind}.{verb}": f"{verb} {words}"
        for kind, words in {"levelreward": "a reward of a level", "xprule": "an XP rule"}.items()
        for verb in ("added", "changed", "removed")
    }
    | {"activity.rewards.settled": "had the rewards of levels given and taken"}
)
