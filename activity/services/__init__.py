"""What activity does."""

from activity.services.checks import house_checks, server_checks
from activity.services.gifts import roles_given
from activity.services.hearing import hear_all_news
from activity.services.months import look_at_drop
from activity.services.privacy import export_member, forget_member
from activity.services.sections import setting_sections

__all__ = [
    "export_member",
    "forget_member",
    "hear_all_news",
    "house_checks",
    "look_at_drop",
    "roles_given",
    "server_checks",
    "setting_sections",
]
