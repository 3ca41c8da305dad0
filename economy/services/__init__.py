"""What the economy does."""

from economy.services.archiving import archive_page, rows_came_back
from economy.services.privacy import export_member, forget_member
from economy.services.proof import find_archive_breaches, find_breaches
from economy.services.returning import role_refused
from economy.services.settings import setting_sections
from economy.services.shelf import roles_given
from economy.services.showing import coins_of_people

__all__ = [
    "archive_page",
    "coins_of_people",
    "export_member",
    "find_archive_breaches",
    "find_breaches",
    "forget_member",
    "role_refused",
    "roles_given",
    "rows_came_back",
    "setting_sections",
]
