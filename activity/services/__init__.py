"""What activity does."""

from activity.services.privacy import export_member, forget_member

__all__ = ["export_member", "forget_member"]
