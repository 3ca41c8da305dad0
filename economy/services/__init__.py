"""What the economy does."""

from economy.services.archiving import archive_page, rows_came_back
from economy.services.heads import heads_of_history, missing_since
from economy.services.privacy import export_member, forget_member
from economy.services.proof import find_archive_breaches, server_checks
from economy.services.returning import role_refused
from economy.services.settings import setting_sections
from economy.services.shelf import roles_given
from economy.services.showing import coins_of_people

__all__ = [
    "archive_page",
    "coins_of_people",
    "export_member",
    "find_archive_breaches",
    "forget_member",
    "heads_of_history",
    "missing_since",
    "role_refused",
    "roles_given",
    "rows_came_back",
    "server_checks",
    "setting_sections",
]
