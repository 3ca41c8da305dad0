"""The moderators' door to cases, warnings and punishments, and to the rules they go by."""

from moderation.admin import ladder

__all__ = ["ladder"]
