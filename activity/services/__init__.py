"""What activity does."""

from activity.services.gifts import roles_given
from activity.services.hearing import hear_all_news
from activity.services.privacy import export_member, forget_member
from activity.services.proving import find_breaches
from activity.services.sections import setting_sections

__all__ = [
    "export_member",
    "find_breaches",
    "forget_member",
    "hear_all_news",
    "roles_given",
    "setting_sections",
]
