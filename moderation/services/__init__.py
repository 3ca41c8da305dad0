"""What moderation does."""

from moderation.services.archived import find_archive_breaches, rows_came_back
from moderation.services.hearing import hear_news
from moderation.services.privacy import export_member, forget_member

__all__ = [
    "export_member",
    "find_archive_breaches",
    "forget_member",
    "hear_news",
    "rows_came_back",
]
