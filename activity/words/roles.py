"""How activity roles are told: what each takes, and how somebody stands to it."""

from activity.models import ActivityRole
from activity.models.days import MS_PER_HOUR
from community.durations import say_duration


def hours_of(voice_ms: float) -> str:
    """Return a time in voice as hours."""
    return f"{voice_ms / MS_PER_HOUR:,.1f} h"


def takes_of(rule: ActivityRole) -> str:
    """Say what a role takes: "5 h in voice, the last 7 days"."""
    return f"{rule.min_hours.normalize():f} h in voice, {rule.get_window_display().lower()}"


def extras_of(rule: ActivityRole) -> list[str]:
    """Say what else holds for a role, each in a few words."""
    exempt = len(rule.exempt_role_ids)
    told = [
        (not rule.is_enabled, "off"),
        (rule.group, f"group {rule.group}, place {rule.priority}"),
        (rule.lasts, f"lasts {say_duration(rule.lasts)}" if rule.lasts else ""),
        (exempt, f"{exempt} exempt role{'' if exempt == 1 else 's'}"),
    ]
    return [words for holds, words in told if holds]
