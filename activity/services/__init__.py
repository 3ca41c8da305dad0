"""What activity does."""

from activity.services.hearing import hear_all_news
from activity.services.privacy import export_member, forget_member

__all__ = ["export_member", "forget_member", "hear_all_news"]
