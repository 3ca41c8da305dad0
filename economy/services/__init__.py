"""What the economy does."""

from economy.services.privacy import export_member, forget_member

__all__ = ["export_member", "forget_member"]
