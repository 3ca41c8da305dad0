"""What moderation does."""

from moderation.services.privacy import export_member, forget_member

__all__ = ["export_member", "forget_member"]
