"""What we can do in communities. Only what other apps find here by convention is named here."""

from community.services.gifts import roles_given
from community.services.gone import rows_came_back, rows_on_hold
from community.services.own_checks import house_checks, server_checks
from community.services.privacy import export_member, forget_member
from community.services.settings import setting_sections

__all__ = [
    "export_member",
    "forget_member",
    "house_checks",
    "roles_given",
    "rows_came_back",
    "rows_on_hold",
    "server_checks",
    "setting_sections",
]
