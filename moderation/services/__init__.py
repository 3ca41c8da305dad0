"""What moderation does."""

from moderation.services.hearing import hear_news
from moderation.services.privacy import export_member, forget_member

__all__ = ["export_member", "forget_member", "hear_news"]
