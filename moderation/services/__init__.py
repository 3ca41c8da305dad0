"""What moderation does."""

from moderation.services.archived import find_archive_breaches, rows_came_back
from moderation.services.heads import go_on_after, heads_of_history, missing_since
from moderation.services.hearing import hear_news
from moderation.services.holding import rows_on_hold
from moderation.services.privacy import export_member, forget_member
from moderation.services.regaining import regain_bans
from moderation.services.verifying import house_checks, server_checks

__all__ = [
    "export_member",
    "find_archive_breaches",
    "forget_member",
    "go_on_after",
    "heads_of_history",
    "hear_news",
    "house_checks",
    "missing_since",
    "regain_bans",
    "rows_came_back",
    "rows_on_hold",
    "server_checks",
]
